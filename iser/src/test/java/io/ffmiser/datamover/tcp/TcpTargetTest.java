package io.ffmiser.datamover.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.testkit.measure.ThreadAllocation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpTargetTest {
    private static final int TAG = 0x1234;

    private static <T extends Pdu> T view(T pdu, byte[] octets) {
        pdu.wrap(MemorySegment.ofArray(octets), 0);
        return pdu;
    }

    private static byte[] octets(int length, int seed) {
        byte[] octets = new byte[length];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    private static byte[] stored(TcpRig rig, long offset, int length) {
        return rig.memory.segment().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static void store(TcpRig rig, long offset, byte[] octets) {
        MemorySegment.copy(octets, 0, rig.memory.segment(), ValueLayout.JAVA_BYTE, offset, octets.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096})
    void shouldPassLoginPdusWhole_whenTheyComeInParts(int chunk) {
        TcpRig rig = new TcpRig();
        rig.stream.chunk = chunk;
        Pdu request = new Pdu();
        byte[] header = new byte[Pdu.HEADER_LENGTH];
        header[0] = 0x43;
        request.wrap(MemorySegment.ofArray(header), 0);
        byte[] text = octets(101, 1);
        rig.feed(rig.wire(request, text), rig.wire(request));
        assertEquals(2, rig.logins.size());
        assertEquals(Pdu.HEADER_LENGTH + 101, rig.logins.get(0).length);
        assertArrayEquals(text, Arrays.copyOfRange(rig.logins.get(0), Pdu.HEADER_LENGTH, Pdu.HEADER_LENGTH + 101));
        rig.connection.sendLogin(TcpRig.LOGIN_RESPONSE);
        assertArrayEquals(TcpRig.LOGIN_RESPONSE, rig.stream.take());
        rig.connection.streamClosed("gone");
        assertEquals("login closed: gone", rig.lastEvent());
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void shouldSendDataInAsLongAsTheInitiatorTakes_whenDataIsPut(boolean headerDigest, boolean dataDigest) {
        TcpRig rig = TcpRig.enabled(headerDigest, dataDigest, 1);
        byte[] data = octets(2501, 2);
        store(rig, 64, data);
        rig.feed(rig.command(TAG, false, 4096));
        rig.put(TAG, 5, 100, 64, 2501);
        rig.respond(TAG);
        List<byte[]> pdus = rig.takePdus();
        assertEquals(4, pdus.size());
        int at = 0;
        for (int sn = 0; sn < 3; sn++) {
            DataInPdu pdu = view(new DataInPdu(), pdus.get(sn));
            assertEquals(Opcode.DATA_IN, pdu.opcode());
            int length = sn == 2 ? 453 : 1024;
            assertEquals(length, pdu.dataSegmentLength());
            assertEquals(sn, pdu.dataSn());
            assertEquals(100 + at, pdu.bufferOffset());
            assertEquals(sn == 2, pdu.isFinal());
            assertFalse(pdu.isStatusPresent());
            assertEquals(TAG, pdu.initiatorTaskTag());
            assertEquals(Pdu.RESERVED_TAG, pdu.targetTransferTag());
            assertEquals(0, pdu.statSn());
            assertEquals(80, pdu.expCmdSn());
            assertEquals(90, pdu.maxCmdSn());
            assertArrayEquals(
                    Arrays.copyOfRange(data, at, at + length),
                    Arrays.copyOfRange(pdus.get(sn), Pdu.HEADER_LENGTH, Pdu.HEADER_LENGTH + length));
            at += length;
        }
        ScsiResponsePdu response = view(new ScsiResponsePdu(), pdus.get(3));
        assertEquals(Opcode.SCSI_RESPONSE, response.opcode());
        assertEquals(3, response.expDataSn());
        assertEquals("completed " + TAG + "/5", rig.lastEvent());
    }

    @Test
    void shouldSendFromTheMemoryItself_whenDataIsPut() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, false, 1024));
        rig.put(TAG, 0, 0, 4096, 1024);
        rig.connection.flush();
        assertEquals(2, rig.connection.pieces());
        assertSame(rig.memory.segment(), rig.connection.pieceSegment(1));
        assertEquals(4096, rig.connection.pieceOffset(1));
        rig.connection.sent(Pdu.HEADER_LENGTH + 1023);
        assertEquals("control 1 0", rig.lastEvent(), "the last octet is still needed");
        rig.connection.sent(1);
        assertEquals("completed " + TAG + "/0", rig.lastEvent());
    }

    @ParameterizedTest
    @CsvSource({"1, false", "5, true", "100000, true", "100000, false"})
    void shouldPutTheDataWhereItIsWanted_whenItWasAskedFor(int chunk, boolean digests) {
        TcpRig rig = TcpRig.enabled(digests, digests, 1);
        rig.stream.chunk = chunk;
        rig.feed(rig.command(TAG, true, 4000, octets(100, 3)));
        assertEquals("control 1 100", rig.lastEvent());
        rig.get(TAG, 9, 100, 512, 3001);
        R2tPdu r2t = view(new R2tPdu(), rig.takePdus().getFirst());
        assertEquals(Opcode.R2T, r2t.opcode());
        assertEquals(TAG, r2t.initiatorTaskTag());
        assertEquals(0x0003_0000_0000_0000L, r2t.lun());
        assertEquals(0, r2t.r2tSn());
        assertEquals(100, r2t.bufferOffset());
        assertEquals(3001, r2t.desiredDataTransferLength());
        assertEquals(70, r2t.statSn());
        assertEquals(80, r2t.expCmdSn());
        assertEquals(90, r2t.maxCmdSn());
        byte[] data = octets(3001, 4);
        int transferTag = r2t.targetTransferTag();
        assertNotEquals(Pdu.RESERVED_TAG, transferTag);
        rig.feed(rig.dataOut(TAG, transferTag, 0, 100, false, Arrays.copyOf(data, 2047)));
        assertEquals("control 1 100", rig.lastEvent());
        rig.feed(rig.dataOut(TAG, transferTag, 1, 2147, true, Arrays.copyOfRange(data, 2047, 3001)));
        assertEquals("completed " + TAG + "/9", rig.lastEvent());
        assertArrayEquals(data, stored(rig, 512, 3001));
        assertArrayEquals(new byte[512], stored(rig, 0, 512));
        rig.respond(TAG);
        assertEquals(1, view(new ScsiResponsePdu(), rig.takePdus().getFirst()).expDataSn());
    }

    @Test
    void shouldReadStraightToTheMemory_whenDataWasAskedFor() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 1024));
        rig.get(TAG, 0, 0, 2048, 1024);
        int transferTag = view(new R2tPdu(), rig.takePdus().getFirst()).targetTransferTag();
        byte[] pdu = rig.dataOut(TAG, transferTag, 0, 0, true, octets(1024, 5));
        rig.feed(Arrays.copyOf(pdu, Pdu.HEADER_LENGTH));
        assertSame(rig.memory.segment(), rig.connection.readSegment());
        assertEquals(2048, rig.connection.readOffset());
        assertEquals(1024, rig.connection.readLength());
    }

    @Test
    void shouldHoldR2tsBack_whenAsManyAsNegotiatedAreOutstanding() {
        TcpRig rig = TcpRig.enabled(false, false, 2);
        rig.feed(rig.command(TAG, true, 4096), rig.command(TAG + 1, true, 64));
        for (int sn = 0; sn < 4; sn++) {
            rig.get(TAG, sn, sn * 64L, sn * 64L, 64);
        }
        rig.get(TAG + 1, 0, 0, 1024, 64);
        List<byte[]> r2ts = rig.takePdus();
        assertEquals(3, r2ts.size(), "two of the one task, one of the other");
        R2tPdu second = view(new R2tPdu(), r2ts.get(1));
        rig.feed(rig.dataOut(TAG, second.targetTransferTag(), 0, 64, true, new byte[64]));
        assertEquals("completed " + TAG + "/1", rig.lastEvent());
        R2tPdu third = view(new R2tPdu(), rig.takePdus().getFirst());
        assertEquals(128, third.bufferOffset());
        assertEquals(2, third.r2tSn());
        rig.feed(rig.dataOut(TAG, third.targetTransferTag(), 0, 128, true, new byte[64]));
        assertEquals(192, view(new R2tPdu(), rig.takePdus().getFirst()).bufferOffset());
    }

    @ParameterizedTest
    @ValueSource(strings = {"transfer tag", "task tag", "DataSN", "offset", "too long", "early F", "no F", "twice"})
    void shouldEndTheConnection_whenDataDoesNotAnswerTheR2t(String wrong) {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 1024));
        rig.get(TAG, 0, 256, 1024, 512);
        int transferTag = view(new R2tPdu(), rig.takePdus().getFirst()).targetTransferTag();
        byte[] whole = new byte[512];
        Arrays.fill(whole, (byte) 7);
        switch (wrong) {
            case "transfer tag" -> rig.feed(rig.dataOut(TAG, transferTag + 1, 0, 256, true, whole));
            case "task tag" -> rig.feed(rig.dataOut(TAG + 1, transferTag, 0, 256, true, whole));
            case "DataSN" -> rig.feed(rig.dataOut(TAG, transferTag, 1, 256, true, whole));
            case "offset" -> rig.feed(rig.dataOut(TAG, transferTag, 0, 0, true, whole));
            case "too long" -> rig.feed(rig.dataOut(TAG, transferTag, 0, 256, true, new byte[513]));
            case "early F" -> rig.feed(rig.dataOut(TAG, transferTag, 0, 256, true, new byte[511]));
            case "no F" -> rig.feed(rig.dataOut(TAG, transferTag, 0, 256, false, whole));
            default -> {
                byte[] answer = rig.dataOut(TAG, transferTag, 0, 256, true, whole);
                rig.feed(answer, answer);
            }
        }
        assertEquals("close", rig.lastEvent());
        assertArrayEquals(new byte[512], wrong.equals("twice") ? new byte[512] : stored(rig, 1024, 512));
        rig.connection.streamClosed("closed here");
        assertTrue(String.valueOf(rig.lastEvent()).startsWith("lost: protocol error"), rig.events::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 47, 48, 51, 52, 60, 151, 152, 155})
    void shouldEndTheConnection_whenADigestDoesNotMatch(int octet) {
        TcpRig rig = TcpRig.enabled(true, true, 1);
        byte[] pdu = rig.command(TAG, true, 100, octets(98, 6));
        assertEquals(48 + 4 + 100 + 4, pdu.length);
        pdu[octet] ^= 0x10;
        rig.feed(pdu);
        assertEquals(List.of("opened", "close"), rig.events);
    }

    @ParameterizedTest
    @CsvSource({"false, STORE, true", "true, STORE, false", "false, BUFFER_POOL, true", "true, BUFFER_POOL, true"})
    void shouldLetNothingLandInAStore_whenItsDigestIsCheckedAfterwards(
            boolean dataDigest, MemoryRole role, boolean isReceivable) {
        TcpRig rig = TcpRig.enabled(false, dataDigest, 1);
        RegisteredMemory memory = rig.register(role);
        assertEquals(isReceivable, memory.isReceivable());
        rig.feed(rig.command(TAG, true, 512));
        DataDescriptor data = new DataDescriptor().set(memory, 0, 512);
        if (isReceivable) {
            rig.connection.getData(TAG, 0, 0, data, true);
        } else {
            assertThrows(IllegalArgumentException.class, () -> rig.connection.getData(TAG, 0, 0, data, true));
        }
        assertEquals(isReceivable ? 1 : 0, rig.takePdus().size());
        assertFalse(new TcpRegistrar(() -> false)
                .register(memory.segment().asReadOnly(), role)
                .isReceivable());
    }

    @Test
    void shouldEndTheConnection_whenAPduIsLongerThanAllowed() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 4096, new byte[2049]));
        assertEquals("close", rig.lastEvent());
        TcpRig other = TcpRig.enabled();
        byte[] pdu = other.command(TAG, false, 512);
        pdu[4] = 65;
        other.feed(pdu);
        assertEquals("close", other.lastEvent());
    }

    @Test
    void shouldStopReading_whenAllPlacesAreKept() {
        TcpRig rig = TcpRig.enabled();
        rig.keeps = true;
        NopOutPdu nop = new NopOutPdu();
        nop.begin(TcpRig.header(), 0);
        byte[] pdu = rig.wire(nop, new byte[8]);
        rig.feed(pdu, pdu, pdu, pdu, pdu, pdu);
        assertEquals(5, rig.kept.size(), "four, and the one that is read into");
        assertTrue(rig.stream.isStopped());
        assertEquals(0, rig.connection.readLength());
        InboundPdu first = rig.kept.removeFirst();
        first.release();
        rig.feed();
        assertEquals(5, rig.kept.size());
        assertFalse(rig.stream.isStopped());
    }

    @Test
    void shouldReadOn_whenPlacesAreAddedAsAllAreKept() {
        TcpRig rig = TcpRig.enabled();
        rig.keeps = true;
        NopOutPdu nop = new NopOutPdu();
        nop.begin(TcpRig.header(), 0);
        byte[] pdu = rig.wire(nop, new byte[8]);
        rig.feed(pdu, pdu, pdu, pdu, pdu, pdu);
        assertTrue(rig.stream.isStopped());
        int told = rig.stream.readyCount();
        assertTrue(rig.connection.extendReceives(1));
        assertEquals(Pdu.HEADER_LENGTH, rig.connection.readLength());
        assertTrue(rig.stream.readyCount() > told, "the driver has to learn of it");
        rig.feed();
        assertEquals(6, rig.kept.size());
        assertFalse(rig.stream.isStopped());
    }

    @Test
    void shouldRefuseAPlaceAndTellWhenOneIsFree_whenAllAreInUse() {
        TcpRig rig = TcpRig.enabled();
        for (int i = 0; i < 4; i++) {
            rig.respond(i);
        }
        assertNull(rig.connection.claimControl());
        assertEquals(4, rig.takePdus().size());
        assertEquals("available", rig.lastEvent());
        OutboundPdu place = rig.connection.claimControl();
        assertNotNull(place);
        rig.connection.unclaimControl(place);
        assertThrows(IllegalStateException.class, () -> rig.connection.unclaimControl(place));
    }

    @Test
    void shouldStayClaimed_whenAPduIsTooLongToBeSent() {
        TcpRig rig = TcpRig.enabled();
        OutboundPdu place = rig.connection.claimControl();
        assertNotNull(place);
        if (place != null) {
            ScsiResponsePdu pdu = new ScsiResponsePdu();
            pdu.begin(place.segment(), place.headerOffset());
            pdu.setDataSegmentLength(place.capacity() + 1);
            assertThrows(IllegalArgumentException.class, () -> rig.connection.sendControl(place));
            assertEquals(0, rig.connection.pieces());
            pdu.setDataSegmentLength(place.capacity());
            rig.connection.sendControl(place);
            assertThrows(IllegalStateException.class, () -> rig.connection.sendControl(place));
            assertEquals(1, rig.takePdus().size());
        }
    }

    @Test
    void shouldSendWhatIsQueuedBeforeItCloses_whenTerminated() {
        TcpRig rig = TcpRig.enabled();
        rig.respond(TAG);
        rig.connection.connectionTerminate();
        assertEquals(0, rig.connection.readLength());
        assertFalse(rig.stream.isClosed());
        assertEquals(Pdu.HEADER_LENGTH, rig.stream.take().length);
        assertTrue(rig.stream.isClosed());
        rig.connection.streamClosed("closed here");
        rig.connection.streamClosed("again");
        assertEquals(List.of("opened", "close", "terminated"), rig.events);
    }

    @Test
    void shouldCloseAndTell_whenThePeerTakesNothingForTooLong() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, false, TcpRig.MEMORY), rig.command(TAG + 1, false, TcpRig.MEMORY));
        rig.put(TAG, 0, 0, 0, TcpRig.MEMORY);
        rig.put(TAG + 1, 0, 0, 0, TcpRig.MEMORY);
        rig.respond(TAG);
        rig.events.clear();
        rig.connection.drainExpired();
        assertEquals(List.of(), rig.events, "it does not drain yet");
        rig.connection.connectionTerminate();
        assertEquals(TcpRig.DRAIN_NANOS, rig.stream.drainNanos());
        assertFalse(rig.stream.isClosed());
        rig.connection.drainExpired();
        rig.connection.drainExpired();
        assertEquals(List.of("close"), rig.events);
        rig.connection.streamClosed("closed here");
        rig.connection.drainExpired();
        assertEquals(List.of("close", "terminated"), rig.events);
    }

    @Test
    void shouldCloseTheStreamBeforeItsMemoryIsReleased_whenItIsClosed() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, false, 1024));
        rig.put(TAG, 0, 0, 0, 1024);
        rig.respond(TAG);
        assertEquals(3, rig.connection.pieces());
        rig.connection.close();
        rig.connection.streamClosed("closed here");
        assertEquals("close", rig.lastEvent());
        assertEquals(0, rig.connection.pieces());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReleaseAllItsMemory_whenItEnds(boolean isClosed) {
        TcpRig rig = TcpRig.enabled();
        rig.keeps = true;
        rig.feed(rig.command(TAG, false, 1024));
        assertTrue(rig.connection.extendReceives(2));
        rig.put(TAG, 0, 0, 0, 1024);
        rig.connection.flush();
        OutboundPdu place = rig.connection.claimControl();
        assertNotNull(place);
        if (place != null) {
            List<MemorySegment> memory = List.of(
                    rig.kept.getFirst().segment(),
                    place.segment(),
                    rig.connection.readSegment(),
                    rig.connection.pieceSegment(0));
            memory.forEach(each -> assertTrue(each.scope().isAlive()));
            if (isClosed) {
                rig.connection.close();
            } else {
                rig.connection.streamClosed("the peer is gone");
            }
            memory.forEach(each -> assertFalse(each.scope().isAlive()));
        }
    }

    @Test
    void shouldNotifyNothingMore_whenThePeerIsGone() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, false, 1024));
        rig.put(TAG, 0, 0, 0, 512);
        rig.connection.streamClosed("the peer is gone");
        assertEquals("lost: the peer is gone", rig.lastEvent());
        int count = rig.events.size();
        rig.connection.flush();
        rig.put(TAG, 1, 0, 0, 512);
        rig.connection.deallocateTaskResources(TAG);
        rig.connection.connectionTerminate();
        rig.connection.close();
        assertEquals(count, rig.events.size());
    }

    @Test
    void shouldEndOrGoOnButNeverThrow_whenOctetsAreChanged() {
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            TcpRig rig = TcpRig.enabled(seed % 4 == 0, seed % 3 == 0, 1);
            rig.stream.chunk = 1 + random.nextInt(200);
            rig.feed(rig.command(TAG, true, 2048, octets(64, seed)));
            rig.get(TAG, 0, 64, 8192, 512);
            int transferTag = view(new R2tPdu(), rig.takePdus().getFirst()).targetTransferTag();
            byte[] pdu = rig.dataOut(TAG, transferTag, 0, 64, true, octets(512, seed));
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                pdu[random.nextInt(random.nextBoolean() ? 48 : pdu.length)] = (byte) random.nextInt();
            }
            rig.feed(pdu, rig.command(TAG + 1, false, 64), pdu);
            assertArrayEquals(new byte[8192], stored(rig, 0, 8192), "seed " + seed);
            assertArrayEquals(new byte[1024], stored(rig, 8704, 1024), "seed " + seed);
            rig.connection.close();
        }
    }

    /** One READ as the datamover sees it: command, data, response. */
    private static void read(TcpRig rig, MemorySegment command, ScsiResponsePdu response) {
        TcpTargetConnection connection = rig.connection;
        for (long at = 0; at < command.byteSize(); ) {
            long count = Math.min(connection.readLength(), command.byteSize() - at);
            MemorySegment.copy(command, at, connection.readSegment(), connection.readOffset(), count);
            at += count;
            connection.received(count);
        }
        rig.put(TAG, 0, 0, 0, 4096);
        OutboundPdu place = connection.claimControl();
        if (place == null) {
            throw new AssertionError("no place");
        }
        response.begin(place.segment(), place.headerOffset());
        response.setInitiatorTaskTag(TAG);
        connection.sendControl(place);
        while (connection.pieces() > 0) {
            connection.sent(connection.pieceLength(0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAllocateNothing_whenDataIsMoved(boolean digests) {
        TcpRig rig = TcpRig.enabled(digests, digests, 1);
        rig.isRecording = false;
        MemorySegment command = MemorySegment.ofArray(rig.command(TAG, false, 4096));
        ScsiResponsePdu response = new ScsiResponsePdu();
        for (int i = 0; i < 20_000; i++) {
            read(rig, command, response);
        }
        long before = ThreadAllocation.currentThreadBytes();
        for (int i = 0; i < 20_000; i++) {
            read(rig, command, response);
        }
        long allocated = ThreadAllocation.currentThreadBytes() - before;
        // The measurement's own few objects.
        assertEquals(0, allocated / 20_000, () -> allocated + " bytes for 20,000 reads");
    }
}
