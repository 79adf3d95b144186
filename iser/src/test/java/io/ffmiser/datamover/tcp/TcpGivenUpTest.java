package io.ffmiser.datamover.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R2Ts whose data is not wanted any more: it comes late, in part, or never. */
class TcpGivenUpTest {
    private static final int TAG = 5;
    private static final byte[] DATA = new byte[512];

    static {
        Arrays.fill(DATA, (byte) 7);
    }

    private static R2tPdu r2t(byte[] pdu) {
        R2tPdu r2t = new R2tPdu();
        r2t.wrap(MemorySegment.ofArray(pdu), 0);
        assertEquals(Opcode.R2T, r2t.opcode());
        return r2t;
    }

    private static byte[] stored(TcpRig rig) {
        return rig.memory.segment().asSlice(0, 512).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 512})
    void shouldEndAtOnceAndDropWhatComesLate_whenAnR2tIsGivenUp(int late) {
        TcpRig rig = TcpRig.enabled(true, true, 1);
        rig.feed(rig.command(TAG, true, 1024));
        rig.get(TAG, 0, 0, 0, 512);
        rig.get(TAG, 1, 512, 512, 512);
        int transferTag = r2t(rig.takePdus().getFirst()).targetTransferTag();
        rig.events.clear();
        rig.connection.cancelGetData(TAG);
        assertEquals(List.of("completed 5/0", "completed 5/1"), rig.events);
        rig.connection.deallocateTaskResources(TAG);
        assertEquals(List.of(), rig.takePdus());

        // Its place is in use again, and given up again.
        rig.feed(rig.command(TAG, true, 512));
        rig.get(TAG, 2, 0, 0, 512);
        int second = r2t(rig.takePdus().getFirst()).targetTransferTag();
        rig.connection.cancelGetData(TAG);
        rig.get(TAG, 3, 0, 0, 512);
        int third = r2t(rig.takePdus().getFirst()).targetTransferTag();
        assertNotEquals(second, third);
        rig.events.clear();
        byte[] part = Arrays.copyOf(DATA, late);
        rig.feed(rig.dataOut(TAG, transferTag, 0, 0, true, part));
        rig.feed(rig.dataOut(TAG, second, 0, 0, false, part), rig.dataOut(TAG, second, 1, late, true, part));
        assertEquals(List.of(), rig.events);
        assertArrayEquals(new byte[512], stored(rig));
        rig.feed(rig.dataOut(TAG, third, 0, 0, true, DATA));
        assertEquals(List.of("completed 5/3"), rig.events);
        assertArrayEquals(DATA, stored(rig));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndBehindThePdu_whenItsDataIsBeingRead(boolean isLast) {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 512));
        rig.get(TAG, 0, 0, 0, 512);
        int transferTag = r2t(rig.takePdus().getFirst()).targetTransferTag();
        byte[] pdu = rig.dataOut(TAG, transferTag, 0, 0, isLast, isLast ? DATA : Arrays.copyOf(DATA, 256));
        int half = Pdu.HEADER_LENGTH + 100;
        rig.feed(Arrays.copyOf(pdu, half));
        rig.events.clear();
        rig.connection.cancelGetData(TAG);
        rig.connection.cancelGetData(TAG);
        assertEquals(List.of(), rig.events, "octets are still read to its memory");
        rig.feed(Arrays.copyOfRange(pdu, half, pdu.length));
        assertEquals(List.of("completed 5/0"), rig.events);
        if (!isLast) {
            rig.feed(rig.dataOut(TAG, transferTag, 1, 256, true, Arrays.copyOf(DATA, 256)));
        }
        assertEquals(List.of("completed 5/0"), rig.events);
        assertFalse(rig.stream.isClosed());
    }

    @Test
    void shouldNeverSendTheR2t_whenItWaitsBehindData() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(0, false, TcpRig.MEMORY), rig.command(TAG, true, 512), rig.command(6, true, 512));
        rig.put(0, 0, 0, 0, TcpRig.MEMORY);
        rig.get(TAG, 0, 0, 0, 512);
        rig.get(6, 0, 0, 512, 512);
        rig.connection.cancelGetData(TAG);
        rig.get(6, 1, 0, 512, 512);
        List<byte[]> pdus = rig.takePdus();
        assertEquals(TcpRig.MEMORY / 1024 + 1, pdus.size());
        assertEquals(6, r2t(pdus.getLast()).initiatorTaskTag());
        assertTrue(rig.events.contains("completed 5/0"), rig.events::toString);
    }

    @Test
    void shouldCountForNoOtherTask_whenDataComesForOneThatWasDeallocated() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 512));
        rig.get(TAG, 0, 0, 0, 512);
        int old = r2t(rig.takePdus().getFirst()).targetTransferTag();
        rig.connection.deallocateTaskResources(TAG);
        rig.feed(rig.command(6, true, 1024));
        rig.get(6, 0, 0, 512, 512);
        rig.get(6, 1, 512, 1024, 512);
        assertEquals(1, rig.takePdus().size());
        rig.feed(rig.dataOut(TAG, old, 0, 0, true, DATA));
        assertTrue(rig.events.contains("completed 5/0"), rig.events::toString);
        assertEquals(List.of(), rig.takePdus(), "one R2T of the new task is outstanding");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1 << 10, 1 << 12, -(1 << 20), 1 << 30})
    void shouldEndTheConnection_whenTheTransferTagIsOfNoneThatWasGivenUp(int more) {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(TAG, true, 512));
        rig.get(TAG, 0, 0, 0, 512);
        int transferTag = r2t(rig.takePdus().getFirst()).targetTransferTag();
        if (more > 0) {
            rig.connection.cancelGetData(TAG);
        }
        rig.feed(rig.dataOut(TAG, transferTag + more, 0, 0, true, DATA));
        assertTrue(rig.stream.isClosed());
    }
}
