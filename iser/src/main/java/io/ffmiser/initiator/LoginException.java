package io.ffmiser.initiator;

/** A login did not succeed: no connection, no answer, a refusal (RFC 7143 section 11.13.5), or an unusable negotiation. */
public final class LoginException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** Without a status from the target. */
    public LoginException(String message) {
        this(message, 0);
    }

    /**
     * With the target's status.
     *
     * @param status Status-Class in the high octet, Status-Detail in the low one
     */
    public LoginException(String message, int status) {
        super(message);
        this.status = status;
    }

    /** Status-Class and Status-Detail, such as 0x0203 for "not found"; 0 if the target sent none. */
    public int status() {
        return status;
    }

    /** Whether trying again may help: the target said nothing, or blamed itself (class 3). */
    public boolean isTransient() {
        int statusClass = status >> 8;
        return statusClass == 0 || statusClass == 3;
    }
}
