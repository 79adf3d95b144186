package io.ffmiser.iscsi.text;

import io.ffmiser.text.PeerText;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * iSCSI names (RFC 7143 section 4.2.7): what they may look like, and the one form in which they are compared. An initiator sends them as
 * they were written all the same: many a target compares octets.
 *
 * <p>Of the stringprep profile of RFC 3722 this does: normalization form KC, lower case of each character, and the refusal of
 * everything but letters, marks, numbers, and {@code . : -}, so of white space, control characters and all other punctuation. It
 * does not do the foldings of one character to several ({@code ß} stays), nor delete characters (a soft hyphen is refused). The
 * underscore, not allowed by the RFC, is in use and is let through.
 */
public final class IscsiName {
    /** Octets of UTF-8. */
    public static final int MAX_LENGTH = 223;

    private static final String LABEL = "[\\p{L}\\p{M}\\p{N}_-]+";

    /** Date, reversed domain, and what its owner likes (section 4.2.7.4). */
    private static final Pattern IQN = Pattern.compile(
            "iqn\\.[0-9]{4}-(0[1-9]|1[0-2])\\." + LABEL + "(\\." + LABEL + ")*(:[\\p{L}\\p{M}\\p{N}.:_-]*)?");

    private static final Pattern EUI = Pattern.compile("eui\\.[0-9a-f]{16}");
    private static final Pattern NAA = Pattern.compile("naa\\.([0-9a-f]{16}|[0-9a-f]{32})");

    private IscsiName() {}

    /** Whether it has one of the three forms (sections 4.2.7.4 to 4.2.7.6). */
    public static boolean isValid(String name) {
        return fold(name) != null;
    }

    /** The form in which it is compared: two names are of the same node if their forms are equal; null if it is no iSCSI name. */
    public static @Nullable String fold(String name) {
        if (isTooLong(name)) {
            return null;
        }
        // Again after the lower case, of which a compatibility character may have come.
        String folded = lowerCase(normalize(lowerCase(normalize(name))));
        boolean hasForm = IQN.matcher(folded).matches()
                || EUI.matcher(folded).matches()
                || NAA.matcher(folded).matches();
        return hasForm && !isTooLong(folded) ? folded : null;
    }

    /**
     * Checks a name that a person gave.
     *
     * @return the name as it was written
     * @throws IllegalArgumentException if it is no iSCSI name; the message says what one is
     */
    public static String require(String name) {
        requireFolded(name);
        return name;
    }

    /** As {@link #require}, but gives the form in which it is compared. */
    public static String requireFolded(String name) {
        String folded = fold(name);
        if (folded == null) {
            throw new IllegalArgumentException("'" + PeerText.escape(name)
                    + "' is not an iSCSI name (RFC 7143 section 4.2.7), such as iqn.2026-01.org.example:disks, or eui. or"
                    + " naa. with 16 (naa. also 32) hexadecimal digits; it has at most " + MAX_LENGTH
                    + " octets, and of punctuation only . : - and _");
        }
        return folded;
    }

    private static boolean isTooLong(String name) {
        return name.length() > MAX_LENGTH || name.getBytes(StandardCharsets.UTF_8).length > MAX_LENGTH;
    }

    private static String normalize(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC);
    }

    private static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        // Each by itself: that of the whole text depends on what stands around a letter.
        text.codePoints().map(Character::toLowerCase).forEach(lower::appendCodePoint);
        return lower.toString();
    }
}
