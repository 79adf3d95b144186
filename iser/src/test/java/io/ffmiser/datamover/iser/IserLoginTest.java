package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class IserLoginTest {
    @Test
    void shouldCarryPdusBehindAControlHeader_whenInLogin() {
        try (IserFixture fixture = new IserFixture().connectRawTarget()) {
            fixture.initiator().sendLogin(Pdus.loginRequest());
            fixture.runUntil(() -> fixture.rawTarget.arrived.size() == 1);
            byte[] message = fixture.rawTarget.arrived.get(0).message();
            assertArrayEquals(Pdus.message(Pdus.loginRequest()), message);
            assertEquals(28 + 48 + 4, message.length, "no digests, no markers");
        }
    }

    @Test
    void shouldTellTheFlags_whenConnecting() {
        try (IserFixture fixture = new IserFixture().connectRawTarget()) {
            assertArrayEquals(
                    new byte[] {(byte) 0x80, 0, 0, 0},
                    Objects.requireNonNull(fixture.request).privateData());
        }
        try (IserFixture fixture = new IserFixture()) {
            fixture.initiatorSettings = fixture.initiatorSettings.withRemoteInvalidate(false);
            fixture.connectRawTarget();
            assertArrayEquals(
                    new byte[] {(byte) 0xc0, 0, 0, 0},
                    Objects.requireNonNull(fixture.request).privateData());
        }
        try (IserFixture fixture = new IserFixture().connectRawInitiator()) {
            assertArrayEquals(new byte[] {(byte) 0x80, 0, 0, 0}, fixture.rawInitiator.privateData);
        }
        for (byte[] absentOrForbidden : new byte[][] {{}, {0x40}, {(byte) 0xc0, 1, 2, 3, 4, 5, 6}}) {
            try (IserFixture fixture = new IserFixture()) {
                fixture.rawPrivateData = absentOrForbidden;
                fixture.connectRawInitiator();
                assertArrayEquals(new byte[] {(byte) 0xc0, 0, 0, 0}, fixture.rawInitiator.privateData);
            }
        }
    }

    @Test
    void shouldTakeTheDepthsInTheRightPerspective_whenAccepting() {
        try (IserFixture fixture = new IserFixture()) {
            fixture.rawResponderResources = 3;
            fixture.rawInitiatorDepth = 5;
            fixture.loginRawInitiator();
            assertEquals(3, fixture.target().connection.initiatorDepth(), "our Reads are bounded by the peer's IRD");
            assertEquals(0, fixture.target().connection.responderResources(), "an initiator reads nothing");
        }
    }

    @Test
    void shouldHaveTheReceivePosted_whenTheRequestComesAtOnce() {
        int early = 0;
        for (int seed = 1; seed <= 100; seed++) {
            try (IserFixture fixture = new IserFixture(seed, SimOptions.IWARP, FaultPlan.NONE)) {
                // in the very event that tells the initiator it is up; iWARP has no retry
                fixture.rawInitiator.onUp = () -> fixture.rawInitiator.send(Pdus.message(Pdus.loginRequest()));
                fixture.beginConnectRawInitiator();
                boolean held = false;
                while (fixture.targetCalls.logins.isEmpty()) {
                    assertTrue(fixture.fabric.step());
                    held |= fixture.hasTarget() && fixture.target().holdsEarlyLogin();
                }
                early += held ? 1 : 0;
                assertEquals(List.of("opened", "login"), fixture.targetCalls.events, "up first, then the PDU");
                assertEquals(0, fixture.fabric.counters().receiverNotReady());
            }
        }
        assertTrue(early > 0, "in no run did the PDU come first");
    }

    @Test
    void shouldTake8192OctetsOfText_whenInLogin() {
        byte[] text = new byte[8192];
        Arrays.fill(text, (byte) 'x');
        byte[] request = Pdus.pdu(0x43, 0x04, 1, text);
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            for (int round = 1; round <= 3; round++) {
                int expected = round;
                fixture.initiator().sendLogin(request);
                fixture.runUntil(() -> fixture.targetCalls.logins.size() == expected);
                fixture.target().sendLogin(request);
                fixture.runUntil(() -> fixture.initiatorCalls.logins.size() == expected);
            }
            assertArrayEquals(request, fixture.targetCalls.logins.get(2));
            assertArrayEquals(request, fixture.initiatorCalls.logins.get(2));
            assertThrows(
                    IllegalArgumentException.class, () -> fixture.initiator().sendLogin(new byte[8192 + 49]));
        }
    }

    @Test
    void shouldAcceptPaddedAndUnpadded_whenInLogin() {
        for (int padding = 0; padding <= 3; padding++) {
            try (IserFixture fixture = new IserFixture().connectRawInitiator()) {
                byte[] pdu = Pdus.with(Pdus.pdu(0x43, 0x87, 1, new byte[] {'k', '=', 'v', 0, 'z'}), 4, 5);
                fixture.rawInitiator.send(Pdus.message(Arrays.copyOf(pdu, 48 + 5 + padding)));
                fixture.runUntil(() -> fixture.targetCalls.logins.size() == 1);
                assertArrayEquals(Arrays.copyOf(pdu, 53), fixture.targetCalls.logins.get(0), "without padding");
            }
        }
    }

    @Test
    void shouldEndTheConnection_whenLoginMessageIsMalformed() {
        byte[] good = Pdus.message(Pdus.loginRequest());
        byte[] hello = new byte[28];
        hello[0] = 0x20;
        byte[] opcode = good.clone();
        opcode[0] = 0x40;
        byte[] tooLong = Arrays.copyOf(good, good.length + 4);
        for (byte[] bad : new byte[][] {new byte[0], new byte[5], hello, opcode, Arrays.copyOf(good, 79), tooLong}) {
            try (IserFixture fixture = new IserFixture().connectRawInitiator()) {
                fixture.rawInitiator.send(bad);
                fixture.runUntil(fixture.targetCalls::ended);
                assertTrue(fixture.targetCalls.reason().startsWith("closed: iSER format error in login"));
                assertEquals(0, fixture.targetCalls.logins.size());
            }
        }
    }

    @Test
    void shouldPostReceives_whenBeforeTheFinalPdusLeave() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            assertEquals(0, fixture.initiator().receivesPosted());
            assertTrue(fixture.initiator().allocateConnectionResources(IserFixture.RESOURCES));
            assertEquals(16, fixture.initiator().receivesPosted(), "before the final Login Request");
            fixture.initiator().sendLogin(Pdus.loginRequest());
            fixture.runUntil(() -> fixture.targetCalls.logins.size() == 1);
            assertTrue(fixture.target().allocateConnectionResources(IserFixture.RESOURCES));
            assertEquals(0, fixture.target().receivesPosted());
            fixture.target().enableDatamover(Pdus.loginResponse());
            assertEquals(16, fixture.target().receivesPosted(), "before the final Login Response has left");
            assertEquals(0, fixture.initiatorCalls.logins.size());
            fixture.runUntil(() -> fixture.initiatorCalls.logins.size() == 1);
            fixture.initiator().enableDatamover();
            assertEquals(16, fixture.initiator().receivesPosted(), "the response took the login receive");
        }
    }

    @Test
    void shouldGoOnWithLogin_whenTheFinalRequestWasNotFinal() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            fixture.beginLogin();
            fixture.runUntil(() -> fixture.targetCalls.logins.size() == 1);
            for (int round = 1; round <= 3; round++) {
                int expected = round;
                fixture.target().sendLogin(Pdus.loginResponse());
                fixture.runUntil(() -> fixture.initiatorCalls.logins.size() == expected);
                fixture.initiator().sendLogin(Pdus.loginRequest());
                fixture.runUntil(() -> fixture.targetCalls.logins.size() == expected + 1);
            }
            fixture.enableTarget();
            fixture.runUntil(() -> fixture.initiatorCalls.logins.size() == 4);
            fixture.initiator().enableDatamover();
            assertEquals(16, fixture.initiator().receivesPosted());
            Pdus.send(fixture.initiator(), Pdus.pdu(0x40, Pdus.F, 3));
            fixture.runUntil(() -> fixture.targetCalls.pdus.size() == 1);
        }
    }

    @Test
    void shouldGiveTheLoginBuffersBack_whenLoginIsOver() {
        try (IserFixture fixture = new IserFixture().loginBoth()) {
            fixture.runDry();
            assertEquals(
                    4 + 2 * 2,
                    fixture.fabric.counters().liveRegions(),
                    "the fixture's four, and a send and a receive region each");
        }
    }

    @Test
    void shouldRefuseToBeAssisted_whenNothingWasAllocated() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            assertThrows(IllegalStateException.class, () -> fixture.initiator().enableDatamover());
            assertThrows(IllegalStateException.class, () -> fixture.target().enableDatamover(Pdus.loginResponse()));
            assertThrows(IllegalStateException.class, () -> fixture.initiator().claimControl());
        }
    }

    @Test
    void shouldSayNo_whenMoreIsWantedThanTheSettingsAllow() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            assertFalse(fixture.target().allocateConnectionResources(new ConnectionResources(9, 16, 8192, 8, 8192)));
            assertFalse(fixture.target().allocateConnectionResources(new ConnectionResources(8, 17, 8192, 8, 8192)));
            assertFalse(fixture.target().allocateConnectionResources(new ConnectionResources(8, 16, 8192, 9, 8192)));
            assertTrue(fixture.target().allocateConnectionResources(IserFixture.RESOURCES));
            assertTrue(fixture.target().allocateConnectionResources(IserFixture.RESOURCES), "idempotent");
            fixture.target().deallocateConnectionResources();
            fixture.target().sendLogin(Pdus.loginResponse());
        }
    }

    @Test
    void shouldTellTheLoginListener_whenConnectionIsLostInLogin() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            fixture.beginLogin();
            fixture.target().close();
            fixture.runUntil(fixture.initiatorCalls::ended);
            assertTrue(fixture.initiatorCalls.reason().startsWith("closed: "));
            assertEquals(1, fixture.initiatorCalls.endings());
            assertEquals(0, fixture.targetCalls.endings(), "close makes no call up");
        }
    }

    @Test
    void shouldAnswerTheTermination_whenItWasAskedForInLogin() {
        try (IserFixture fixture = new IserFixture().connectBoth()) {
            fixture.initiator().connectionTerminate();
            fixture.initiator().connectionTerminate();
            fixture.runUntil(() -> fixture.initiatorCalls.has("terminated") && fixture.targetCalls.ended());
            fixture.runDry();
            assertEquals(1, fixture.initiatorCalls.endings());
            assertEquals(1, fixture.targetCalls.endings());
        }
    }
}
