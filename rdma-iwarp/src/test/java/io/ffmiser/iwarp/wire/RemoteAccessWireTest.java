package io.ffmiser.iwarp.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.MpaError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.RdmapError;
import io.ffmiser.iwarp.rdmap.Terminate;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Segments against the device's tables: RFC 5041 section 7 and RFC 5040 sections 5 and 7. */
class RemoteAccessWireTest {
    private static final String SEND = "4143 00000000 00000000 00000001 00000000";

    /** An empty Write: lets the responder send (RFC 5044 section 7.1.2). */
    private static final String FIRST = "c140 00000001 0000000000000000";

    private final DeviceUnderTest device = new DeviceUnderTest();

    @AfterEach
    void close() throws Exception {
        device.close();
    }

    private static String stag(int stag) {
        return HexFormat.of().toHexDigits(stag);
    }

    private static String write(int stag, long offset, String payload) {
        return "c140" + stag(stag) + HexFormat.of().toHexDigits(offset) + payload;
    }

    private static String read(int msn, int sinkStag, long sinkOffset, int size, int stag, long offset) {
        HexFormat hex = HexFormat.of();
        return "4141 00000000 00000001" + hex.toHexDigits(msn) + "00000000" + hex.toHexDigits(sinkStag)
                + hex.toHexDigits(sinkOffset) + hex.toHexDigits(size) + hex.toHexDigits(stag)
                + hex.toHexDigits(offset);
    }

    /** The first segment already is wrong: exactly this Terminate, nothing written, and others still served. */
    private void assertRefused(TerminateCode code, int rights, Function<Exposure, String> ulpdu) throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(rights);
        String sent = ulpdu.apply(exposure);
        wire.sendUlpdus(FIRST, sent, SEND);

        Terminate terminate = device.assertTerminated(wire, side, code);

        side.assertUntouched();
        assertTrue(side.done.stream().allMatch(done -> done.status() != WorkStatus.SUCCESS), "nothing was delivered");
        byte[] octets = Wire.hex(sent);
        int header = (octets[0] & 0x80) != 0 ? 14 : 18;
        assertArrayEquals(code.embedsSegment() ? Arrays.copyOf(octets, header) : new byte[0], terminate.ddpHeader());
        assertEquals(code.embedsSegment() ? octets.length : Terminate.NO_LENGTH, terminate.segmentLength());
        boolean readRequest = code.embedsReadRequest() && octets[1] == 0x41;
        assertArrayEquals(readRequest ? Arrays.copyOfRange(octets, 18, 46) : new byte[0], terminate.readRequest());
        device.assertStillServes();
    }

    @Test
    void shouldRefuseWrite_whenStagIsUnknown() throws Exception {
        assertRefused(DdpError.INVALID_STAG, Access.REMOTE_WRITE, e -> write(e.stag() ^ 0x100, 0, "01020304"));
    }

    @Test
    void shouldRefuseWrite_whenStagGivesNoWriteRight() throws Exception {
        assertRefused(DdpError.INVALID_STAG, Access.REMOTE_READ, e -> write(e.stag(), e.baseOffset(), "01020304"));
    }

    @Test
    void shouldRefuseWrite_whenItPassesEitherEnd() throws Exception {
        int rights = Access.REMOTE_WRITE;
        int end = DeviceUnderTest.EXPOSED_BYTES;
        assertRefused(DdpError.BASE_OR_BOUNDS, rights, e -> write(e.stag(), e.baseOffset() + end - 3, "01020304"));
        assertRefused(DdpError.BASE_OR_BOUNDS, rights, e -> write(e.stag(), e.baseOffset() + end, "01"));
        assertRefused(DdpError.BASE_OR_BOUNDS, rights, e -> write(e.stag(), e.baseOffset() - 1, "01"));
        assertRefused(DdpError.BASE_OR_BOUNDS, rights, e -> write(e.stag(), Long.MIN_VALUE, "01"));
    }

    @Test
    void shouldRefuseWrite_whenOffsetWraps() throws Exception {
        assertRefused(DdpError.TAGGED_OFFSET_WRAP, Access.REMOTE_WRITE, e -> write(e.stag(), -2, "01020304"));
    }

    @Test
    void shouldRefuseWrite_whenStagIsAnotherConnections() throws Exception {
        device.established();
        int foreign = device.side().expose(Access.ALL & ~Access.LOCAL_WRITE).stag();

        assertRefused(DdpError.STAG_NOT_ASSOCIATED, Access.REMOTE_WRITE, e -> write(foreign, 0, "01020304"));
        device.accepted.getFirst().assertUntouched();
    }

    @Test
    void shouldRefuseWrite_whenStagWasWithdrawn() throws Exception {
        assertRefused(DdpError.INVALID_STAG, Access.REMOTE_WRITE, e -> {
            e.withdraw(1);
            return write(e.stag(), 0, "01020304");
        });
    }

    @Test
    void shouldRefuseALaterSegment_whenOnlyTheFirstIsRight() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(Access.REMOTE_WRITE);
        wire.sendUlpdus(
                "81" + write(exposure.stag(), exposure.baseOffset(), "01020304").substring(2),
                write(exposure.stag(), exposure.baseOffset() + 4096, "05"));

        device.assertTerminated(wire, side, DdpError.BASE_OR_BOUNDS);

        assertArrayEquals(Wire.hex("01020304 5a"), side.octets(DeviceUnderTest.EXPOSED_AT, 5));
        assertEquals(DeviceUnderTest.FILL, side.octets(DeviceUnderTest.EXPOSED_AT + 4096, 1)[0]);
    }

    @Test
    void shouldPlaceExactly_whenWriteIsRight() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(Access.REMOTE_WRITE);

        wire.sendUlpdus(write(exposure.stag(), exposure.baseOffset() + 4092, "01020304"), SEND);
        device.until("the Send behind the Write", () -> !side.done.isEmpty());

        // RFC 5040 section 5.5: the Send's delivery makes the Write visible.
        assertArrayEquals(Wire.hex("5a 01020304 5a"), side.octets(DeviceUnderTest.EXPOSED_AT + 4091, 6));
    }

    @Test
    void shouldNotCheckStag_whenWriteIsEmpty() throws Exception {
        Wire wire = device.established();
        wire.sendUlpdus(write(1, -1, ""), SEND);

        device.until("the Send behind the Write", () -> !device.side().done.isEmpty());
        assertEquals(
                new DeviceUnderTest.Done(0, WorkStatus.SUCCESS, 0, false, 0),
                device.side().done.getFirst());
        device.side().assertUntouched();
    }

    @Test
    void shouldRefuseRead_whenAnythingIsWrong() throws Exception {
        int rights = Access.REMOTE_READ;
        assertRefused(RdmapError.INVALID_STAG, rights, e -> read(1, 9, 0, 4, e.stag() ^ 0x100, 0));
        assertRefused(RdmapError.ACCESS_RIGHTS, Access.REMOTE_WRITE, e -> read(1, 9, 0, 4, e.stag(), e.baseOffset()));
        assertRefused(RdmapError.BASE_OR_BOUNDS, rights, e -> read(1, 9, 0, 4097, e.stag(), e.baseOffset()));
        assertRefused(RdmapError.BASE_OR_BOUNDS, rights, e -> read(1, 9, 0, -1, e.stag(), e.baseOffset()));
        assertRefused(RdmapError.TAGGED_OFFSET_WRAP, rights, e -> read(1, 9, 0, 4, e.stag(), -2));
        assertRefused(DdpError.MSN_OUT_OF_RANGE, rights, e -> read(2, 9, 0, 4, e.stag(), e.baseOffset()));
        int foreign = device.accepted.getLast().expose(Access.REMOTE_READ).stag();
        assertRefused(RdmapError.STAG_NOT_ASSOCIATED, rights, e -> read(1, 9, 0, 4, foreign, 0));
    }

    @Test
    void shouldRefuseRead_whenTheStagIsWithdrawnBeforeItsRequestIsComplete() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(Access.REMOTE_READ);
        wire.sendUlpdus(FIRST);
        byte[] request = wire.framed(Wire.hex(read(1, 9, 0, 4, exposure.stag(), exposure.baseOffset())));
        wire.send(Arrays.copyOf(request, request.length - 1));
        device.untilIdle();

        exposure.withdraw(1);
        wire.send(Arrays.copyOfRange(request, request.length - 1, request.length));

        device.assertTerminated(wire, side, RdmapError.INVALID_STAG);
    }

    @Test
    void shouldAnswerReadsInOrder_whenTheyAreRight() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        side.memory
                .segment()
                .asSlice(DeviceUnderTest.EXPOSED_AT, 4)
                .copyFrom(MemorySegment.ofArray(Wire.hex("0a0b0c0d")));
        Exposure exposure = side.expose(Access.REMOTE_READ);

        wire.sendUlpdus(
                read(1, 0x77, 0x1000, 3, exposure.stag(), exposure.baseOffset()),
                // RFC 5040 section 5.2.1: not checked, but answered.
                read(2, 0x78, 0x2000, 0, 0xBAD, -1),
                read(3, 0x79, 0x3000, 2, exposure.stag(), exposure.baseOffset() + 2));

        assertArrayEquals(Wire.hex("c142 00000077 0000000000001000 0a0b0c"), device.nextUlpdu(wire, 0));
        assertArrayEquals(Wire.hex("c142 00000078 0000000000002000"), device.nextUlpdu(wire, 1));
        assertArrayEquals(Wire.hex("c142 00000079 0000000000003000 0c0d"), device.nextUlpdu(wire, 2));
    }

    @Test
    void shouldReadWhatTheWriteBeforeLeft_whenBothCome() throws Exception {
        Wire wire = device.established();
        Exposure exposure = device.side().expose(Access.REMOTE_READ | Access.REMOTE_WRITE);

        wire.sendUlpdus(
                write(exposure.stag(), exposure.baseOffset(), "0102"),
                read(1, 0x77, 0, 3, exposure.stag(), exposure.baseOffset()));

        assertArrayEquals(Wire.hex("c142 00000077 0000000000000000 01025a"), device.nextUlpdu(wire, 0));
    }

    @Test
    void shouldTerminate_whenMoreReadsComeThanIrd() throws Exception {
        device.depth = 2;
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        // Read Responses have to pile up: a large exposed range, and a peer that does not take them.
        Exposure exposure = side.expose(Access.REMOTE_READ);
        StringBuilder reads = new StringBuilder();
        for (int msn = 1; msn <= 40; msn++) {
            reads.append(HexFormat.of()
                    .formatHex(wire.framed(Wire.hex(read(msn, 9, 0, 4096, exposure.stag(), exposure.baseOffset())))));
        }
        wire.send(reads.toString());

        device.until("the end", () -> {
            wire.receive();
            return wire.isEnded() || wire.ulpdus().size() >= 40;
        });
        byte[] last = wire.ulpdus().getLast();
        assertEquals(0x47, last[1], "IRD overflow is noticed");
        assertEquals(0x0207, (last[18] << 8) | last[19]);
    }

    @Test
    void shouldInvalidateOnDelivery_whenSendNamesAnStag() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        Exposure exposure = side.expose(Access.REMOTE_WRITE);
        int stag = exposure.stag();

        wire.sendUlpdus("4144" + stag(stag) + "00000000 00000001 00000000");
        device.until("the Send", () -> !side.done.isEmpty());

        assertEquals(new DeviceUnderTest.Done(0, WorkStatus.SUCCESS, 0, true, stag), side.done.getFirst());
        assertFalse(exposure.isExposed());
        wire.sendUlpdus(write(stag, 0, "01"));
        device.assertTerminated(wire, side, DdpError.INVALID_STAG);
        side.assertUntouched();
    }

    @Test
    void shouldTerminate_whenStagCannotBeInvalidated() throws Exception {
        device.established();
        DeviceUnderTest.Side other = device.side();
        Exposure foreign = other.expose(Access.REMOTE_WRITE);
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();

        wire.sendUlpdus("4144" + stag(foreign.stag()) + "00000000 00000001 00000000");
        device.assertTerminated(wire, side, RdmapError.CANNOT_INVALIDATE);
        assertEquals(WorkStatus.REMOTE_INVALID_REQUEST, side.done.getFirst().status());
        assertTrue(foreign.isExposed());

        Wire second = device.established();
        side = device.side();
        second.sendUlpdus("4144 00000bad 00000000 00000001 00000000");
        device.assertTerminated(second, side, RdmapError.OPERATION_CANNOT_INVALIDATE);
    }

    @Test
    void shouldRefuseSend_whenItIsNotTheNextOrDoesNotFit() throws Exception {
        String tooLong = "00".repeat(DeviceUnderTest.RECEIVE_BYTES + 1);
        assertRefused(DdpError.MSN_OUT_OF_RANGE, 2, e -> "4143 00000000 00000000 00000002 00000000");
        assertRefused(DdpError.MSN_OUT_OF_RANGE, 2, e -> "4143 00000000 00000000 00000000 00000000");
        assertRefused(DdpError.INVALID_MESSAGE_OFFSET, 2, e -> "4143 00000000 00000000 00000001 00000001");
        assertRefused(DdpError.MESSAGE_TOO_LONG, 2, e -> SEND + tooLong);
        assertRefused(DdpError.INVALID_QUEUE_NUMBER, 2, e -> "4143 00000000 00000003 00000001 00000000");
        assertRefused(DdpError.UNTAGGED_VERSION, 2, e -> "4243 00000000 00000000 00000001 00000000");
        assertRefused(
                DdpError.TAGGED_VERSION, 2, e -> "c0" + write(e.stag(), 0, "01").substring(2));
        assertRefused(RdmapError.INVALID_VERSION, 2, e -> "4183 00000000 00000000 00000001 00000000");
        assertRefused(RdmapError.UNEXPECTED_OPCODE, 2, e -> "414c 00000000 00000000 00000001 00000000");
        assertRefused(RdmapError.UNEXPECTED_OPCODE, 2, e -> "4140 00000000 00000000 00000001 00000000");
        assertRefused(RdmapError.UNEXPECTED_OPCODE, 2, e -> "4143 00000000 00000001 00000001 00000000");
        assertRefused(RdmapError.UNEXPECTED_OPCODE, 2, e -> "c142 00000001 0000000000000000");
        device.receives = 0;
        Wire wire = device.established();
        wire.sendUlpdus(FIRST, SEND + "01");
        device.assertTerminated(wire, device.side(), DdpError.NO_BUFFER);
    }

    @Test
    void shouldPlaceInOrder_whenSendHasSegments() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();

        wire.sendUlpdus(
                "0143 00000000 00000000 00000001 00000000 0102",
                "0143 00000000 00000000 00000001 00000002 0304",
                "4143 00000000 00000000 00000001 00000004 05",
                "4145 00000000 00000000 00000002 00000000");
        device.until("both Sends", () -> side.done.size() == 2);

        assertEquals(new DeviceUnderTest.Done(0, WorkStatus.SUCCESS, 5, false, 0), side.done.get(0));
        // RFC 5040 section 5.3: an empty Send consumes a receive.
        assertEquals(new DeviceUnderTest.Done(1, WorkStatus.SUCCESS, 0, false, 0), side.done.get(1));
        assertArrayEquals(Wire.hex("0102030405 5a"), side.octets(0, 6));
    }

    @Test
    void shouldDeliverNothingAndTerminate_whenCrcIsWrong() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        byte[] fpdu = wire.framed(Wire.hex(SEND + "01020304"));
        fpdu[fpdu.length - 1] ^= 1;
        wire.sendUlpdus(FIRST);
        wire.send(fpdu);
        wire.sendUlpdus(SEND);

        device.assertTerminated(wire, side, MpaError.CRC);

        assertTrue(side.done.stream().allMatch(done -> done.status() == WorkStatus.FLUSHED));
        assertEquals(DeviceUnderTest.RECEIVES, side.done.size());
        device.assertStillServes();
    }

    @Test
    void shouldNameTheFirstErrorAlone_whenSeveralComeAtOnce() throws Exception {
        Wire wire = device.established();
        DeviceUnderTest.Side side = device.side();
        String[] wrong = {
            FIRST,
            "4143 00000000 00000000 00000002 00000000",
            write(side.expose(Access.REMOTE_READ).stag(), 0, "01"),
            "4183 00000000 00000000 00000001 00000000",
            SEND
        };
        StringBuilder atOnce = new StringBuilder();
        for (String ulpdu : wrong) {
            atOnce.append(HexFormat.of().formatHex(wire.framed(Wire.hex(ulpdu))));
        }
        wire.send(atOnce.toString());

        device.assertTerminated(wire, side, DdpError.MSN_OUT_OF_RANGE);
        side.assertUntouched();
        device.assertStillServes();
    }

    @Test
    void shouldTellTheUser_whenATerminateComes() throws Exception {
        device.receives = 0;
        for (String body : new String[] {"1202c000 005e 4143 00000000 00000000 00000001 00000000", "21020300", ""}) {
            Wire wire = device.established();
            DeviceUnderTest.Side side = device.side();
            wire.sendUlpdus("4147 00000000 00000002 00000001 00000000" + body);
            device.until("onDisconnected or the end", () -> {
                wire.receive();
                if (wire.isEnded()) {
                    wire.close();
                }
                return side.cause != null;
            });

            DisconnectCause cause = assertInstanceOf(DisconnectCause.RemoteError.class, side.cause);
            assertTrue(body.isEmpty() || cause.message().contains("NO_BUFFER"), cause.message());
            assertEquals(0, wire.ulpdus().size(), "a Terminate is not answered");
        }
    }

    @Test
    void shouldTellAnAbortFromAnEnd_whenThePeerCloses() throws Exception {
        Wire inside = device.established();
        DeviceUnderTest.Side side = device.side();
        inside.sendUlpdus("0143 00000000 00000000 00000001 00000000 0102");
        inside.channel.shutdownOutput();
        DeviceUnderTest.Side aborted = side;
        device.until("onDisconnected", () -> aborted.cause != null);
        assertInstanceOf(DisconnectCause.TransportLost.class, aborted.cause);

        Wire between = device.established();
        DeviceUnderTest.Side ended = device.side();
        between.sendUlpdus(SEND);
        between.channel.shutdownOutput();
        device.until("onDisconnected", () -> ended.cause != null);
        assertInstanceOf(DisconnectCause.RemoteDisconnect.class, ended.cause);
    }

    @Test
    void shouldDrawOtherStags_whenAPollerIsOpenedAnew() throws Exception {
        int[][] drawn = new int[2][8];
        for (int[] stags : drawn) {
            try (DeviceUnderTest each = new DeviceUnderTest()) {
                each.established();
                for (int i = 0; i < stags.length; i++) {
                    Exposure exposure = each.side().expose(Access.REMOTE_READ);
                    stags[i] = exposure.stag();
                    exposure.withdraw(1);
                }
            }
        }
        assertFalse(Arrays.equals(drawn[0], drawn[1]), "whoever knows one poller's STags knows another's");
        assertEquals(8, Arrays.stream(drawn[0]).distinct().count(), "an STag is used once");
    }
}
