package io.ffmiser.datamover.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A connection whose initiator takes nothing for a while. */
class TcpBackPressureTest {
    /** As much as the headers that wait can be for. */
    private static final int ALL = TcpRig.MEMORY;

    private static boolean isA(byte[] pdu, Opcode opcode) {
        ResponsePdu header = new ResponsePdu();
        header.wrap(MemorySegment.ofArray(pdu), 0);
        return header.opcode() == opcode;
    }

    private static int number(byte[] pdu, int at) {
        return MemorySegment.ofArray(pdu).get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at);
    }

    @Test
    void shouldTakeNewCommands_whenResponsesWaitBehindTheirData() {
        TcpRig rig = TcpRig.enabled();
        for (int tag = 0; tag < 4; tag++) {
            rig.feed(rig.command(tag, false, ALL));
        }
        for (int tag = 0; tag < 4; tag++) {
            rig.put(tag, 0, 0, 0, ALL);
            rig.respond(tag);
        }
        rig.events.clear();
        // The window was opened by each response; one tag is in use again.
        for (int tag : new int[] {0, 11, 12, 13}) {
            rig.feed(rig.command(tag, false, 64));
        }
        assertEquals(List.of("control 1 0", "control 1 0", "control 1 0", "control 1 0"), rig.events);
        List<byte[]> responses = rig.takePdus().stream()
                .filter(pdu -> isA(pdu, Opcode.SCSI_RESPONSE))
                .toList();
        assertEquals(4, responses.size());
        for (byte[] response : responses) {
            ScsiResponsePdu pdu = new ScsiResponsePdu();
            pdu.wrap(MemorySegment.ofArray(response), 0);
            assertEquals(ALL / 1024, pdu.expDataSn());
        }
        rig.feed(rig.command(14, false, 64));
        assertTrue(rig.stream.isClosed(), "a fifth without a response");
    }

    @Test
    void shouldTakeNewCommands_whenTheyCameAndWentManyTimes() {
        TcpRig rig = TcpRig.enabled();
        for (int i = 0; i < 1000; i++) {
            rig.feed(rig.command(i, false, 64));
            rig.put(i, 0, 0, 0, 64);
            if (i % 3 == 0) {
                rig.connection.deallocateTaskResources(i);
            } else {
                rig.respond(i);
            }
            if (i % 2 == 0) {
                rig.takePdus();
            }
        }
        assertFalse(rig.stream.isClosed());
    }

    @Test
    void shouldEndTheConnection_whenDataAnswersAnR2tThatHasNotBeenSent() {
        int transferTag = 1 << 10 | 1;
        TcpRig honest = TcpRig.enabled();
        honest.feed(honest.command(0, false, 64), honest.command(1, true, 64));
        honest.put(0, 0, 0, 0, 64);
        honest.get(1, 0, 0, 0, 64);
        R2tPdu r2t = new R2tPdu();
        r2t.wrap(MemorySegment.ofArray(honest.takePdus().getLast()), 0);
        assertEquals(transferTag, r2t.targetTransferTag(), "what an initiator can guess");

        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(0, false, ALL), rig.command(1, true, 64));
        rig.put(0, 0, 0, 0, ALL);
        rig.get(1, 0, 0, 0, 64);
        byte[] data = new byte[64];
        data[7] = 7;
        rig.feed(rig.dataOut(1, transferTag, 0, 0, true, data));
        assertTrue(rig.stream.isClosed());
        assertArrayEquals(new byte[64], rig.memory.segment().asSlice(0, 64).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void shouldNeverGoBack_whenNumbersAreSentBehindDataThatWaits() {
        TcpRig rig = TcpRig.enabled();
        rig.feed(rig.command(0, false, ALL), rig.command(1, true, 64), rig.command(2, true, 64));
        rig.put(0, 0, 0, 0, ALL);
        rig.get(1, 0, 0, 0, 64);
        rig.respond(0);
        rig.expCmdSn += 5;
        rig.maxCmdSn += 5;
        rig.get(2, 0, 0, 64, 64);
        rig.respond(3);
        rig.expCmdSn += 5;
        rig.maxCmdSn += 5;
        List<byte[]> pdus = rig.takePdus();
        assertEquals(ALL / 1024 + 4, pdus.size());
        for (int i = 1; i < pdus.size(); i++) {
            byte[] before = pdus.get(i - 1);
            byte[] after = pdus.get(i);
            assertTrue(number(after, 28) >= number(before, 28), "ExpCmdSN");
            assertTrue(number(after, 32) >= number(before, 32), "MaxCmdSN");
            if (isA(before, Opcode.R2T)) {
                assertEquals(number(after, 24), number(before, 24), "an R2T has the StatSN of the next status");
            }
        }
    }
}
