package io.ffmiser.iscsi.login;

import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.pdu.Isid;
import org.jspecify.annotations.Nullable;

/**
 * What an initiator's login is made from.
 *
 * @param targetName null only in a discovery session
 * @param tsih 0 for a new session or to reinstate one
 * @param cmdSn CmdSN of the whole login and of the first command after it
 * @param skipSecurityNegotiation begin with operational negotiation, which a target that authenticates refuses
 * @param maxExchanges how many requests a login may take
 */
public record LoginInitiatorSettings(
        String initiatorName,
        @Nullable String initiatorAlias,
        @Nullable String targetName,
        SessionType sessionType,
        Isid isid,
        int tsih,
        int cid,
        int initiatorTaskTag,
        int cmdSn,
        TransportCapabilities transport,
        OperationalOffers offers,
        boolean skipSecurityNegotiation,
        int maxExchanges) {
    /** Login exchanges allowed by default; RFC 7143 section 6.2 wants at least six. */
    public static final int DEFAULT_MAX_EXCHANGES = 32;

    /** A new normal session, with the defaults of everything else. */
    public static LoginInitiatorSettings normal(
            String initiatorName,
            String targetName,
            Isid isid,
            int cmdSn,
            TransportCapabilities transport,
            OperationalOffers offers) {
        return new LoginInitiatorSettings(
                initiatorName,
                null,
                targetName,
                SessionType.NORMAL,
                isid,
                0,
                0,
                0,
                cmdSn,
                transport,
                offers,
                false,
                DEFAULT_MAX_EXCHANGES);
    }

    /** A discovery session. */
    public static LoginInitiatorSettings discovery(
            String initiatorName, Isid isid, int cmdSn, TransportCapabilities transport, OperationalOffers offers) {
        return new LoginInitiatorSettings(
                initiatorName,
                null,
                null,
                SessionType.DISCOVERY,
                isid,
                0,
                0,
                0,
                cmdSn,
                transport,
                offers,
                false,
                DEFAULT_MAX_EXCHANGES);
    }
}
