package io.ffmiser.initiator;

import java.net.InetSocketAddress;

/**
 * {@code iser://host[:port]/target-name/lun}: a logical unit over iSER. An IPv6 address stands in brackets; the port is 3260 where none
 * is given.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 * @param targetName the target's iSCSI name
 * @param lun 0 to 16383
 */
public record IserUrl(String host, int port, String targetName, int lun) {
    /** The port where a URL gives none. */
    public static final int DEFAULT_PORT = 3260;

    private static final String SCHEME = "iser://";
    private static final String FORM = "iser://host[:port]/target-name/lun";
    private static final int MAX_LUN = 16_383;
    private static final int MAX_PORT = 65_535;

    public IserUrl {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("the host is empty");
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("the port is 1 to " + MAX_PORT + ": " + port);
        }
        InitiatorOptions.checkName(targetName);
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
            String authority = rest.substring(0, slash);
            String lun = rest.substring(lastSlash + 1);
            return new IserUrl(
                    hostOf(authority), portOf(authority), rest.substring(slash + 1, lastSlash), number("LUN", lun));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + url + "' is not " + FORM + ": " + e.getMessage(), e);
        }
    }

    /** The address of the portal; resolves the name. */
    public InetSocketAddress portal() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        String bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return SCHEME + bracketed + (port == DEFAULT_PORT ? "" : ":" + port) + "/" + targetName + "/" + lun;
    }

    private static String hostOf(String authority) {
        if (authority.startsWith("[")) {
            int end = authority.indexOf(']');
            if (end < 0) {
                throw new IllegalArgumentException("the bracket of the IPv6 address is not closed");
            }
            return authority.substring(1, end);
        }
        int colon = authority.indexOf(':');
        if (colon != authority.lastIndexOf(':')) {
            throw new IllegalArgumentException("an IPv6 address needs brackets: [" + authority + "]");
        }
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    private static int portOf(String authority) {
        String after = authority.startsWith("[") ? authority.substring(authority.indexOf(']') + 1) : authority;
        int colon = after.indexOf(':');
        if (colon < 0) {
            if (authority.startsWith("[") && !after.isEmpty()) {
                throw new IllegalArgumentException("'" + after + "' after the bracket is no :port");
            }
            return DEFAULT_PORT;
        }
        if (authority.startsWith("[") && colon != 0) {
            throw new IllegalArgumentException("'" + after + "' after the bracket is no :port");
        }
        return number("port", after.substring(colon + 1));
    }

    private static int number(String what, String digits) {
        if (digits.isEmpty() || digits.length() > 6 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("the " + what + " '" + digits + "' is not a number");
        }
        return Integer.parseInt(digits);
    }
}
