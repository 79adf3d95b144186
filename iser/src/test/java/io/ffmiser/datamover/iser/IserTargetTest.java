package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;
import static io.ffmiser.datamover.iser.Pdus.command;
import static io.ffmiser.datamover.iser.Pdus.message;
import static io.ffmiser.datamover.iser.Pdus.response;
import static io.ffmiser.datamover.iser.Pdus.withRead;
import static io.ffmiser.datamover.iser.Pdus.withWrite;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Our target against an initiator made by hand. */
class IserTargetTest {
    private static final int ITT = 0x1234;
    private static final int LENGTH = 4096;

    private final IserFixture fixture = new IserFixture();
    private final RawPeer peer = fixture.rawInitiator;
    private final Recorder calls = fixture.targetCalls;
    private final DataDescriptor data = new DataDescriptor();

    private DataDescriptor memory(long offset, int length) {
        return data.set(fixture.targetMemory, offset, length);
    }

    private void arrives(byte[] message) {
        int before = calls.pdus.size();
        peer.send(message);
        fixture.runUntil(() -> calls.pdus.size() > before || calls.ended());
        assertFalse(calls.ended(), calls::reason);
    }

    private void endsTheConnection(byte[] message, String reason) {
        try (IserFixture other = new IserFixture().loginRawInitiator()) {
            other.rawInitiator.send(message);
            other.runUntil(other.targetCalls::ended);
            assertTrue(other.targetCalls.reason().contains(reason), other.targetCalls::reason);
            other.runDry();
            assertEquals(1, other.targetCalls.endings());
            assertTrue(other.targetCalls.pdus.isEmpty());
            assertTrue(other.rawInitiator.cause != null, "the peer sees the end");
        }
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private Exposure readBuffer() {
        return peer.expose(RawPeer.DATA, LENGTH, Access.REMOTE_WRITE);
    }

    private Exposure writeBuffer() {
        return peer.expose(RawPeer.DATA, LENGTH, Access.REMOTE_READ);
    }

    private byte[] readCommand(Exposure buffer) {
        return withRead(message(command(ITT, F | R, LENGTH)), buffer.stag(), buffer.baseOffset());
    }

    private byte[] writeCommand(Exposure buffer) {
        return withWrite(message(command(ITT, F | W, LENGTH)), buffer.stag(), buffer.baseOffset());
    }

    @Test
    void shouldWriteAtTheAdvertisedOffset_whenDataIsPut() {
        try (fixture) {
            fixture.loginRawInitiator();
            // base offsets of the simulated device are zero, an address, or any number
            for (int round = 0; round < 8; round++) {
                byte[] bytes = pattern(LENGTH);
                IserFixture.put(fixture.targetMemory, 0, bytes);
                peer.put(RawPeer.DATA, new byte[LENGTH]);
                arrives(readCommand(readBuffer()));
                int seen = peer.arrived.size();
                fixture.target().putData(ITT, 0, 100, memory(100, 1000), false);
                fixture.target().putData(ITT, 1, 0, memory(0, 100), true);
                fixture.target().putData(ITT, 2, 1100, memory(1100, LENGTH - 1100), true);
                Pdus.send(fixture.target(), response(ITT));
                fixture.runUntil(() -> peer.arrived.size() > seen && calls.has("completed " + ITT + "/2"));
                assertArrayEquals(bytes, peer.get(RawPeer.DATA, LENGTH), "there when the response is");
                peer.postReceives(1);
            }
            assertFalse(calls.has("completed " + ITT + "/0"), "not asked for");
            assertTrue(calls.has("completed " + ITT + "/1"));
        }
    }

    @Test
    void shouldReadAtTheAdvertisedOffset_whenDataIsFetched() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int round = 0; round < 8; round++) {
                byte[] bytes = new byte[LENGTH];
                new Random(round).nextBytes(bytes);
                peer.put(RawPeer.DATA, bytes);
                int seen = peer.arrived.size();
                arrives(writeCommand(writeBuffer()));
                fixture.target().getData(ITT, round, 100, memory(100, 1000), true);
                int sn = round;
                fixture.runUntil(() -> calls.has("completed " + ITT + "/" + sn));
                assertArrayEquals(
                        Arrays.copyOfRange(bytes, 100, 1100), IserFixture.get(fixture.targetMemory, 100, 1000));
                Pdus.send(fixture.target(), response(ITT));
                fixture.runUntil(() -> peer.arrived.size() > seen);
                peer.postReceives(1);
            }
        }
    }

    @Test
    void shouldSendNothingButTheResponse_whenDataIsPut() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(readCommand(readBuffer()));
            long sends = fixture.fabric.counters().sends();
            fixture.target().putData(ITT, 0, 0, memory(0, LENGTH), true);
            fixture.target().flush();
            fixture.runUntil(() -> calls.has("completed " + ITT + "/0"));
            fixture.runDry();
            assertEquals(sends, fixture.fabric.counters().sends(), "no Data-In, no status");
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            byte[] expected = message(response(ITT));
            assertArrayEquals(expected, peer.arrived.get(0).message(), "STag fields zero in the iSER header");
        }
    }

    @Test
    void shouldInvalidateTheReadStag_whenThePeerAllowsIt() {
        try (fixture) {
            fixture.loginRawInitiator();
            Exposure buffer = readBuffer();
            arrives(readCommand(buffer));
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            assertTrue(peer.arrived.get(0).invalidated());
            assertEquals(buffer.stag(), peer.arrived.get(0).stag());
            assertFalse(buffer.isExposed());
            assertEquals(0, fixture.target().tasksMapped(), "the mapping is gone before the response is sent");
        }
    }

    @Test
    void shouldInvalidateTheWriteStag_whenThereIsNoOther() {
        try (fixture) {
            fixture.loginRawInitiator();
            Exposure buffer = writeBuffer();
            arrives(writeCommand(buffer));
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            assertEquals(buffer.stag(), peer.arrived.get(0).stag());
        }
    }

    @Test
    void shouldNotInvalidate_whenThePeerForbidsItOrSentNoFlags() {
        for (byte[] flags : new byte[][] {{(byte) 0xc0, 0, 0, 0}, {}}) {
            try (IserFixture other = new IserFixture()) {
                other.rawPrivateData = flags;
                other.loginRawInitiator();
                Exposure buffer = other.rawInitiator.expose(RawPeer.DATA, LENGTH, Access.REMOTE_WRITE);
                other.rawInitiator.send(readCommand(buffer));
                other.runUntil(() -> other.targetCalls.pdus.size() == 1);
                Pdus.send(other.target(), response(ITT));
                other.runUntil(() -> other.rawInitiator.arrived.size() == 1);
                assertFalse(other.rawInitiator.arrived.get(0).invalidated());
                assertTrue(buffer.isExposed());
            }
        }
    }

    @Test
    void shouldNotInvalidate_whenTheCommandIsBidirectionalOrAdvertisesNothing() {
        try (fixture) {
            fixture.loginRawInitiator();
            Exposure read = peer.expose(RawPeer.DATA, 64, Access.REMOTE_WRITE);
            Exposure write = peer.expose(RawPeer.DATA + 64, 64, Access.REMOTE_READ);
            byte[] pdu = Pdus.withAhs(command(ITT, F | R | W, 64), new byte[] {0, 5, 2, 0, 0, 0, 0, 32});
            arrives(withWrite(
                    withRead(message(pdu), read.stag(), read.baseOffset()), write.stag(), write.baseOffset()));
            fixture.target().putData(ITT, 0, 0, memory(0, 32), true);
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            assertFalse(peer.arrived.get(0).invalidated());
            arrives(message(command(7, F, 0)));
            Pdus.send(fixture.target(), response(7));
            // Linux may set the flag with STag 0 where nothing is solicited
            arrives(withWrite(message(command(8, F | W, 4, 0, pattern(4))), 0, 0));
            Pdus.send(fixture.target(), response(8));
            fixture.runUntil(() -> peer.arrived.size() == 3);
            assertFalse(peer.arrived.get(1).invalidated());
            assertFalse(peer.arrived.get(2).invalidated());
        }
    }

    @Test
    void shouldReadFromTheFirstSolicitedOctet_whenTheKeySaysSolicitedOnly() {
        try (fixture) {
            fixture.loginRawInitiator();
            byte[] bytes = pattern(LENGTH);
            peer.put(RawPeer.DATA, bytes);
            Exposure solicited = peer.expose(RawPeer.DATA + 612, LENGTH - 612, Access.REMOTE_READ);
            byte[] pdu = command(ITT, W, LENGTH, 0, Arrays.copyOf(bytes, 512));
            arrives(withWrite(message(pdu), solicited.stag(), solicited.baseOffset()));
            assertThrows(
                    IllegalStateException.class,
                    () -> fixture.target().getData(ITT, 0, 612, memory(612, 10), true),
                    "unsolicited data is still to come");
            byte[] dataOut = Pdus.pdu(Pdus.DATA_OUT, 0, ITT, Arrays.copyOfRange(bytes, 512, 562));
            arrives(message(Pdus.with(dataOut, 20, Pdus.RESERVED_TAG)));
            byte[] last = Pdus.pdu(Pdus.DATA_OUT, F, ITT, Arrays.copyOfRange(bytes, 562, 612));
            arrives(message(Pdus.with(last, 20, Pdus.RESERVED_TAG)));
            fixture.target().getData(ITT, 0, 612, memory(612, LENGTH - 612), true);
            fixture.runUntil(() -> calls.has("completed " + ITT + "/0"));
            assertArrayEquals(
                    Arrays.copyOfRange(bytes, 612, LENGTH), IserFixture.get(fixture.targetMemory, 612, LENGTH - 612));
        }
    }

    @Test
    void shouldReadFromTheWholeBuffer_whenThePeerDeclaredThat() {
        try (fixture) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, false, false);
            fixture.loginRawInitiator();
            byte[] bytes = pattern(LENGTH);
            peer.put(RawPeer.DATA, bytes);
            Exposure whole = writeBuffer();
            byte[] pdu = command(ITT, F | W, LENGTH, 0, Arrays.copyOf(bytes, 512));
            arrives(withWrite(message(pdu), whole.stag(), whole.baseOffset()));
            fixture.target().getData(ITT, 3, 1000, memory(0, 500), true);
            fixture.runUntil(() -> calls.has("completed " + ITT + "/3"));
            assertArrayEquals(Arrays.copyOfRange(bytes, 1000, 1500), IserFixture.get(fixture.targetMemory, 0, 500));
        }
    }

    @Test
    void shouldKeepWhatWasGathered_whenALaterCallIsRefused() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(readCommand(readBuffer()));
            fixture.target().putData(ITT, 0, 0, memory(0, 16), true);
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> fixture.target().putData(ITT, 1, 0, memory(IserFixture.MEMORY - 1, 16), true));
            fixture.target().flush();
            fixture.runUntil(() -> calls.has("completed " + ITT + "/0"));
        }
    }

    @Test
    void shouldEndTheConnection_whenTheNeededStagWasNotAdvertised() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(message(command(ITT, F | R, LENGTH)));
            fixture.target().putData(ITT, 0, 0, memory(0, LENGTH), true);
            fixture.runUntil(calls::ended);
            assertTrue(calls.reason().contains("no Read STag"), calls::reason);
        }
    }

    @Test
    void shouldBoundReads_whenThePeerServesFew() {
        try (fixture) {
            fixture.rawResponderResources = 2;
            fixture.loginRawInitiator();
            byte[] bytes = pattern(LENGTH);
            peer.put(RawPeer.DATA, bytes);
            arrives(writeCommand(writeBuffer()));
            for (int i = 0; i < 8; i++) {
                fixture.target().getData(ITT, i, i * 512L, memory(i * 512L, 512), true);
            }
            int most = 0;
            List<String> order = new ArrayList<>();
            while (!calls.has("completed " + ITT + "/7")) {
                assertTrue(fixture.fabric.step());
                most = Math.max(most, fixture.target().readsPosted());
            }
            calls.events.stream().filter(event -> event.startsWith("completed")).forEach(order::add);
            assertEquals(2, most);
            for (int i = 0; i < 8; i++) {
                assertEquals("completed " + ITT + "/" + i, order.get(i), "in order");
            }
            assertArrayEquals(bytes, IserFixture.get(fixture.targetMemory, 0, LENGTH));
        }
    }

    @Test
    void shouldLetOthersPass_whenReadsWait() {
        try (fixture) {
            fixture.rawResponderResources = 1;
            fixture.loginRawInitiator();
            arrives(writeCommand(writeBuffer()));
            fixture.target().getData(ITT, 0, 0, memory(0, 2048), true);
            fixture.target().getData(ITT, 1, 2048, memory(2048, 2048), true);
            Pdus.send(fixture.target(), response(99));
            assertEquals(1, fixture.target().readsPosted());
            fixture.runUntil(() -> peer.arrived.size() == 1 && calls.has("completed " + ITT + "/1"));
        }
    }

    @Test
    void shouldEndTheConnection_whenOrdIsZeroAndSolicitedDataIsNeeded() {
        try (fixture) {
            fixture.rawResponderResources = 0;
            fixture.loginRawInitiator();
            arrives(writeCommand(writeBuffer()));
            fixture.target().getData(ITT, 0, 0, memory(0, 16), true);
            fixture.runUntil(calls::ended);
            assertTrue(calls.reason().contains("iSER-ORD is 0"));
            assertEquals(0, fixture.fabric.counters().reads());
        }
    }

    @Test
    void shouldRefuseTheResponse_whenReadsOfTheTaskAreOutstanding() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(writeCommand(writeBuffer()));
            fixture.target().getData(ITT, 0, 0, memory(0, LENGTH), true);
            assertThrows(IllegalStateException.class, () -> Pdus.send(fixture.target(), response(ITT)));
            fixture.runUntil(() -> calls.has("completed " + ITT + "/0"));
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
        }
    }

    @Test
    void shouldRefuse_whenMoreTransfersAreAskedForThanAllowed() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(readCommand(readBuffer()));
            for (int i = 0; i < 16; i++) {
                fixture.target().putData(ITT, i, i, memory(i, 1), i % 2 == 0);
            }
            assertThrows(IllegalStateException.class, () -> fixture.target().putData(ITT, 16, 16, memory(16, 1), true));
            Pdus.send(fixture.target(), response(ITT));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            fixture.runDry();
            Exposure next = readBuffer();
            arrives(readCommand(next));
            for (int i = 0; i < 1000; i++) {
                fixture.target().putData(ITT, i, i, memory(i, 1), false);
                if (i % 7 == 6) {
                    fixture.target().flush();
                    fixture.runDry();
                }
            }
        }
    }

    @Test
    void shouldPostTheReceiveFirst_whenTheResponseIsSentInsideTheCallUp() {
        try (fixture) {
            fixture.loginRawInitiator();
            List<Integer> posted = new ArrayList<>();
            calls.onPdu = pdu -> {
                assertEquals(15, fixture.target().receivesPosted());
                long before = fixture.fabric.counters().sends();
                Pdus.send(fixture.target(), response(ITT));
                assertEquals(before, fixture.fabric.counters().sends(), "not before the receive is posted again");
                posted.add(fixture.target().receivesPosted());
            };
            for (int i = 0; i < 100; i++) {
                int expected = i + 1;
                peer.send(message(command(ITT, F, 0)));
                fixture.runUntil(() -> peer.arrived.size() == expected);
                assertEquals(16, fixture.target().receivesPosted());
                peer.postReceives(1);
            }
            assertEquals(100, posted.size());
            assertEquals(0, fixture.fabric.counters().receiverNotReady());
        }
    }

    @Test
    void shouldKeepTheReceive_whenThePduIsRetained() {
        try (fixture) {
            fixture.loginRawInitiator();
            List<InboundPdu> retained = new ArrayList<>();
            calls.onPdu = pdu -> retained.add(pdu.retain());
            arrives(message(Pdus.pdu(0x40, F, 5, pattern(64))));
            arrives(message(Pdus.pdu(0x40, F, 6, pattern(32))));
            assertEquals(14, fixture.target().receivesPosted());
            assertEquals(64, retained.get(0).dataLength());
            assertEquals(32, retained.get(1).dataLength());
            assertEquals(
                    5,
                    Bhs.initiatorTaskTag(
                            retained.get(0).segment(), retained.get(0).headerOffset()));
            retained.get(0).release();
            assertEquals(15, fixture.target().receivesPosted());
            assertThrows(IllegalStateException.class, () -> retained.get(0).release());
            calls.onPdu = pdu -> pdu.retain().release();
            arrives(message(Pdus.pdu(0x40, F, 7)));
            assertEquals(15, fixture.target().receivesPosted());
        }
    }

    @Test
    void shouldKeepTheReceiveUntilTheLastRelease_whenThePduIsRetainedTwice() {
        try (fixture) {
            fixture.loginRawInitiator();
            List<InboundPdu> retained = new ArrayList<>();
            calls.onPdu = pdu -> retained.add(pdu.retain());
            arrives(message(Pdus.pdu(0x40, F, 5, pattern(64))));
            InboundPdu pdu = retained.get(0);
            InboundPdu again = pdu.retain();
            pdu.release();
            assertEquals(15, fixture.target().receivesPosted());
            assertEquals(5, Bhs.initiatorTaskTag(again.segment(), again.headerOffset()));
            again.release();
            assertEquals(16, fixture.target().receivesPosted());
            assertThrows(IllegalStateException.class, again::release);
            assertThrows(IllegalStateException.class, again::retain);
        }
    }

    @Test
    void shouldAcceptPaddedAndUnpadded_whenDataIsImmediate() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int padding = 0; padding <= 3; padding++) {
                byte[] pdu = Pdus.with(command(ITT, F | W, 5, 0, pattern(8)), 4, 5);
                arrives(message(Arrays.copyOf(pdu, 48 + 5 + padding)));
                assertArrayEquals(Arrays.copyOf(pdu, 53), calls.pdus.get(padding));
            }
        }
    }

    @Test
    void shouldAcceptSendWithSolicitedEvent_whenAPeerUsesIt() {
        try (fixture) {
            fixture.loginRawInitiator();
            peer.send(message(command(ITT, F, 0)), SendBatch.SIGNALED | SendBatch.SOLICITED);
            fixture.runUntil(() -> calls.pdus.size() == 1);
        }
    }

    @Test
    void shouldIgnoreReservedBits_whenAPeerSetsThem() {
        try (fixture) {
            fixture.loginRawInitiator();
            byte[] message = message(command(ITT, F, 0));
            message[0] |= 0x03;
            message[1] = message[2] = message[3] = (byte) 0xff;
            arrives(message);
        }
    }

    @Test
    void shouldEndTheConnection_whenAMessageIsMalformed() {
        byte[] good = message(command(ITT, F | R, LENGTH));
        for (int opcode : new int[] {0x00, 0x40, 0x50, 0x90, 0xf0}) {
            byte[] bad = good.clone();
            bad[0] = (byte) opcode;
            endsTheConnection(bad, "iSER format error");
        }
        endsTheConnection(new byte[0], "iSER format error");
        endsTheConnection(Arrays.copyOf(good, 27), "iSER format error");
        endsTheConnection(Arrays.copyOf(good, 75), "iSER format error");
        endsTheConnection(Arrays.copyOf(good, 80), "BHS announces 76");
        endsTheConnection(message(Pdus.with(command(ITT, F, 0), 4, 100)), "BHS announces 176");
        endsTheConnection(message(Pdus.with(command(ITT, F, 0), 4, 0xff000000)), "BHS announces 1096");
        endsTheConnection(message(Pdus.pdu(0x40, F, 1, new byte[8196])), "negotiated were 8192");
        byte[] hello = new byte[29];
        hello[0] = 0x20;
        endsTheConnection(hello, "iSER format error");
        endsTheConnection(withRead(message(Pdus.pdu(0x40, F, 1)), 1, 1), "an STag is advertised with opcode");
        endsTheConnection(withWrite(message(Pdus.pdu(0x04, F, 1)), 1, 1), "an STag is advertised with opcode");
        endsTheConnection(withRead(message(command(ITT, F | W, 9)), 1, 1), "moves no data");
        endsTheConnection(withWrite(message(command(ITT, F | R, 9)), 1, 1), "moves no data");
        endsTheConnection(message(Pdus.with(Pdus.pdu(Pdus.DATA_OUT, F, ITT), 20, 7)), "solicited Data-Out");
        byte[] reply = new byte[28];
        reply[0] = 0x30;
        endsTheConnection(reply, "HelloReply");
    }

    @Test
    void shouldEndTheConnection_whenThereAreMoreTasksThanAllocated() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int itt = 0; itt < 8; itt++) {
                arrives(withRead(message(command(itt, F | R, 16)), 1, 1));
            }
            arrives(withRead(message(command(3, F | R, 16)), 2, 2));
            assertEquals(8, fixture.target().tasksMapped(), "a duplicate leaves the first one's mapping");
            peer.send(withRead(message(command(8, F | R, 16)), 1, 1));
            fixture.runUntil(calls::ended);
            assertTrue(calls.reason().contains("more than 8 tasks"));
        }
    }

    @Test
    void shouldRefuseToSend_whenThePduNeverTravelsOverIser() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int opcode : new int[] {0x25, 0x31, 0x10, 0x03, 0x23, 0x05}) {
                assertThrows(
                        IllegalArgumentException.class, () -> Pdus.send(fixture.target(), Pdus.pdu(opcode, F, ITT)));
            }
            fixture.runDry();
            assertTrue(peer.arrived.isEmpty());
        }
    }

    @Test
    void shouldPadWithZeros_whenADataSegmentIsSent() {
        try (fixture) {
            fixture.loginRawInitiator();
            byte[] dirty = Pdus.pdu(Pdus.NOP_IN, F, 1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            Pdus.send(fixture.target(), dirty);
            byte[] five = Pdus.with(dirty, 4, 5);
            fixture.runDry();
            for (int i = 0; i < 8; i++) {
                Pdus.send(fixture.target(), five);
            }
            fixture.runUntil(() -> peer.arrived.size() == 9);
            fixture.runDry();
            for (int i = 1; i < 9; i++) {
                byte[] expected = message(five);
                Arrays.fill(expected, 28 + 48 + 5, 84, (byte) 0);
                assertArrayEquals(expected, peer.arrived.get(i).message());
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Pdus.send(fixture.target(), Pdus.with(Pdus.pdu(Pdus.NOP_IN, F, 1), 4, 8193)));
        }
    }

    @Test
    void shouldRefuseAClaimAndTellLater_whenAllPlacesAreInUse() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int i = 0; i < 8; i++) {
                Pdus.send(fixture.target(), Pdus.pdu(Pdus.NOP_IN, F, 1));
            }
            assertTrue(fixture.target().claimControl() == null);
            fixture.runUntil(() -> calls.has("available"));
            fixture.target().unclaimControl(Pdus.claim(fixture.target(), response(1)));
            fixture.runUntil(() -> peer.arrived.size() == 8);
            fixture.runDry();
            assertEquals(1, calls.events.stream().filter("available"::equals).count(), "once for the refusal");
        }
    }

    @Test
    void shouldCountUnexpectedPdus_whenThePeerDeclaredALimit() {
        try (fixture) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 2, 0, 256, true, false);
            fixture.loginRawInitiator();
            assertEquals(2, fixture.target().unexpectedCredits());
            Pdus.send(fixture.target(), Pdus.with(Pdus.pdu(Pdus.REJECT, F, -1), 24, 10));
            byte[] ping = Pdus.with(Pdus.with(Pdus.pdu(Pdus.NOP_IN, F, -1), 20, 77), 24, 11);
            Pdus.send(fixture.target(), ping);
            assertEquals(0, fixture.target().unexpectedCredits());
            assertThrows(
                    IllegalStateException.class,
                    () -> Pdus.send(fixture.target(), Pdus.pdu(Pdus.ASYNC_MESSAGE, F, -1)));
            Pdus.send(fixture.target(), Pdus.pdu(Pdus.NOP_IN, F, 5));
            fixture.runUntil(() -> peer.arrived.size() == 3);
            arrives(message(Pdus.with(Pdus.with(Pdus.pdu(0x40, F, -1), 20, 77), 28, 10)));
            assertEquals(1, fixture.target().unexpectedCredits(), "the ping was answered");
            arrives(message(Pdus.with(Pdus.with(Pdus.pdu(0x40, F, -1), 20, -1), 28, 11)));
            assertEquals(2, fixture.target().unexpectedCredits(), "the Reject was acknowledged");
        }
    }

    @Test
    void shouldSendAnyNumberOfUnexpectedPdus_whenThePeerDeclaredNoLimit() {
        try (fixture) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, true, false);
            fixture.loginRawInitiator();
            for (int i = 0; i < 100; i++) {
                int sent = i + 1;
                Pdus.send(fixture.target(), Pdus.with(Pdus.pdu(0x3f, F, -1), 24, i));
                fixture.runUntil(() -> peer.arrived.size() == sent);
                peer.postReceives(1);
            }
        }
    }

    @Test
    void shouldForgetTheTaskAndCompleteItsTransfers_whenItIsDeallocated() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(writeCommand(writeBuffer()));
            fixture.target().getData(ITT, 0, 0, memory(0, 2048), true);
            fixture.target().getData(ITT, 1, 2048, memory(2048, 2048), true);
            fixture.target().deallocateTaskResources(ITT);
            assertEquals(0, fixture.target().tasksMapped());
            fixture.runUntil(() -> calls.has("completed " + ITT + "/1"));
            assertTrue(calls.has("completed " + ITT + "/0"));
            fixture.target().deallocateTaskResources(4711);
            arrives(withRead(message(command(ITT, F | R, 16)), 1, 1));
            assertEquals(1, fixture.target().tasksMapped());
            fixture.target().deallocateTaskResources(ITT);
            assertEquals(0, fixture.target().tasksMapped());
        }
    }

    @Test
    void shouldGiveEverythingBackOnce_whenThePeerGoesDuringTransfers() {
        for (int steps = 0; steps < 40; steps++) {
            try (IserFixture other = new IserFixture().loginRawInitiator()) {
                Exposure buffer = other.rawInitiator.expose(RawPeer.DATA, LENGTH, Access.REMOTE_READ);
                other.rawInitiator.send(writeCommand(buffer));
                other.runUntil(() -> other.targetCalls.pdus.size() == 1);
                DataDescriptor sink = new DataDescriptor();
                for (int i = 0; i < 8; i++) {
                    other.target().getData(ITT, i, i * 512L, sink.set(other.targetMemory, i * 512L, 512), true);
                }
                for (int i = 0; i < steps; i++) {
                    other.fabric.step();
                }
                other.rawInitiator.connection().close();
                other.runUntil(other.targetCalls::ended);
                long completed = other.targetCalls.events.stream()
                        .filter(event -> event.startsWith("completed"))
                        .count();
                other.runDry();
                assertEquals(1, other.targetCalls.endings());
                assertTrue(completed <= 8);
                // all calls are harmless now
                other.target().putData(ITT, 0, 0, sink, true);
                other.target().getData(ITT, 0, 0, sink, true);
                other.target().deallocateTaskResources(ITT);
                other.target().flush();
                other.target().connectionTerminate();
                assertTrue(other.target().claimControl() == null);
                assertEquals(1, other.targetCalls.endings());
            }
        }
    }

    @Test
    void shouldDeliverWhatWasSentBefore_whenTerminating() {
        try (fixture) {
            fixture.loginRawInitiator();
            peer.send(message(Pdus.pdu(0x06, F, 3)));
            calls.onPdu = pdu -> {
                Pdus.send(fixture.target(), Pdus.pdu(0x26, F, 3));
                fixture.target().connectionTerminate();
            };
            fixture.runUntil(() -> calls.has("terminated") && peer.cause != null);
            assertEquals(1, peer.arrived.size(), "the Logout Response");
            fixture.runDry();
            assertEquals(1, calls.endings(), "no notification follows");
        }
    }

    @Test
    void shouldHoldNoMemory_whenTerminatedDuringTransfers() {
        int cut = 0;
        for (int steps = 0; steps < 40; steps++) {
            try (IserFixture other = new IserFixture().loginRawInitiator();
                    MemoryRegion lent = other.targetDomain.allocate(LENGTH, Access.ALL)) {
                Exposure sink = other.rawInitiator.expose(RawPeer.DATA, LENGTH, Access.REMOTE_WRITE);
                Exposure source = other.rawInitiator.expose(RawPeer.DATA + LENGTH, LENGTH, Access.REMOTE_READ);
                other.rawInitiator.send(withRead(message(command(1, F | R, LENGTH)), sink.stag(), sink.baseOffset()));
                other.rawInitiator.send(
                        withWrite(message(command(2, F | W, LENGTH)), source.stag(), source.baseOffset()));
                other.runUntil(() -> other.targetCalls.pdus.size() == 2);
                DataDescriptor part = new DataDescriptor();
                for (int i = 0; i < 4; i++) {
                    other.target().putData(1, i, i * 512L, part.set(new IserMemory(lent, false), i * 512L, 512), true);
                    other.target()
                            .getData(2, i, i * 512L, part.set(new IserMemory(lent, false), 2048 + i * 512L, 512), true);
                }
                other.target().flush();
                for (int i = 0; i < steps; i++) {
                    other.fabric.step();
                }
                // a region that posted work names cannot be closed: the simulated device says so
                other.targetCalls.onTerminated = lent::close;
                long before = completions(other);
                cut += before < 8 ? 1 : 0;
                other.target().connectionTerminate();
                other.runUntil(() -> other.targetCalls.has("terminated"));
                assertTrue(other.fabric.handlerFailures().isEmpty(), other.fabric.handlerFailures()::toString);
                long at = completions(other);
                other.runDry();
                assertEquals(at, completions(other), "no call-up follows");
                assertEquals(1, other.targetCalls.endings());
            }
        }
        assertTrue(cut > 8, "many with transfers under way");
    }

    private static long completions(IserFixture of) {
        return of.targetCalls.events.stream()
                .filter(event -> event.startsWith("completed"))
                .count();
    }

    @Test
    void shouldHearNothingMore_whenTerminating() {
        try (fixture) {
            fixture.loginRawInitiator();
            fixture.target().connectionTerminate();
            peer.send(message(command(ITT, F, 0)));
            fixture.runUntil(() -> calls.has("terminated"));
            fixture.runDry();
            assertTrue(calls.pdus.isEmpty());
        }
    }
}
