package io.ffmiser.initiator;

/** A login did not succeed: no connection, no answer, a refusal (RFC 7143 section 11.13.5), or an unusable negotiation. */
public final class LoginException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean isAuthenticationFailure;

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
        this(message, status, false);
    }

    /**
     * With what went wrong.
     *
     * @param status as above; 0 if the target sent none
     * @param isAuthenticationFailure whether one side did not prove who it is
     */
    public LoginException(String message, int status, boolean isAuthenticationFailure) {
        super(message);
        this.status = status;
        this.isAuthenticationFailure = isAuthenticationFailure;
    }

    /** Status-Class and Status-Detail, such as 0x0203 for "not found"; 0 if the target sent none. */
    public int status() {
        return status;
    }

    /**
     * Whether one side did not prove who it is: the target refused this initiator ({@link #status} is 0x0201), or this initiator the
     * target (mutual CHAP; {@link #status} is 0).
     */
    public boolean isAuthenticationFailure() {
        return isAuthenticationFailure;
    }

    /** Whether trying again may help: the target said nothing, or blamed itself (class 3), and nobody failed to authenticate. */
    public boolean isTransient() {
        int statusClass = status >> 8;
        return (statusClass == 0 || statusClass == 3) && !isAuthenticationFailure;
    }
}
