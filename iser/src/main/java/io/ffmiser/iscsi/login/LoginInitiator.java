package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.pdu.LoginStatus;

/**
 * The initiator's side of the Login Phase (RFC 7143 sections 6.3 and 11.12). Sans-IO, single-threaded, for one connection: octets in,
 * {@link LoginAction} out. What the target does wrong ends in {@link LoginAction.Fail}; calls out of order are an {@link
 * IllegalStateException}. A time limit on the whole login is the caller's.
 */
public final class LoginInitiator {
    private final LoginInitiatorSettings settings;

    public LoginInitiator(LoginInitiatorSettings settings) {
        this.settings = settings;
    }

    /** The first Login Request. */
    public LoginAction start() {
        return new LoginAction.Fail(
                new LoginFailure(LoginStatus.TARGET_ERROR, "" + settings.initiatorName(), null, false), null);
    }

    /** A PDU came. */
    public LoginAction receive(byte[] pdu) {
        return new LoginAction.Fail(
                new LoginFailure(LoginStatus.TARGET_ERROR, "" + settings.initiatorName() + pdu.length, null, false),
                null);
    }

    /** Answers {@link LoginAction.AllocateResources}. */
    public LoginAction resourcesAllocated() {
        return new LoginAction.Fail(
                new LoginFailure(LoginStatus.TARGET_ERROR, "" + settings.initiatorName(), null, false), null);
    }

    /** Answers {@link LoginAction.AllocateResources}. */
    public LoginAction resourcesRefused(String reason) {
        return new LoginAction.Fail(
                new LoginFailure(LoginStatus.TARGET_ERROR, "" + settings.initiatorName() + reason, null, false), null);
    }
}
