package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Write commands that come before their turn (RFC 7143 section 4.2.2.1), and their data, which is not numbered and comes when it comes.
 * The simulated fabric is iWARP: a PDU that finds no receive ends the connection.
 */
class TargetHeldCommandTest {
    private static final int OK = 0;
    private static final int UNEXPECTED_DATA = 0x0B0C0C;
    private static final int WRONG_AMOUNT = 0x0B0C0D;
    private static final int WINDOW = TargetSettings.DEFAULT.initialCommandWindow();
    private static final int SEGMENT = 1024;
    /** Data-Out PDUs in a first burst. */
    private static final int PDUS = 4;

    private static final int BLOCKS = PDUS * SEGMENT / 512;
    private static final byte[] NOTHING = new byte[0];

    private static byte[] random(int length) {
        byte[] octets = new byte[length];
        new Random(length).nextBytes(octets);
        return octets;
    }

    /** A target that takes unsolicited Data-Out PDUs. */
    private static TargetRig unsolicitedRig() {
        return new TargetRig()
                .start(TargetRig.options()
                        .settings(TargetSettings.DEFAULT.withUnsolicitedData(true, false, SEGMENT, PDUS * SEGMENT))
                        .node(TargetRig.node().build())
                        .build());
    }

    /** Sends a WRITE of one first burst, all of it in Data-Out PDUs; returns its tag. */
    private static int sendWrite(TargetRig rig, HandMadeInitiator host, int block, byte[] data) {
        int tag = host.newTag();
        byte[] cdb = HandMadeInitiator.writeCdb(block, BLOCKS);
        host.send(host.command(tag, 0, cdb, 0, data.length, NOTHING, false));
        sendData(host, tag, data);
        rig.settle();
        return tag;
    }

    private static void sendData(HandMadeInitiator host, int tag, byte[] data) {
        for (int i = 0; i < PDUS; i++) {
            byte[] piece = Arrays.copyOfRange(data, i * SEGMENT, (i + 1) * SEGMENT);
            host.send(host.dataOut(tag, i, (long) i * SEGMENT, piece, i == PDUS - 1));
        }
    }

    /** Sends the request with the CmdSN that is missing. */
    private static void fillGap(HandMadeInitiator host, int missing) {
        int next = host.cmdSn;
        host.cmdSn = missing;
        host.send(host.nopOut(host.newTag(), Pdu.RESERVED_TAG, NOTHING, false));
        host.cmdSn = next;
        host.next(Opcode.NOP_IN);
    }

    @Test
    void shouldKeepImmediateData_whenTheCommandThenWaitsForABuffer() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits onlyOneChunk = TargetLimits.DEFAULT.withBufferPool(8192, 8192);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(onlyOneChunk).node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            int missing = host.cmdSn++;
            byte[] data = random(8192);
            for (int i = 0; i < 2; i++) {
                byte[] half = Arrays.copyOfRange(data, i * 4096, (i + 1) * 4096);
                host.send(host.command(host.newTag(), 0, HandMadeInitiator.writeCdb(i * 8, 8), 0, 4096, half, true));
            }
            rig.settle();
            fillGap(host, missing);
            assertEquals(1, store.heldCount(), "the second waits for the only buffer");
            store.releaseAll();
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            host.read(0, 0, 16, 65536);
            assertArrayEquals(data, host.get(65536, data.length));
        }
    }

    @Test
    void shouldTakeDataOut_whenItsCommandStillWaits() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(PDUS * SEGMENT);
            int missing = host.cmdSn++;
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, BLOCKS);
            host.send(host.command(tag, 0, cdb, 0, data.length, Arrays.copyOf(data, SEGMENT), false));
            host.send(host.dataOut(tag, 0, SEGMENT, Arrays.copyOfRange(data, SEGMENT, 2 * SEGMENT), false));
            rig.settle();
            fillGap(host, missing);
            // some data came before the command's turn, some comes after it
            host.send(host.dataOut(tag, 1, 2 * SEGMENT, Arrays.copyOfRange(data, 2 * SEGMENT, 3 * SEGMENT), false));
            host.send(host.dataOut(tag, 2, 3 * SEGMENT, Arrays.copyOfRange(data, 3 * SEGMENT, 4 * SEGMENT), true));
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            host.read(0, 0, BLOCKS, 65536);
            assertArrayEquals(data, host.get(65536, data.length));
        }
    }

    @Test
    void shouldHaveReceivesForTheMissingCommand_whenAllOthersWaitWithTheirData() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            int burst = PDUS * SEGMENT;
            byte[] data = random(WINDOW * burst);
            int missing = host.cmdSn++;
            for (int i = WINDOW - 1; i > 0; i--) {
                sendWrite(rig, host, i * BLOCKS, Arrays.copyOfRange(data, i * burst, (i + 1) * burst));
            }
            assertTrue(host.arrived.isEmpty());
            int next = host.cmdSn;
            host.cmdSn = missing;
            sendWrite(rig, host, 0, Arrays.copyOf(data, burst));
            host.cmdSn = next;
            for (int i = 0; i < WINDOW; i++) {
                assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
            host.read(0, 0, WINDOW * BLOCKS, 131072);
            assertArrayEquals(data, host.get(131072, data.length));
        }
    }

    @Test
    void shouldHaveReceivesForImmediates_whenAllOthersWait() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits onlyOneChunk = TargetLimits.DEFAULT.withBufferPool(8192, 8192);
        int immediates = onlyOneChunk.immediatesPerConnection() / 2;
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(onlyOneChunk).node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            int missing = host.cmdSn++;
            for (int i = 1; i < WINDOW; i++) {
                byte[] cdb = HandMadeInitiator.writeCdb(i * 8, 8);
                host.send(host.command(host.newTag(), 0, cdb, 0, 4096, new byte[4096], true));
            }
            for (int i = 0; i < immediates; i++) {
                byte[] cdb = HandMadeInitiator.writeCdb(i * 8, 8);
                byte[] immediate = host.command(host.newTag(), 0, cdb, 0, 4096, new byte[4096], true);
                immediate[0] |= 0x40;
                host.cmdSn--;
                host.send(immediate);
            }
            rig.settle();
            assertNull(host.end, "each that waits keeps its receive");
            fillGap(host, missing);
            store.releaseAll();
            for (int i = 1; i < WINDOW + immediates; i++) {
                assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
        }
    }

    @Test
    void shouldHaveAReceiveForAllThatWasPromised_whenItComesAtOnce() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits onlyOneChunk = TargetLimits.DEFAULT.withBufferPool(8192, 8192);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(onlyOneChunk).node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            host.send(host.nopOut(host.newTag(), Pdu.RESERVED_TAG, NOTHING, true));
            byte[] told = host.next(Opcode.NOP_IN);
            // ExpCmdSN to MaxCmdSN, and as many immediates as MaxOutstandingUnexpectedPDUs says
            int promised = HandMadeInitiator.maxCmdSn(told) - HandMadeInitiator.expCmdSn(told) + 1;
            int unexpected =
                    Integer.parseInt(rig.target().sessions().getFirst().keys().get("MaxOutstandingUnexpectedPDUs"));
            int missing = host.cmdSn++;
            for (int i = 1; i < promised; i++) {
                byte[] cdb = HandMadeInitiator.writeCdb(i * 8, 8);
                host.send(host.command(host.newTag(), 0, cdb, 0, 4096, new byte[4096], true));
            }
            assertEquals(missing + promised, host.cmdSn);
            for (int i = 0; i < unexpected; i++) {
                host.send(host.nopOut(host.newTag(), Pdu.RESERVED_TAG, NOTHING, true));
            }
            rig.settle();
            assertNull(host.end, "each found a receive");
            assertEquals(0, rig.fabric.counters().receiverNotReady());
            host.arrived.clear();
            fillGap(host, missing);
            store.releaseAll();
            for (int i = 1; i < promised; i++) {
                assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
        }
    }

    @Test
    void shouldTakeAShortLastDataOut_whenTheBurstIsNoMultipleOfTheSegment() {
        int burst = SEGMENT + 512;
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(TargetSettings.DEFAULT.withUnsolicitedData(true, false, SEGMENT, burst))
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(burst);
            int missing = host.cmdSn++;
            int tag = host.newTag();
            host.send(host.command(tag, 0, HandMadeInitiator.writeCdb(0, 3), 0, burst, NOTHING, false));
            host.send(host.dataOut(tag, 0, 0, Arrays.copyOf(data, SEGMENT), false));
            host.send(host.dataOut(tag, 1, SEGMENT, Arrays.copyOfRange(data, SEGMENT, burst), true));
            rig.settle();
            assertNull(host.end, "both have their receives");
            fillGap(host, missing);
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            host.read(0, 0, 3, 65536);
            assertArrayEquals(data, host.get(65536, burst));
        }
    }

    @Test
    void shouldEndTheConnection_whenMoreDataComesThanTheCommandMayBring() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            host.cmdSn++;
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, BLOCKS);
            host.send(host.command(tag, 0, cdb, 0, PDUS * SEGMENT, NOTHING, false));
            for (int i = 0; i < PDUS; i++) {
                host.send(host.dataOut(tag, i, i, new byte[1], false));
            }
            rig.settle();
            assertNull(host.end);
            long errors = rig.target().counters().protocolErrors();
            host.send(host.dataOut(tag, PDUS, PDUS, new byte[1], false));
            rig.settle();
            assertNotNull(host.end, "it may not take the receives of others");
            assertEquals(errors + 1, rig.target().counters().protocolErrors());
        }
    }

    @Test
    void shouldFailTheCommand_whenItsHeldDataIsOutOfOrder() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            int missing = host.cmdSn++;
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, BLOCKS);
            host.send(host.command(tag, 0, cdb, 0, PDUS * SEGMENT, NOTHING, false));
            host.send(host.dataOut(tag, 1, SEGMENT, new byte[SEGMENT], false));
            host.send(host.dataOut(tag, 0, 0, new byte[SEGMENT], true));
            rig.settle();
            fillGap(host, missing);
            assertEquals(WRONG_AMOUNT, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldFailTheCommandAndKeepNothing_whenItsDataWasNotNegotiated() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            int missing = host.cmdSn++;
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, BLOCKS);
            host.send(host.command(tag, 0, cdb, 0, PDUS * SEGMENT, NOTHING, false));
            for (int i = 0; i < 100; i++) {
                host.send(host.dataOut(tag, i, i, new byte[1], false));
                rig.settle();
            }
            fillGap(host, missing);
            assertEquals(UNEXPECTED_DATA, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldGiveTheReceivesOfTheDataBack_whenTheCommandIsAborted() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(PDUS * SEGMENT);
            for (int i = 0; i < 2 * WINDOW; i++) {
                int missing = host.cmdSn++;
                int refCmdSn = host.cmdSn;
                int tag = sendWrite(rig, host, 0, data);
                host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, tag, refCmdSn));
                assertEquals(0, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
                fillGap(host, missing);
                // and more of it that was under way
                sendData(host, tag, data);
                rig.settle();
            }
            assertNull(host.end);
            sendWrite(rig, host, 0, data);
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
        }
    }

    @Test
    void shouldGiveTheReceivesOfTheDataBack_whenTheCommandIsRejected() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(PDUS * SEGMENT);
            for (int i = 0; i < 2 * WINDOW; i++) {
                int missing = host.cmdSn++;
                int rejected = host.cmdSn;
                int tag = host.newTag();
                // neither F nor W (RFC 7143 section 11.3.1)
                host.send(host.command(tag, 0, new byte[6], 0, 0, NOTHING, false));
                sendData(host, tag, data);
                rig.settle();
                fillGap(host, missing);
                host.next(Opcode.REJECT);
                host.cmdSn = rejected;
            }
            assertNull(host.end);
            sendWrite(rig, host, 0, data);
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
        }
    }
}
