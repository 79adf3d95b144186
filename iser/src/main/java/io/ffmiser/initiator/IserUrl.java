package io.ffmiser.initiator;

import io.ffmiser.iscsi.text.IscsiName;
import io.ffmiser.text.HostPort;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * {@code iser://host[:port]/target-name/lun}: a logical unit over iSER. An IPv6 address stands in brackets; the port is 3260 where none
 * is given.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 * @param targetName the target's iSCSI name; as {@link InitiatorOptions#name}
 * @param lun 0 to 16383
 */
public record IserUrl(String host, int port, String targetName, int lun) {
    /** The port where a URL gives none. */
    public static final int DEFAULT_PORT = 3260;

    private static final String SCHEME = "iser://";
    private static final String FORM = "iser://host[:port]/target-name/lun";
    private static final int MAX_LUN = 16_383;
    private static final int MAX_LUN_DIGITS = 6;
    /** Before what is no number: {@code %25} alone, or with digits, is the scope of that number. */
    private static final Pattern ESCAPED_SCOPE = Pattern.compile("%25(?=[^0-9\\]])");

    public IserUrl {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("the host is empty");
        }
        HostPort.requirePort(port);
        IscsiName.require(targetName);
        if (lun < 0 || lun > MAX_LUN) {
            throw new IllegalArgumentException("the LUN is 0 to " + MAX_LUN + ": " + lun);
        }
    }

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException if it has another form; the message quotes the URL and says what is wrong
     */
    public static IserUrl parse(String url) {
        try {
            if (!url.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                throw new IllegalArgumentException("it does not begin with " + SCHEME);
            }
            String rest = url.substring(SCHEME.length());
            int slash = rest.indexOf('/');
            if (slash < 0) {
                throw new IllegalArgumentException("no /target-name after the host");
            }
            int lastSlash = rest.lastIndexOf('/');
            if (lastSlash == slash) {
                throw new IllegalArgumentException("no /lun after the target name");
            }
            HostPort authority = authority(rest.substring(0, slash));
            return new IserUrl(
                    authority.host(),
                    authority.port(),
                    rest.substring(slash + 1, lastSlash),
                    lun(rest.substring(lastSlash + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + url + "' is not " + FORM + ": " + e.getMessage(), e);
        }
    }

    /** For {@link SessionOptions}: a name is left unresolved, so that all of its addresses are tried. */
    public InetSocketAddress portal() {
        return HostLookup.portal(host, port);
    }

    @Override
    public String toString() {
        HostPort authority = new HostPort(host, port);
        return SCHEME + (port == DEFAULT_PORT ? authority.hostText() : authority) + "/" + targetName + "/" + lun;
    }

    /** RFC 3986 section 3.2.2: an IPv6 address stands in brackets; RFC 6874 writes the {@code %} of its scope {@code %25}. */
    private static HostPort authority(String text) {
        return HostPort.parseBracketed(ESCAPED_SCOPE.matcher(text).replaceFirst("%"), DEFAULT_PORT);
    }

    private static int lun(String digits) {
        if (digits.isEmpty()
                || digits.length() > MAX_LUN_DIGITS
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("the LUN '" + digits + "' is not a number");
        }
        return Integer.parseInt(digits);
    }
}
