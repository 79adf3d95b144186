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
    /** For {@link SessionOptions}; resolves the name. */
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port + "," + portalGroupTag;
    }
}
