package io.ffmiser.iwarp.rdmap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.Fpdu;
import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.FpduWriter;
import io.ffmiser.iwarp.mpa.MpaError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentReceiverTest {
    private static final String ZERO_SEND = "0012 4143 00000000 00000000 00000001 00000000 587be8c4";
    private static final String WRITE = "0012 c140 00001200 0000000000001000 01020304 9681adea";
    private static final String WRITE_PADDED = "0013 c140 00001200 0000000000001000 0102030405 000000 330c9206";
    private static final String READ_REQUEST = "002e 4141 00000000 00000001 00000001 00000000"
            + "00003400 0000000000002000 00001000 00001200 0000000000001000 eb3b0e66";
    private static final String READ_RESPONSE = "0012 c142 00003400 0000000000002000 aaaaaaaa 18a92e0e";
    private static final String SEND_INVALIDATE = "0012 4144 00001200 00000000 00000002 00000000 19fbafec";
    private static final String TERMINATE_CRC = "0016 4147 00000000 00000002 00000001 00000000 20020000 7fe42585";
    private static final String TERMINATE_NO_BUFFER = "002a 4147 00000000 00000002 00000001 00000000 1202c000 005e"
            + "4143 00000000 00000000 00000001 00000000 3fc7cece";
    private static final String TERMINATE_SIW = "002a 4147 00000000 00000002 00000001 00000000 21020300 004c"
            + "4143 00000000 00000000 00000001 00000000 6135ee69";

    private final SegmentReceiver receiver = new SegmentReceiver(new FpduReceiver(true, false));
    private final ByteBuffer staging = ByteBuffer.allocateDirect(0x11000);
    private final ByteBuffer payload = ByteBuffer.allocateDirect(0x11000);

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static ByteBuffer direct(byte[] octets) {
        return ByteBuffer.allocateDirect(octets.length).put(octets).flip();
    }

    /** Puts pad and CRC behind a ULPDU that begins with its headers. */
    private static byte[] framed(String ulpdu) {
        byte[] octets = hex(ulpdu);
        ByteBuffer out = ByteBuffer.allocateDirect(Fpdu.octets(octets.length));
        FpduWriter writer = new FpduWriter(true, false);
        writer.begin(octets.length);
        writer.copy(direct(new byte[] {(byte) (octets.length >> 8), (byte) octets.length}), 0, 2, out);
        writer.copy(direct(octets), 0, octets.length, out);
        writer.finish(out);
        byte[] fpdu = new byte[out.flip().remaining()];
        out.get(fpdu);
        return fpdu;
    }

    /** What the staging buffer's first octets are as an FPDU. */
    private byte[] written(int headerOctets, byte... body) {
        int ulpduLength = SegmentWriter.ulpduLength(staging, 0);
        assertEquals(headerOctets + body.length, 2 + ulpduLength);
        FpduWriter writer = new FpduWriter(true, false);
        writer.begin(ulpduLength);
        writer.pass(staging, 0, headerOctets);
        staging.position(headerOctets);
        writer.copy(direct(body), 0, body.length, staging);
        writer.finish(staging);
        byte[] fpdu = new byte[staging.flip().remaining()];
        staging.get(fpdu).clear();
        return fpdu;
    }

    /** Feeds octets and lists what came, taking payload as it comes. */
    private List<SegmentReceiver.Step> feed(byte[]... pieces) {
        List<SegmentReceiver.Step> steps = new ArrayList<>();
        for (byte[] piece : pieces) {
            ByteBuffer in = direct(piece);
            SegmentReceiver.Step step;
            do {
                step = receiver.advance(in);
                if (step == SegmentReceiver.Step.PAYLOAD) {
                    if (!in.hasRemaining()) {
                        break;
                    }
                    receiver.takePayload(in, payload);
                } else if (step != SegmentReceiver.Step.NEED_INPUT) {
                    steps.add(step);
                }
            } while (step != SegmentReceiver.Step.NEED_INPUT);
            assertFalse(in.hasRemaining());
        }
        return steps;
    }

    private void assertSegment(String fpdu) {
        assertEquals(List.of(SegmentReceiver.Step.SEGMENT, SegmentReceiver.Step.END), feed(hex(fpdu)));
    }

    private void assertRefused(TerminateCode code, String ulpdu) {
        assertEquals(List.of(SegmentReceiver.Step.ERROR), feed(framed(ulpdu)), ulpdu);
        assertEquals(code, receiver.error(), ulpdu);
    }

    private static void assertRefusedAfresh(TerminateCode code, String ulpdu) {
        new SegmentReceiverTest().assertRefused(code, ulpdu);
    }

    @Test
    void shouldWriteTheReferenceOctets_whenSending() {
        assertArrayEquals(
                hex(ZERO_SEND), written(SegmentWriter.putSend(staging, 0, RdmapOpcode.SEND, true, 0, 1, 0, 0)));
        assertArrayEquals(
                hex(WRITE),
                written(
                        SegmentWriter.putTagged(staging, 0, RdmapOpcode.RDMA_WRITE, true, 0x1200, 0x1000, 4),
                        hex("01020304")));
        assertArrayEquals(
                hex(WRITE_PADDED),
                written(
                        SegmentWriter.putTagged(staging, 0, RdmapOpcode.RDMA_WRITE, true, 0x1200, 0x1000, 5),
                        hex("0102030405")));
        assertArrayEquals(
                hex(READ_REQUEST),
                written(SegmentWriter.putReadRequest(staging, 0, 1, 0x3400, 0x2000, 4096, 0x1200, 0x1000)));
        assertArrayEquals(
                hex(READ_RESPONSE),
                written(
                        SegmentWriter.putTagged(staging, 0, RdmapOpcode.READ_RESPONSE, true, 0x3400, 0x2000, 4),
                        hex("aaaaaaaa")));
        assertArrayEquals(
                hex(SEND_INVALIDATE),
                written(SegmentWriter.putSend(staging, 0, RdmapOpcode.SEND_WITH_INVALIDATE, true, 0x1200, 2, 0, 0)));
        assertArrayEquals(
                hex(TERMINATE_CRC), written(SegmentWriter.putTerminate(staging, 0, Terminate.of(MpaError.CRC))));
        assertArrayEquals(
                hex(TERMINATE_NO_BUFFER),
                written(SegmentWriter.putTerminate(
                        staging, 0, Terminate.of(DdpError.NO_BUFFER, direct(hex(ZERO_SEND)), 2, 18, 94))));
    }

    @Test
    void shouldSetControlOctets_whenMessageHasSegmentsOrFeatures() {
        SegmentWriter.putSend(staging, 0, RdmapOpcode.send(true, true), false, 5, 1, 0, 8);
        assertEquals(0x0146, staging.getShort(2));
        SegmentWriter.putSend(staging, 0, RdmapOpcode.send(true, false), true, 0, 1, 0, 8);
        assertEquals(0x4145, staging.getShort(2));
        SegmentWriter.putSend(staging, 0, RdmapOpcode.send(false, true), true, 5, 1, 0, 8);
        assertEquals(0x4144, staging.getShort(2));
        SegmentWriter.putSend(staging, 0, RdmapOpcode.send(false, false), true, 0, 1, 0, 8);
        assertEquals(0x4143, staging.getShort(2));
        assertEquals(18 + 8, SegmentWriter.ulpduLength(staging, 0));
        SegmentWriter.putTagged(staging, 0, RdmapOpcode.RDMA_WRITE, false, 5, 0, 8);
        assertEquals((short) 0x8140, staging.getShort(2));
    }

    @Test
    void shouldReadEveryField_whenReferenceOctetsCome() {
        assertSegment(WRITE);
        assertEquals(RdmapOpcode.RDMA_WRITE, receiver.opcode());
        assertEquals(0x1200, receiver.stag());
        assertEquals(0x1000, receiver.taggedOffset());
        assertEquals(4, receiver.payloadLength());
        assertEquals(0x01020304, payload.getInt(0));

        assertSegment(WRITE_PADDED);
        assertEquals(5, receiver.payloadLength());
        assertEquals(9, payload.position());

        assertSegment(READ_REQUEST);
        assertEquals(RdmapOpcode.READ_REQUEST, receiver.opcode());
        assertEquals(0x3400, receiver.readSinkStag());
        assertEquals(0x2000, receiver.readSinkOffset());
        assertEquals(4096, receiver.readSize());
        assertEquals(0x1200, receiver.readSourceStag());
        assertEquals(0x1000, receiver.readSourceOffset());
        assertEquals(0, receiver.payloadLength());

        assertSegment(READ_RESPONSE);
        assertEquals(RdmapOpcode.READ_RESPONSE, receiver.opcode());

        assertSegment(SEND_INVALIDATE);
        assertTrue(receiver.opcode().invalidates()
                && receiver.opcode().isSend()
                && !receiver.opcode().isSolicited());
        assertEquals(0x1200, receiver.invalidateStag());
        assertEquals(2, receiver.msn());
        assertEquals(0, receiver.messageOffset());
        assertTrue(receiver.isLast());

        assertSegment(TERMINATE_CRC);
        assertEquals(MpaError.CRC, receiver.receivedTerminate().code());
        assertSegment(TERMINATE_NO_BUFFER);
        assertEquals(DdpError.NO_BUFFER, receiver.receivedTerminate().code());
        assertSegment(TERMINATE_SIW);
        assertEquals(DdpError.NO_BUFFER, receiver.receivedTerminate().code());
        assertNull(receiver.error());
    }

    @Test
    void shouldGiveSegmentAndEndOnce_whenFedByteAtATime() {
        byte[] stream = hex(ZERO_SEND + WRITE_PADDED + READ_REQUEST + TERMINATE_SIW + READ_RESPONSE);
        byte[][] octets = new byte[stream.length][];
        for (int i = 0; i < stream.length; i++) {
            octets[i] = new byte[] {stream[i]};
        }

        List<SegmentReceiver.Step> steps = feed(octets);

        assertEquals(10, steps.size());
        for (int i = 0; i < 10; i++) {
            assertEquals(i % 2 == 0 ? SegmentReceiver.Step.SEGMENT : SegmentReceiver.Step.END, steps.get(i));
        }
        assertEquals(9, payload.position());
    }

    @Test
    void shouldTakePayloadStraightFromTheSocket_whenPlaced() {
        byte[] fpdu = hex(WRITE_PADDED);
        assertEquals(SegmentReceiver.Step.SEGMENT, receiver.advance(direct(Arrays.copyOf(fpdu, 16))));
        ByteBuffer target = direct(hex("ffff0102030405ff"));
        assertTrue(receiver.allowsPlacing());
        assertThrows(IllegalStateException.class, () -> receiver.payloadPlaced(target, 2, 6));
        receiver.payloadPlaced(target, 2, 2);
        receiver.payloadPlaced(target, 4, 3);
        assertEquals(0, receiver.payloadRemaining());

        assertEquals(List.of(SegmentReceiver.Step.END), feed(Arrays.copyOfRange(fpdu, 21, fpdu.length)));
        assertEquals(0, target.position());
        assertEquals(8, target.limit());
    }

    @Test
    void shouldNotAllowPlacing_whenMarkersLieInThePayload() {
        assertFalse(new SegmentReceiver(new FpduReceiver(true, true)).allowsPlacing());
    }

    @Test
    void shouldNotLookAtReservedBits_whenTheyAreSet() {
        // DDP 0x3C and RDMAP 0x30 are reserved, and so is Invalidate STag of a plain Send.
        assertEquals(
                List.of(SegmentReceiver.Step.SEGMENT, SegmentReceiver.Step.END),
                feed(framed("7d73 ffffffff 00000000 00000001 00000000")));
        assertEquals(RdmapOpcode.SEND, receiver.opcode());
    }

    @Test
    void shouldRefuse_whenDdpVersionIsNotOne() {
        for (int version : new int[] {0, 2, 3}) {
            assertRefusedAfresh(DdpError.UNTAGGED_VERSION, "4" + version + "43 00000000 00000000 00000001 00000000");
            assertRefusedAfresh(DdpError.TAGGED_VERSION, "c" + version + "40 00001200 0000000000001000 01");
        }
    }

    @Test
    void shouldRefuse_whenRdmapVersionIsNotOne() {
        for (String control : new String[] {"03", "83", "c3"}) {
            assertRefusedAfresh(RdmapError.INVALID_VERSION, "41" + control + " 00000000 00000000 00000001 00000000");
        }
    }

    @Test
    void shouldRefuse_whenQueueNumberIsUnknown() {
        for (String queue : new String[] {"00000003", "00000004", "7fffffff", "80000000", "ffffffff"}) {
            assertRefusedAfresh(DdpError.INVALID_QUEUE_NUMBER, "4143 00000000 " + queue + " 00000001 00000000");
        }
    }

    @Test
    void shouldAcceptOnlyItsOwnPlace_whenEachOpcodeComesEverywhere() {
        for (int code = 0; code < 16; code++) {
            RdmapOpcode opcode = RdmapOpcode.of(code);
            String control = HexFormat.of().toHexDigits((byte) (0x40 | code));
            for (int queue = 0; queue < 3; queue++) {
                SegmentReceiverTest afresh = new SegmentReceiverTest();
                List<SegmentReceiver.Step> steps = afresh.feed(framed("41" + control + "00000000 0000000" + queue
                        + "00000001 00000000" + (code == 1 ? "00".repeat(28) : "")));
                boolean fits = opcode != null && opcode.queueNumber() == queue;
                assertEquals(fits ? null : RdmapError.UNEXPECTED_OPCODE, afresh.receiver.error(), control + queue);
                assertEquals(fits ? SegmentReceiver.Step.END : SegmentReceiver.Step.ERROR, steps.getLast());
            }
            SegmentReceiverTest afresh = new SegmentReceiverTest();
            afresh.feed(framed("c1" + control + "00000000 0000000000000000"));
            assertEquals(
                    opcode != null && opcode.isTagged() ? null : RdmapError.UNEXPECTED_OPCODE,
                    afresh.receiver.error(),
                    control);
        }
    }

    @Test
    void shouldRefuse_whenSegmentIsShorterThanItsHeader() {
        String whole = hexOf(hex(READ_REQUEST), 2, 46);
        for (int octets = 0; octets < 46; octets++) {
            assertRefusedAfresh(RdmapError.OPERATION_UNSPECIFIED, whole.substring(0, 2 * octets));
        }
        assertRefusedAfresh(RdmapError.OPERATION_UNSPECIFIED, "c140 00001200 00000000000010");
    }

    @Test
    void shouldRefuse_whenReadRequestHasPayloadOrMoreSegments() {
        String whole = hexOf(hex(READ_REQUEST), 2, 46);
        assertRefusedAfresh(RdmapError.OPERATION_UNSPECIFIED, whole + "00");
        assertRefusedAfresh(RdmapError.OPERATION_UNSPECIFIED, "01" + whole.substring(2));
    }

    private static String hexOf(byte[] octets, int from, int length) {
        return HexFormat.of().formatHex(octets, from, from + length);
    }

    @Test
    void shouldTakeATerminateOfAnyLength_whenItComes() {
        for (int octets : new int[] {0, 1, 3, 4, 52, 53, 1000}) {
            SegmentReceiverTest afresh = new SegmentReceiverTest();
            assertEquals(
                    List.of(SegmentReceiver.Step.SEGMENT, SegmentReceiver.Step.END),
                    afresh.feed(framed("4147 00000000 00000002 00000001 00000000" + "00".repeat(octets))));
            assertEquals(
                    RdmapError.LOCAL_CATASTROPHIC,
                    afresh.receiver.receivedTerminate().code());
        }
    }

    @Test
    void shouldReportCrcAndNotTheHeader_whenBothAreWrong() {
        byte[] fpdu = framed("4183 00000000 00000000 00000001 00000000");
        fpdu[12] ^= 1;

        assertEquals(List.of(SegmentReceiver.Step.ERROR), feed(fpdu));
        assertEquals(MpaError.CRC, receiver.error());
        assertEquals(0, receiver.terminate().ddpHeader().length);
    }

    @Test
    void shouldReportTheRefusalAtTheEnd_whenTheDeviceRefuses() {
        byte[] fpdu = hex(WRITE);
        assertEquals(SegmentReceiver.Step.SEGMENT, receiver.advance(direct(Arrays.copyOf(fpdu, 16))));
        receiver.refuse(DdpError.INVALID_STAG);
        assertEquals(0, receiver.payloadRemaining());

        assertEquals(List.of(), feed(Arrays.copyOfRange(fpdu, 16, 23)));
        assertEquals(List.of(SegmentReceiver.Step.ERROR), feed(Arrays.copyOfRange(fpdu, 23, 24)));

        Terminate terminate = receiver.terminate();
        assertEquals(DdpError.INVALID_STAG, terminate.code());
        assertEquals(18, terminate.segmentLength());
        assertArrayEquals(Arrays.copyOfRange(fpdu, 2, 16), terminate.ddpHeader());
        assertEquals(0, payload.position(), "nothing was placed");
    }

    @Test
    void shouldReportCrc_whenARefusedSegmentIsDamaged() {
        byte[] fpdu = hex(WRITE);
        fpdu[5] ^= 1;
        receiver.advance(direct(Arrays.copyOf(fpdu, 16)));
        receiver.refuse(DdpError.INVALID_STAG);

        feed(Arrays.copyOfRange(fpdu, 16, 24));

        assertEquals(MpaError.CRC, receiver.error());
    }

    @Test
    void shouldDropEverything_whenTheStreamHasFailed() {
        assertRefused(RdmapError.UNEXPECTED_OPCODE, "414f 00000000 00000000 00000001 00000000");

        assertEquals(List.of(), feed(hex(WRITE), hex(ZERO_SEND)));
        assertEquals(RdmapError.UNEXPECTED_OPCODE, receiver.error());
        assertThrows(IllegalStateException.class, () -> receiver.refuse(DdpError.NO_BUFFER));
    }

    @Test
    void shouldEmbedTheHeader_whenADeliveredMessageFails() {
        assertSegment(SEND_INVALIDATE);
        receiver.fail(RdmapError.CANNOT_INVALIDATE);

        assertArrayEquals(
                Arrays.copyOfRange(hex(SEND_INVALIDATE), 2, 20),
                receiver.terminate().ddpHeader());
        assertEquals(0, receiver.terminate().readRequest().length);
        assertEquals(List.of(), feed(hex(ZERO_SEND)));
    }

    @Test
    void shouldEmbedNothingOfTheSegmentBefore_whenTheNextIsCutShort() {
        assertSegment(ZERO_SEND);
        assertRefused(RdmapError.OPERATION_UNSPECIFIED, "41");

        assertEquals(0, receiver.terminate().ddpHeader().length);
        assertThrows(IllegalStateException.class, receiver::opcode);
    }

    @Test
    void shouldTellWhereASegmentGoes_whenItIsNotTheFirstOfItsMessage() {
        feed(framed("4143 00000000 00000000 00000003 00012345 01"));

        assertEquals(0x12345, receiver.messageOffset());
        assertEquals(3, receiver.msn());
    }

    @Test
    void shouldEmbedTheReadRequest_whenItsSourceIsRefused() {
        byte[] fpdu = hex(READ_REQUEST);
        ByteBuffer in = direct(fpdu);
        assertEquals(SegmentReceiver.Step.SEGMENT, receiver.advance(in));
        receiver.refuse(RdmapError.ACCESS_RIGHTS);
        assertEquals(SegmentReceiver.Step.ERROR, receiver.advance(in));

        assertArrayEquals(Arrays.copyOfRange(fpdu, 20, 48), receiver.terminate().readRequest());
    }

    @Test
    void shouldKnowMessageBoundaries_whenMessagesHaveSegments() {
        assertTrue(receiver.atMessageBoundary());
        feed(framed("8140 00001200 0000000000001000 0102"));
        assertFalse(receiver.atMessageBoundary());
        feed(framed("c140 00001200 0000000000001002 03"));
        assertTrue(receiver.atMessageBoundary());
        feed(framed("0143 00000000 00000000 00000001 00000000 01"));
        assertFalse(receiver.atMessageBoundary());
        feed(hex(WRITE));
        assertFalse(receiver.atMessageBoundary(), "the Send is still open");
        feed(framed("4143 00000000 00000000 00000001 00000001"));
        assertTrue(receiver.atMessageBoundary());
        feed(Arrays.copyOf(hex(WRITE), 1));
        assertFalse(receiver.atMessageBoundary());
    }

    @Test
    void shouldNeverThrow_whenStreamsAreMutated() {
        Random random = new Random(12);
        byte[] good = hex(ZERO_SEND + WRITE + WRITE_PADDED + READ_REQUEST + SEND_INVALIDATE + TERMINATE_SIW);
        int errors = 0;
        for (int round = 0; round < 20_000; round++) {
            SegmentReceiver.Step last = null;
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            stream.writeBytes(good);
            stream.writeBytes(good);
            byte[] octets = stream.toByteArray();
            for (int i = random.nextInt(3); i >= 0; i--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
            }
            SegmentReceiver mutated = new SegmentReceiver(new FpduReceiver(random.nextBoolean(), false));
            ByteBuffer in = direct(octets);
            while (last != SegmentReceiver.Step.NEED_INPUT) {
                last = mutated.advance(in);
                if (last == SegmentReceiver.Step.PAYLOAD) {
                    if (!in.hasRemaining()) {
                        break;
                    }
                    mutated.takePayload(in, payload.clear());
                } else if (last == SegmentReceiver.Step.ERROR) {
                    errors++;
                    assertInstanceOf(Terminate.class, mutated.terminate());
                }
            }
        }
        assertTrue(errors > 5000, errors + " errors");
    }
}
