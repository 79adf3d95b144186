package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.pdu.Isid;
import org.jspecify.annotations.Nullable;

/** The sessions that a target has now; implemented by its registry. A pure lookup on the thread of the connection. */
public interface SessionLookup {
    /**
     * The TSIH of the session with that identity, 0 if there is none (RFC 7143 section 6.3.1).
     *
     * @param targetName null for discovery sessions that name none
     */
    int tsihOf(String initiatorName, @Nullable String targetName, int targetPortalGroupTag, Isid isid);

    /** Whether that session has a connection with that CID. */
    boolean hasConnection(int tsih, int cid);
}
