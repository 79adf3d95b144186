package io.ffmiser.iscsi.login;

import io.ffmiser.datamover.TransportCapabilities;

/**
 * What a target's login is made from.
 *
 * @param initialStatSn StatSN of the first Login Response
 * @param maxExchanges how many requests a login may take
 */
public record LoginTargetSettings(
        TransportCapabilities transport,
        TargetDirectory directory,
        SessionLookup sessions,
        int initialStatSn,
        int maxExchanges) {
    /** Login exchanges allowed by default; RFC 7143 section 6.2 wants at least six. */
    public static final int DEFAULT_MAX_EXCHANGES = 32;
}
