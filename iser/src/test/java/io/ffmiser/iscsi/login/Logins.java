package io.ffmiser.iscsi.login;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.TargetDirectory.Admission;
import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** What the login tests share: names, a target's surroundings, and a wire between two machines. */
@NullMarked
final class Logins {
    static final String INITIATOR = "iqn.2026-11.io.ffmiser:initiator";
    static final String TARGET = "iqn.2026-11.io.ffmiser:disks";
    static final Isid ISID = Isid.random(0x1234, 1);
    static final int TSIH = 0x4711;
    static final int WINDOW = 32;
    static final TransportCapabilities RDMA = new TransportCapabilities(true);

    private Logins() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static LoginRequestPdu request(byte[] pdu) {
        return value(LoginRequestPdu.decode(pdu));
    }

    static LoginResponsePdu response(byte[] pdu) {
        return value(LoginResponsePdu.decode(pdu));
    }

    static <T> T value(Decoded<T> decoded) {
        return switch (decoded) {
            case Decoded.Value<T>(T value) -> value;
            case Decoded.Malformed<T>(var error) -> throw new AssertionError(error);
        };
    }

    /** A request of a foreign initiator. */
    static byte[] request(LoginStage stage, @Nullable LoginStage next, String text) {
        return new LoginRequestPdu(next != null, false, stage, next, 0, 0, ISID, 0, 7, 0, 1, 0, utf8(text)).encode();
    }

    /** A request that goes on in the next. */
    static byte[] continued(LoginStage stage, byte[] text) {
        return new LoginRequestPdu(false, true, stage, null, 0, 0, ISID, 0, 7, 0, 1, 0, text).encode();
    }

    static String text(LoginAction action) {
        return switch (action) {
            case LoginAction.Send(byte[] pdu) -> new String(response(pdu).data(), StandardCharsets.UTF_8);
            case LoginAction.Complete complete -> {
                byte[] pdu = complete.finalResponse();
                assertNotNull(pdu);
                yield new String(response(pdu).data(), StandardCharsets.UTF_8);
            }
            default -> throw new AssertionError(action);
        };
    }

    static LoginFailure failure(LoginAction action) {
        return assertInstanceOf(LoginAction.Fail.class, action, action.toString())
                .failure();
    }

    /** A target's directory and sessions, set by the test. */
    static final class FakeTarget implements TargetDirectory, SessionLookup {
        OperationalOffers offers =
                OperationalOffers.builder().maxBurstLength(1 << 20).build();

        @Nullable
        Admission admission;

        Supplier<Authenticator> authentication = NoAuthentication::new;
        boolean refuseResources;
        int existingTsih;
        boolean connectionExists;
        int allocations;

        LoginTarget login() {
            return login(RDMA);
        }

        LoginTarget login(TransportCapabilities transport) {
            return new LoginTarget(new LoginTargetSettings(transport, this, this, 1000, 10));
        }

        @Override
        public Admission admit(String initiatorName, @Nullable String targetName, SessionType sessionType) {
            Admission fixed = admission;
            return fixed != null ? fixed : new Admission.Admitted(3, "an alias", authentication.get(), offers);
        }

        @Override
        public int tsihOf(String initiatorName, @Nullable String targetName, int targetPortalGroupTag, Isid isid) {
            return existingTsih;
        }

        @Override
        public boolean hasConnection(int tsih, int cid) {
            return connectionExists;
        }

        /** Answers AllocateResources. */
        LoginAction allocate(LoginTarget login, LoginAction action) {
            if (!(action instanceof LoginAction.AllocateResources)) {
                return action;
            }
            allocations++;
            return refuseResources
                    ? login.resourcesRefused(LoginStatus.OUT_OF_RESOURCES, "no receives")
                    : login.resourcesAllocated(TSIH, WINDOW);
        }
    }

    /** How both machines ended, and every text on the way. */
    record Outcome(LoginAction initiator, @Nullable LoginAction target, int exchanges, List<String> texts) {
        LoginResult initiatorResult() {
            return assertInstanceOf(LoginAction.Complete.class, initiator, initiator.toString())
                    .result();
        }

        LoginResult targetResult() {
            return assertInstanceOf(LoginAction.Complete.class, target).result();
        }

        LoginFailure initiatorFailure() {
            return failure(initiator);
        }

        LoginFailure targetFailure() {
            return assertInstanceOf(LoginAction.Fail.class, target).failure();
        }
    }

    /** Runs both machines to their ends. */
    static Outcome run(LoginInitiator initiator, LoginTarget target) {
        List<String> texts = new ArrayList<>();
        LoginAction mine = initiator.start();
        LoginAction theirs = null;
        int exchanges = 0;
        while (true) {
            if (mine instanceof LoginAction.AllocateResources) {
                mine = initiator.resourcesAllocated();
            }
            if (!(mine instanceof LoginAction.Send(byte[] pdu)) || exchanges == 20) {
                return new Outcome(mine, theirs, exchanges, texts);
            }
            exchanges++;
            texts.add(new String(request(pdu).data(), StandardCharsets.UTF_8));
            theirs = fakeOf(target).allocate(target, target.receive(pdu));
            byte[] answer = switch (theirs) {
                case LoginAction.Send(byte[] sent) -> sent;
                case LoginAction.Complete complete -> complete.finalResponse();
                case LoginAction.Fail fail -> fail.response();
                case LoginAction.AllocateResources unexpected -> throw new AssertionError(unexpected);
            };
            assertNotNull(answer);
            texts.add(new String(response(answer).data(), StandardCharsets.UTF_8));
            mine = initiator.receive(answer);
        }
    }

    private static FakeTarget fakeOf(LoginTarget target) {
        return (FakeTarget) target.settings().directory();
    }
}
