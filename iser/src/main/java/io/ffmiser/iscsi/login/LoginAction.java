package io.ffmiser.iscsi.login;

import org.jspecify.annotations.Nullable;

/** What a login state machine wants done next; each input gives exactly one. */
public sealed interface LoginAction {
    /**
     * Send this PDU, then wait for the peer's.
     *
     * @param pdu BHS then data, padded
     */
    record Send(byte[] pdu) implements LoginAction {}

    /**
     * Allocate what full feature phase needs (RFC 7145 sections 5.1.1 and 5.1.2), then call {@code resourcesAllocated} or {@code
     * resourcesRefused} on the machine. At the target, authentication has ended, and this is the place where a session with the same
     * name and ISID is reinstated (RFC 7143 section 6.3.5).
     */
    record AllocateResources(LoginIdentity identity, NegotiatedParameters parameters) implements LoginAction {}

    /**
     * The login is over and has succeeded.
     *
     * @param finalResponse at the target the final Login Response, to be sent as the datamover is enabled; null at the initiator
     */
    record Complete(LoginResult result, byte @Nullable [] finalResponse) implements LoginAction {}

    /**
     * The login is over and has failed: close the connection (RFC 7143 section 11.13.5).
     *
     * @param response at the target a Login Response to send before that; null if there is none to send
     */
    record Fail(LoginFailure failure, byte @Nullable [] response) implements LoginAction {}
}
