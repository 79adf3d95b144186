package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.pdu.LoginStatus;
import org.jspecify.annotations.Nullable;

/** The names that a target's side serves, and who may use them. A pure lookup on the thread of the connection. */
public interface TargetDirectory {
    /**
     * Asked once a login, when the first request has told the names.
     *
     * @param targetName null only in a discovery session
     */
    Admission admit(String initiatorName, @Nullable String targetName, SessionType sessionType);

    /** The answer. */
    sealed interface Admission {
        /**
         * Go on.
         *
         * @param targetPortalGroupTag of the portal that the connection came to
         * @param authenticator of this login: any but None makes a login without authentication fail
         * @param offers what the target accepts
         */
        record Admitted(
                int targetPortalGroupTag,
                @Nullable String targetAlias,
                Authenticator authenticator,
                OperationalOffers offers)
                implements Admission {}

        /**
         * The target is elsewhere (status 0x0101 or 0x0102).
         *
         * @param targetAddress host[:port][,tag], IPv6 in brackets
         */
        record Redirected(boolean permanently, String targetAddress) implements Admission {}

        /** Not here, or not for this initiator. */
        record Refused(LoginStatus status, String reason) implements Admission {}
    }
}
