package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.NegotiatedKeys;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class IserHelloTest {
    private static final NegotiatedKeys HELLO = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, true, true);

    private static byte[] hello(int maxVersion, int minVersion, int ird) {
        byte[] message = new byte[28];
        // RFC 7145 section 9.3: 0010b, MaxVer, MinVer, iSER-IRD
        ByteBuffer.wrap(message)
                .put(0, (byte) 0x20)
                .put(1, (byte) (maxVersion << 4 | minVersion))
                .putShort(2, (short) ird);
        return message;
    }

    private static byte[] reply(boolean reject, int version, int ord) {
        byte[] message = new byte[28];
        // RFC 7145 section 9.4: 0011b, reserved, REJ, MaxVer, CurVer, iSER-ORD
        ByteBuffer.wrap(message)
                .put(0, (byte) (0x30 | (reject ? 1 : 0)))
                .put(1, (byte) (version << 4 | version))
                .putShort(2, (short) ord);
        return message;
    }

    @Test
    void shouldExchangeHelloFirst_whenNegotiated() {
        try (IserFixture fixture = new IserFixture()) {
            fixture.keys = HELLO;
            fixture.loginBoth();
            assertTrue(fixture.initiator().claimControl() == null, "nothing else before the HelloReply");
            assertTrue(fixture.target().claimControl() == null);
            fixture.runUntil(() -> fixture.initiatorCalls.has("available") && fixture.targetCalls.has("available"));
            assertEquals(16, fixture.target().receivesPosted());
            assertEquals(16, fixture.initiator().receivesPosted());
            Pdus.send(fixture.initiator(), Pdus.pdu(0x40, Pdus.F, 1));
            fixture.runUntil(() -> fixture.targetCalls.pdus.size() == 1);
        }
    }

    @Test
    void shouldNotSendHello_whenNotNegotiated() {
        try (IserFixture fixture = new IserFixture().loginRawTarget()) {
            fixture.runDry();
            assertTrue(fixture.rawTarget.arrived.isEmpty());
            assertFalse(fixture.initiatorCalls.ended());
        }
    }

    @Test
    void shouldSendVersion10AndIrd_whenHelloIsNegotiated() {
        try (IserFixture fixture = new IserFixture()) {
            fixture.keys = HELLO;
            fixture.loginRawTarget();
            fixture.runUntil(() -> fixture.rawTarget.arrived.size() == 1);
            assertArrayEquals(
                    hello(10, 10, 16), fixture.rawTarget.arrived.get(0).message());
            fixture.rawTarget.send(reply(false, 10, 4));
            fixture.initiator().claimControl();
            fixture.runUntil(() -> fixture.initiatorCalls.has("available"));
        }
    }

    @Test
    void shouldAnswerHello_whenAnOldInitiatorSendsItUnasked() {
        try (IserFixture fixture = new IserFixture().loginRawInitiator()) {
            fixture.rawInitiator.send(hello(1, 1, 3));
            fixture.runUntil(() -> fixture.rawInitiator.arrived.size() == 1);
            byte[] answer = fixture.rawInitiator.arrived.get(0).message();
            assertEquals(28, answer.length);
            assertEquals("30a10003", java.util.HexFormat.of().formatHex(answer, 0, 4));
            fixture.rawInitiator.send(Pdus.message(Pdus.pdu(0x40, Pdus.F, 1)));
            fixture.runUntil(() -> fixture.targetCalls.pdus.size() == 1);
            fixture.rawInitiator.send(hello(10, 10, 3));
            fixture.runUntil(fixture.targetCalls::ended);
            assertTrue(fixture.targetCalls.reason().contains("in the midst"));
        }
    }

    @Test
    void shouldEndTheConnection_whenHelloIsMissing() {
        try (IserFixture fixture = new IserFixture()) {
            fixture.keys = HELLO;
            fixture.loginRawInitiator();
            fixture.rawInitiator.send(Pdus.message(Pdus.pdu(0x40, Pdus.F, 1)));
            fixture.runUntil(fixture.targetCalls::ended);
            assertTrue(fixture.targetCalls.reason().contains("did not come first"));
            assertTrue(fixture.targetCalls.pdus.isEmpty());
        }
    }

    @Test
    void shouldReject_whenHelloParametersAreUnacceptable() {
        for (byte[] bad : new byte[][] {hello(9, 2, 4), hello(15, 11, 4), hello(0, 0, 4)}) {
            try (IserFixture fixture = new IserFixture()) {
                fixture.keys = HELLO;
                fixture.loginRawInitiator();
                fixture.rawInitiator.send(bad);
                fixture.runUntil(() -> fixture.targetCalls.ended() && fixture.rawInitiator.cause != null);
                byte[] answer = fixture.rawInitiator.arrived.get(0).message();
                assertEquals(0x31, answer[0], "REJ, and then the end");
            }
        }
        try (IserFixture fixture = new IserFixture()) {
            fixture.keys = HELLO;
            fixture.rawResponderResources = 0;
            fixture.loginRawInitiator();
            fixture.rawInitiator.send(hello(10, 10, 4));
            fixture.runUntil(fixture.targetCalls::ended);
            assertEquals(0x31, fixture.rawInitiator.arrived.get(0).message()[0], "IRD without ORD");
        }
    }

    @Test
    void shouldEndTheConnection_whenTheTargetAnswersHelloBadly() {
        byte[] control = Pdus.message(Pdus.response(1));
        for (byte[] bad : new byte[][] {reply(true, 10, 0), reply(false, 3, 4), hello(10, 10, 1), control}) {
            try (IserFixture fixture = new IserFixture()) {
                fixture.keys = HELLO;
                fixture.loginRawTarget();
                fixture.runUntil(() -> fixture.rawTarget.arrived.size() == 1);
                fixture.rawTarget.send(bad);
                fixture.runUntil(fixture.initiatorCalls::ended);
                assertTrue(fixture.initiatorCalls.reason().startsWith("notified"));
            }
        }
        try (IserFixture fixture = new IserFixture().loginRawTarget()) {
            fixture.rawTarget.send(reply(false, 10, 4));
            fixture.runUntil(fixture.initiatorCalls::ended);
            assertTrue(fixture.initiatorCalls.reason().contains("without Hello"));
        }
    }
}
