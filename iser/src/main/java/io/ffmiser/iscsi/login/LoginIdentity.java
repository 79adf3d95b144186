package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.pdu.Isid;
import org.jspecify.annotations.Nullable;

/**
 * Who logs in where.
 *
 * @param targetName null only in a discovery session that names none
 * @param targetPortalGroupTag of the portal that the connection came to; -1 if the target did not say
 * @param tsih of the request: 0 asks for a new session
 */
public record LoginIdentity(
        String initiatorName,
        @Nullable String initiatorAlias,
        @Nullable String targetName,
        @Nullable String targetAlias,
        int targetPortalGroupTag,
        SessionType sessionType,
        Isid isid,
        int tsih,
        int cid) {}
