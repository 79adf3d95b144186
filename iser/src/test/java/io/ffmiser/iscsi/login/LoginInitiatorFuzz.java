package io.ffmiser.iscsi.login;

import io.ffmiser.chap.InitiatorChap;
import java.util.Arrays;

/**
 * An initiator's login fed with any PDUs: two octets of length, then that many octets, again and again. Once without authentication, and
 * once with mutual CHAP, where no target will do: no input knows the secret.
 */
public final class LoginInitiatorFuzz {
    private LoginInitiatorFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        LoginInitiatorSettings settings = LoginInitiatorSettings.normal(
                Logins.INITIATOR,
                Logins.TARGET,
                Logins.ISID,
                1,
                Logins.RDMA,
                OperationalOffers.builder().build());
        run(input, new LoginInitiator(settings), false);
        InitiatorChap mutual = InitiatorChap.of(Chaps.HOST).withTarget(Chaps.DISKS);
        run(input, new LoginInitiator(settings, Chaps.initiator(mutual)), true);
    }

    private static void run(byte[] input, LoginInitiator login, boolean mustFail) {
        LoginAction action = login.start();
        int at = 0;
        while (at + 2 <= input.length && action instanceof LoginAction.Send(byte[] pdu)) {
            Logins.request(pdu);
            int length = Math.min((input[at] & 0xff) << 8 | (input[at + 1] & 0xff), input.length - at - 2);
            action = login.receive(Arrays.copyOfRange(input, at + 2, at + 2 + length));
            at += 2 + length;
            if (action
                    instanceof LoginAction.AllocateResources(LoginIdentity ignored, NegotiatedParameters parameters)) {
                if (mustFail || !parameters.rdmaExtensions()) {
                    throw new AssertionError(parameters);
                }
                action = login.resourcesAllocated();
            }
        }
    }
}
