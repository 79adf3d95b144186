package io.ffmiser.iscsi.login;

import java.util.Arrays;

/** An initiator's login fed with any PDUs: two octets of length, then that many octets, again and again. */
public final class LoginInitiatorFuzz {
    private LoginInitiatorFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        LoginInitiator login = new LoginInitiator(LoginInitiatorSettings.normal(
                Logins.INITIATOR,
                Logins.TARGET,
                Logins.ISID,
                1,
                Logins.RDMA,
                OperationalOffers.builder().build()));
        LoginAction action = login.start();
        int at = 0;
        while (at + 2 <= input.length && action instanceof LoginAction.Send(byte[] pdu)) {
            Logins.request(pdu);
            int length = Math.min((input[at] & 0xff) << 8 | (input[at + 1] & 0xff), input.length - at - 2);
            action = login.receive(Arrays.copyOfRange(input, at + 2, at + 2 + length));
            at += 2 + length;
            if (action
                    instanceof LoginAction.AllocateResources(LoginIdentity ignored, NegotiatedParameters parameters)) {
                if (!parameters.rdmaExtensions()) {
                    throw new AssertionError(parameters);
                }
                action = login.resourcesAllocated();
            }
        }
    }
}
