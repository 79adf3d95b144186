package io.ffmiser.iscsi.pdu;

/** Status-Class and Status-Detail of a Login Response, RFC 7143 section 11.13.5. */
public enum LoginStatus {
    /** Login proceeds. */
    SUCCESS(0x0000, "login proceeds"),
    /** TargetAddress tells where to. */
    TARGET_MOVED_TEMPORARILY(0x0101, "the target has moved for now"),
    /** TargetAddress tells where to. */
    TARGET_MOVED_PERMANENTLY(0x0102, "the target has moved for good"),
    /** Miscellaneous error of the initiator. */
    INITIATOR_ERROR(0x0200, "something that this initiator sent is wrong"),
    /** Not authenticated, or authentication was skipped. */
    AUTHENTICATION_FAILURE(0x0201, "this initiator was not authenticated"),
    /** The initiator may not use the target. */
    AUTHORIZATION_FAILURE(0x0202, "this initiator may not use the target"),
    /** No such target. */
    NOT_FOUND(0x0203, "there is no target of that name"),
    /** The target is gone for good. */
    TARGET_REMOVED(0x0204, "the target was removed for good"),
    /** No common version. */
    UNSUPPORTED_VERSION(0x0205, "no common version of iSCSI"),
    /** Too many connections on this session identifier. */
    TOO_MANY_CONNECTIONS(0x0206, "too many connections in the session"),
    /** For example no InitiatorName or TargetName. */
    MISSING_PARAMETER(0x0207, "a parameter is missing"),
    /** The session does not span to this connection. */
    CANNOT_INCLUDE_IN_SESSION(0x0208, "the connection cannot be added to the session"),
    /** The target does not support it. */
    SESSION_TYPE_NOT_SUPPORTED(0x0209, "that type of session is not supported"),
    /** No session has that TSIH. */
    SESSION_DOES_NOT_EXIST(0x020a, "there is no such session"),
    /** Invalid request type during login. */
    INVALID_DURING_LOGIN(0x020b, "a request is not allowed during login"),
    /** Target hardware or software error. */
    TARGET_ERROR(0x0300, "the target has a fault of its own"),
    /** Not now. */
    SERVICE_UNAVAILABLE(0x0301, "the target is not available now"),
    /** Not enough session, connection or other resources. */
    OUT_OF_RESOURCES(0x0302, "the target has no resources left");

    private final int code;
    private final String meaning;

    LoginStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** What it means to the initiator, for a person. */
    public String meaning() {
        return meaning;
    }

    /** Class in the high octet, detail in the low one. */
    public int code() {
        return code;
    }

    public int statusClass() {
        return code >>> 8;
    }

    public int statusDetail() {
        return code & 0xff;
    }

    /** Class 1: the target is elsewhere. */
    public boolean isRedirection() {
        return statusClass() == 1;
    }

    /** Class 3: the same login may succeed later. Class 2 never does. */
    public boolean isRetryable() {
        return statusClass() == 3;
    }

    /** The constant of class and detail; an unknown detail is taken as the class's detail 0 (0x0101 for class 1), unknown classes are errors of the target. */
    public static LoginStatus of(int statusClass, int statusDetail) {
        int wanted = statusClass << 8 | statusDetail;
        for (LoginStatus status : values()) {
            if (status.code == wanted) {
                return status;
            }
        }
        return switch (statusClass) {
            case 0 -> SUCCESS;
            case 1 -> TARGET_MOVED_TEMPORARILY;
            case 2 -> INITIATOR_ERROR;
            default -> TARGET_ERROR;
        };
    }
}
