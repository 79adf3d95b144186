package io.ffmiser.iscsi.text;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** iSCSI names (RFC 7143 section 4.2.7): what they may look like. */
public final class IscsiName {
    /** Octets. */
    public static final int MAX_LENGTH = 223;

    private static final Pattern IQN = Pattern.compile("iqn\\.[0-9]{4}-[0-9]{2}\\.[\\p{L}\\p{M}\\p{N}.:_-]+");
    private static final Pattern EUI = Pattern.compile("eui\\.[0-9A-Fa-f]{16}");
    private static final Pattern NAA = Pattern.compile("naa\\.([0-9A-Fa-f]{16}|[0-9A-Fa-f]{32})");

    private IscsiName() {}

    /** Whether it has one of the three forms (sections 4.2.7.4 to 4.2.7.6). The underscore, not allowed there, is in use. */
    public static boolean isValid(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length <= MAX_LENGTH
                && (IQN.matcher(name).matches()
                        || EUI.matcher(name).matches()
                        || NAA.matcher(name).matches());
    }
}
