package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.login.Logins.FakeTarget;
import io.ffmiser.iscsi.pdu.LoginStatus;
import java.util.Arrays;

/**
 * A target's login fed with any PDUs: two octets of length, then that many octets, again and again. Once without authentication, and
 * once with CHAP, where nobody gets in: no input knows the secret.
 */
public final class LoginTargetFuzz {
    private LoginTargetFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        run(input, new FakeTarget(), false);
        FakeTarget authenticating = new FakeTarget();
        authenticating.authentication = Chaps::target;
        run(input, authenticating, true);
    }

    private static void run(byte[] input, FakeTarget target, boolean mustFail) {
        LoginTarget login = target.login();
        int at = 0;
        while (at + 2 <= input.length) {
            int length = Math.min((input[at] & 0xff) << 8 | (input[at + 1] & 0xff), input.length - at - 2);
            LoginAction action = login.receive(Arrays.copyOfRange(input, at + 2, at + 2 + length));
            at += 2 + length;
            switch (action) {
                case LoginAction.Send(byte[] pdu) -> Logins.response(pdu);
                case LoginAction.AllocateResources allocate -> {
                    if (mustFail
                            || allocate.parameters().firstBurstLength()
                                    > allocate.parameters().maxBurstLength()) {
                        throw new AssertionError(allocate);
                    }
                    if (at % 2 == 0) {
                        login.resourcesAllocated(1, 1);
                    } else {
                        login.resourcesRefused(LoginStatus.OUT_OF_RESOURCES, "none");
                    }
                    return;
                }
                case LoginAction.Fail(LoginFailure failure, byte[] response) -> {
                    if (response != null && Logins.response(response).status() != failure.status()) {
                        throw new AssertionError(failure);
                    }
                    return;
                }
                case LoginAction.Complete complete -> throw new AssertionError(complete);
            }
        }
    }
}
