package io.ffmiser.iscsi.login;

/** What a login with some ISID, TSIH and CID asks for (RFC 7143 section 6.3.1, table 1). */
public enum SessionPlacement {
    NEW_SESSION,
    /** The session with that ISID ends silently, and a new one takes its place (section 6.3.5). */
    SESSION_REINSTATEMENT,
    ADD_CONNECTION,
    /** The connection with that CID ends silently, and a new one takes its place (section 6.3.4). */
    CONNECTION_REINSTATEMENT,
    /** Status 0x020a. */
    SESSION_DOES_NOT_EXIST;

    /**
     * Decides.
     *
     * @param existingTsih TSIH of the session with that initiator, target and ISID; 0 if there is none
     * @param requestedTsih TSIH of the request
     * @param connectionExists whether the existing session has a connection with the request's CID
     */
    public static SessionPlacement decide(int existingTsih, int requestedTsih, boolean connectionExists) {
        if (requestedTsih == 0) {
            return existingTsih == 0 ? NEW_SESSION : SESSION_REINSTATEMENT;
        }
        if (requestedTsih != existingTsih) {
            return SESSION_DOES_NOT_EXIST;
        }
        return connectionExists ? CONNECTION_REINSTATEMENT : ADD_CONNECTION;
    }
}
