package io.ffmiser.initiator;

import java.net.InetSocketAddress;

/**
 * Where a discovered target can be reached (TargetAddress, RFC 7143 section 13.8).
 *
 * @param host as the target wrote it: a name or an address, without brackets
 * @param port 3260 where the target gave none
 * @param portalGroupTag 0 to 65535; 0 also where the target gave none
 */
public record TargetPortal(String host, int port, int portalGroupTag) {
    private static final int MAX_NUMBER = 65_535;

    /**
     * Reads a TargetAddress: {@code host[:port][,tag]}, IPv6 in brackets.
     *
     * @throws IllegalArgumentException if it has another form
     */
    static TargetPortal parse(String address) {
        int comma = address.lastIndexOf(',');
        String hostAndPort = comma < 0 ? address : address.substring(0, comma);
        int tag = comma < 0 ? 0 : number(address, address.substring(comma + 1));
        int bracket = hostAndPort.lastIndexOf(']');
        int colon = hostAndPort.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
        int port = colon < 0 ? IserUrl.DEFAULT_PORT : number(address, hostAndPort.substring(colon + 1));
        if (host.startsWith("[") && bracket == host.length() - 1) {
            host = host.substring(1, bracket);
        }
        if (host.isEmpty() || port == 0) {
            throw new IllegalArgumentException("'" + address + "' is no TargetAddress");
        }
        return new TargetPortal(host, port, tag);
    }

    private static int number(String address, String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("'" + address + "' is no TargetAddress: '" + digits + "'");
        }
        int value = Integer.parseInt(digits);
        if (value > MAX_NUMBER) {
            throw new IllegalArgumentException("'" + address + "' is no TargetAddress: " + value);
        }
        return value;
    }

    /** For {@link SessionOptions}; resolves the name. */
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port + "," + portalGroupTag;
    }
}
