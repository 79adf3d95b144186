package io.ffmiser.datamover.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unsolicited data in PDUs as small as an initiator likes. The target takes 2048 octets in one. */
class TcpUnsolicitedTest {
    private static final int TAG = 5;
    private static final int MOST = 2048;

    private static byte[] octets(int length) {
        byte[] octets = new byte[length];
        new Random(length).nextBytes(octets);
        return octets;
    }

    /** Sends it from an offset on, in PDUs of so many octets; 0 for a random number each. */
    private static void send(TcpRig rig, int tag, byte[] data, int from, int size) {
        Random random = new Random(3);
        int at = from;
        for (int sn = 0; at < data.length; sn++) {
            int length = Math.min(size == 0 ? 1 + random.nextInt(MOST) : size, data.length - at);
            boolean last = at + length == data.length;
            rig.feed(rig.dataOut(tag, Pdu.RESERVED_TAG, sn, at, last, Arrays.copyOfRange(data, at, at + length)));
            at += length;
        }
    }

    /** Checks the Data-Out PDUs that were kept for a tag: all but the last are full. */
    private static void check(TcpRig rig, int tag, byte[] data, int from) {
        int at = from;
        int sn = 0;
        DataOutPdu pdu = new DataOutPdu();
        for (InboundPdu kept : rig.kept) {
            pdu.wrap(kept.segment(), kept.headerOffset());
            if (pdu.opcode() == Opcode.DATA_OUT && pdu.initiatorTaskTag() == tag) {
                int length = Math.min(MOST, data.length - at);
                assertEquals(length, kept.dataLength());
                assertEquals(sn++, pdu.dataSn());
                assertEquals(at, pdu.bufferOffset());
                assertEquals(at + length == data.length, pdu.isFinal());
                assertArrayEquals(
                        Arrays.copyOfRange(data, at, at + length),
                        kept.segment().asSlice(kept.dataOffset(), length).toArray(ValueLayout.JAVA_BYTE));
                at += length;
            }
        }
        assertEquals(data.length, at);
    }

    /** As many more PDUs as there are places. */
    private static int free(TcpRig rig) {
        int before = rig.kept.size();
        NopOutPdu nop = new NopOutPdu();
        nop.begin(TcpRig.header(), 0);
        while (!rig.stream.isStopped()) {
            rig.feed(rig.wire(nop));
        }
        return rig.kept.size() - before;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 100000, false",
        "1, 1, true",
        "3, 7, true",
        "512, 100000, true",
        "1000, 13, true",
        "1500, 100000, true",
        "2047, 100000, false",
        "2048, 100000, true",
        "0, 50, true"
    })
    void shouldKeepNoMorePlacesThanFullPdusNeed_whenPdusAreSmall(int size, int chunk, boolean digests) {
        TcpRig rig = TcpRig.enabled(digests, digests, 1);
        rig.stream.chunk = chunk;
        rig.keeps = true;
        byte[] data = octets(5000);
        rig.feed(rig.announcing(TAG, 5000, Arrays.copyOf(data, 100)));
        send(rig, TAG, data, 100, size);
        assertFalse(rig.stream.isClosed());
        assertFalse(rig.stream.isStopped());
        check(rig, TAG, data, 100);
        assertEquals(1, free(rig), "of five, four are in use");
    }

    @Test
    void shouldKeepThemApart_whenTheDataOfCommandsIsMixed() {
        TcpRig rig = TcpRig.enabled();
        rig.keeps = true;
        byte[] data = octets(200);
        rig.feed(rig.announcing(TAG, 200), rig.announcing(6, 200));
        for (int sn = 0; sn < 10; sn++) {
            byte[] part = Arrays.copyOfRange(data, sn * 20, sn * 20 + 20);
            for (int tag = TAG; tag <= 6; tag++) {
                rig.feed(rig.dataOut(tag, Pdu.RESERVED_TAG, sn, sn * 20L, sn == 9, part));
            }
        }
        check(rig, TAG, data, 0);
        check(rig, 6, data, 0);
    }

    @Test
    void shouldPassOnTheLast_whenItHasNoData() {
        TcpRig rig = TcpRig.enabled();
        rig.keeps = true;
        rig.feed(rig.announcing(TAG, 5000));
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 0, 0, false, new byte[10]));
        assertEquals(List.of("opened", "control 1 0"), rig.events);
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 10, true));
        assertEquals("control 5 10", rig.lastEvent());
        check(rig, TAG, new byte[10], 0);
    }

    @Test
    void shouldPassItOnAsItComes_whenNoneWasAnnounced() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 5000));
        for (int tag = TAG; tag <= 6; tag++) {
            rig.feed(rig.dataOut(tag, Pdu.RESERVED_TAG, 3, 99, false, new byte[10]));
            assertEquals("control 5 10", rig.lastEvent());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"deallocated", "deallocated while it is read", "answered"})
    void shouldGiveThePlaceBack_whenTheCommandIsOverBeforeItsData(String how) {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.announcing(TAG, 5000));
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 0, 0, false, new byte[10]));
        byte[] next = rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 10, true, octets(2048));
        int half = how.endsWith("read") ? 60 : 0;
        rig.feed(Arrays.copyOf(next, half));
        if (how.equals("answered")) {
            rig.respond(TAG);
        } else {
            rig.connection.deallocateTaskResources(TAG);
        }
        rig.feed(Arrays.copyOfRange(next, half, next.length));
        // The tag again, and nothing of the old.
        rig.keeps = true;
        byte[] data = octets(300);
        rig.feed(rig.announcing(TAG, 300));
        send(rig, TAG, data, 0, 100);
        check(rig, TAG, data, 0);
        assertFalse(rig.stream.isClosed());
        assertEquals(3, free(rig), "of five, two are in use");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DataSN", "offset", "behind it", "no data"})
    void shouldEndTheConnection_whenItIsNotTheNext(String wrong) {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.announcing(TAG, 5000));
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 0, 0, false, new byte[10]));
        switch (wrong) {
            case "DataSN" -> rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 2, 10, false, new byte[10]));
            case "offset" -> rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 0, false, new byte[10]));
            case "behind it" -> rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 11, false, new byte[10]));
            default -> rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 10, false));
        }
        assertTrue(rig.stream.isClosed());
        rig.connection.streamClosed("closed here");
        assertTrue(String.valueOf(rig.lastEvent()).startsWith("lost: protocol error"), rig.events::toString);
    }

    @Test
    void shouldEndTheConnection_whenADigestBehindEarlierDataIsWrong() {
        TcpRig rig = TcpRig.enabled(false, true, 1);
        rig.feed(rig.announcing(TAG, 5000));
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 0, 0, false, octets(1500)));
        byte[] pdu = rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 1500, false, octets(1501));
        pdu[Pdu.HEADER_LENGTH + 1500] ^= 1;
        rig.feed(pdu);
        assertTrue(rig.stream.isClosed());
        assertEquals("close", rig.lastEvent());
    }

    @Test
    void shouldTouchNothing_whenTheConnectionIsClosedAsDataIsPassedOn() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.announcing(TAG, 5000));
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 0, 0, false, octets(1500)));
        rig.atControl = rig.connection::close;
        rig.feed(rig.dataOut(TAG, Pdu.RESERVED_TAG, 1, 1500, true, octets(1500)));
        assertTrue(rig.stream.isClosed());
        assertEquals(List.of("opened", "control 1 0", "control 5 2048", "close"), rig.events);
    }
}
