package io.ffmiser.initiator;

import io.ffmiser.text.HostPort;
import java.net.InetSocketAddress;

/**
 * Where a discovered target can be reached (TargetAddress, RFC 7143 section 13.8).
 *
 * @param host as the target wrote it: a name or an address, without brackets
 * @param port 3260 where the target gave none
 * @param portalGroupTag 0 to 65535; 0 also where the target gave none
 */
public record TargetPortal(String host, int port, int portalGroupTag) {
    private static final int MAX_TAG = 65_535;
    private static final int MAX_TAG_DIGITS = 5;

    /**
     * Reads a TargetAddress: {@code host[:port][,tag]}, IPv6 in brackets.
     *
     * @throws IllegalArgumentException if it has another form
     */
    static TargetPortal parse(String address) {
        try {
            int comma = address.lastIndexOf(',');
            String text = comma < 0 ? address : address.substring(0, comma);
            HostPort portal = HostPort.parseBracketed(text, IserUrl.DEFAULT_PORT);
            return new TargetPortal(
                    portal.host(), portal.port(), comma < 0 ? 0 : portalGroupTag(address.substring(comma + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + address + "' is no TargetAddress: " + e.getMessage(), e);
        }
    }

    private static int portalGroupTag(String digits) {
        boolean isNumber = !digits.isEmpty()
                && digits.length() <= MAX_TAG_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int tag = isNumber ? Integer.parseInt(digits) : MAX_TAG + 1;
        if (tag > MAX_TAG) {
            throw new IllegalArgumentException("the portal group tag '" + digits + "' is not 0 to " + MAX_TAG);
        }
        return tag;
    }

    /** For {@link SessionOptions}: a name is left unresolved, so that all of its addresses are tried. */
    public InetSocketAddress address() {
        return HostLookup.portal(host, port);
    }

    @Override
    public String toString() {
        return new HostPort(host, port) + "," + portalGroupTag;
    }
}
