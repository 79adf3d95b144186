package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.pdu.LoginStatus;

/**
 * The target's side of the Login Phase (RFC 7143 sections 6.3 and 11.13). Sans-IO, single-threaded, for one connection: octets in,
 * {@link LoginAction} out. What the initiator does wrong ends in {@link LoginAction.Fail}; calls out of order are an {@link
 * IllegalStateException}. A time limit on the whole login is the caller's.
 */
public final class LoginTarget {
    private final LoginTargetSettings settings;

    public LoginTarget(LoginTargetSettings settings) {
        this.settings = settings;
    }

    /** A PDU came. */
    public LoginAction receive(byte[] pdu) {
        return new LoginAction.Fail(
                new LoginFailure(
                        LoginStatus.TARGET_ERROR, "" + settings.initialStatSn() + " " + pdu.length, null, false),
                null);
    }

    /**
     * Answers {@link LoginAction.AllocateResources}.
     *
     * @param tsih of the session, not 0
     * @param commandWindow how many commands the initiator may send at first: MaxCmdSN - ExpCmdSN + 1
     */
    public LoginAction resourcesAllocated(int tsih, int commandWindow) {
        return new LoginAction.Fail(
                new LoginFailure(
                        LoginStatus.TARGET_ERROR,
                        "" + settings.initialStatSn() + " " + tsih + commandWindow,
                        null,
                        false),
                null);
    }

    /**
     * Answers {@link LoginAction.AllocateResources}.
     *
     * @param status usually {@link LoginStatus#OUT_OF_RESOURCES}
     */
    public LoginAction resourcesRefused(LoginStatus status, String reason) {
        return new LoginAction.Fail(
                new LoginFailure(
                        LoginStatus.TARGET_ERROR, "" + settings.initialStatSn() + " " + status + reason, null, false),
                null);
    }
}
