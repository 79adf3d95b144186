package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.scsiResponse;
import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Data of commands: solicited, immediate, unsolicited; residuals and sense. */
class TargetDataTest {
    private static final int OK = 0;
    private static final int CHECK_CONDITION = 2;
    private static final int UNEXPECTED_DATA = 0x0B0C0C;
    private static final int WRONG_AMOUNT = 0x0B0C0D;
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
                        .settings(TargetSettings.DEFAULT.withUnsolicitedData(true, false, 1024, 4096))
                        .node(TargetRig.node().build())
                        .build());
    }

    @Test
    void shouldReadBackWhatWasWritten_whenSolicited() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(512 * 400);
            host.put(0, data);
            assertEquals(OK, host.write(0, 100, 400, 0)[3]);
            byte[] response = host.read(0, 100, 400, 512 * 1000);
            assertEquals(OK, response[3]);
            assertArrayEquals(data, host.get(512 * 1000, data.length));
            assertEquals(data.length, rig.target().counters().rdmaReadBytes());
            assertEquals(data.length, rig.target().counters().rdmaWriteBytes());
            assertEquals(0, rig.target().counters().copiedBytes());
        }
    }

    @Test
    void shouldRefuseLongerTransfers_whenTheNodeLimitsThem() {
        TargetNode node = TargetRig.node().maxTransferBytes(8192).build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            assertEquals(OK, host.read(0, 0, 16, 0)[3]);
            assertEquals(CHECK_CONDITION, host.read(0, 0, 17, 0)[3]);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> TargetRig.node().maxTransferBytes(1000).build());
    }

    @Test
    void shouldMoveDataThroughThePool_whenTheStoreHasNoView() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(512 * 700);
            host.put(0, data);
            assertEquals(OK, host.write(0, 3, 700, 0)[3]);
            assertEquals(OK, host.read(0, 3, 700, 512 * 1000)[3]);
            assertArrayEquals(data, host.get(512 * 1000, data.length));
        }
        assertTrue(store.closed);
    }

    @Test
    void shouldReadIntoMemoryThatPeersMayWrite_whenTheDeviceWantsThatOfAReadSink() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode pooled =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        for (TargetNode node : List.of(pooled, TargetRig.node().build())) {
            try (TargetRig rig = new TargetRig(SimOptions.HARDWARE_IWARP, FaultPlan.NONE)
                    .start(TargetRig.options().node(node).build())) {
                HandMadeInitiator host = rig.loggedIn();
                byte[] data = random(512 * 300);
                host.put(0, data);
                long reads = rig.fabric.counters().readBytes();
                assertEquals(OK, host.write(0, 3, 300, 0)[3]);
                assertEquals(data.length, rig.fabric.counters().readBytes() - reads);
                assertEquals(0, rig.fabric.counters().localErrors(), "the device refuses other sinks");
                assertEquals(OK, host.read(0, 3, 300, 512 * 1000)[3]);
                assertArrayEquals(data, host.get(512 * 1000, data.length));
            }
        }
    }

    @Test
    void shouldSplitTransfers_whenTheyExceedMaxBurstLength() {
        TargetSettings settings = TargetSettings.DEFAULT.withMaxBurstLength(4096);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(settings)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(512 * 100);
            host.put(0, data);
            long reads = rig.fabric.counters().reads();
            long writes = rig.fabric.counters().writes();
            assertEquals(OK, host.write(0, 0, 100, 0)[3]);
            assertEquals(OK, host.read(0, 0, 100, 512 * 1000)[3]);
            assertArrayEquals(data, host.get(512 * 1000, data.length));
            assertEquals(13, rig.fabric.counters().reads() - reads);
            assertEquals(13, rig.fabric.counters().writes() - writes);
        }
    }

    @Test
    void shouldTakeImmediateData_whenItComesWithTheCommand() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(4096);
            byte[] cdb = HandMadeInitiator.writeCdb(8, 8);
            host.send(host.command(host.newTag(), 0, cdb, 0, 4096, data, true));
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            host.read(0, 8, 8, 0);
            assertArrayEquals(data, host.get(0, 4096));
            assertEquals(4096, rig.target().counters().immediateBytes());
        }
    }

    @Test
    void shouldSolicitTheRest_whenImmediateDataIsTheBeginning() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(8192);
            host.put(0, data);
            // Write Base Offset names the first solicited octet
            Exposure rest = host.expose(1000, 8192 - 1000, Access.REMOTE_READ);
            byte[] first = Arrays.copyOf(data, 1000);
            byte[] cdb = HandMadeInitiator.writeCdb(0, 16);
            host.send(host.command(host.newTag(), 0, cdb, 0, 8192, first, true), rest, null);
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            rest.withdraw(0);
            host.read(0, 0, 16, 65536);
            assertArrayEquals(data, host.get(65536, 8192));
        }
    }

    @Test
    void shouldKeepImmediateData_whenTheCommandWaitsForABuffer() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits onlyOneChunk = TargetLimits.DEFAULT.withBufferPool(8192, 8192);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(onlyOneChunk).node(node).build())) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            for (int i = 0; i < 8; i++) {
                byte[] data = new byte[4096];
                Arrays.fill(data, (byte) (i + 1));
                byte[] cdb = HandMadeInitiator.writeCdb(i * 8, 8);
                host.send(host.command(host.newTag(), 0, cdb, 0, 4096, data, true));
            }
            rig.settle();
            assertEquals(1, store.heldCount());
            store.releaseAll();
            rig.settle();
            for (int i = 0; i < 8; i++) {
                assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            }
            host.read(0, 0, 64, 0);
            for (int i = 0; i < 8; i++) {
                assertEquals(i + 1, host.get(i * 4096L, 1)[0]);
                assertEquals(i + 1, host.get(i * 4096L + 4095, 1)[0]);
            }
            assertTrue(rig.target().counters().bufferWaits() >= 7);
        }
    }

    @Test
    void shouldTakeTurnsBetweenSessions_whenThePoolIsSpent() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        TargetLimits onlyOneChunk = TargetLimits.DEFAULT.withBufferPool(8192, 8192);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options().limits(onlyOneChunk).node(node).build())) {
            HandMadeInitiator greedy = rig.loggedIn("iqn.2026-11.io.ffmiser:greedy", 1);
            HandMadeInitiator modest = rig.loggedIn("iqn.2026-11.io.ffmiser:modest", 1);
            store.holding = true;
            Exposure sink = greedy.expose(0, 8192, Access.REMOTE_WRITE);
            Exposure other = modest.expose(0, 8192, Access.REMOTE_WRITE);
            for (int i = 0; i < 20; i++) {
                byte[] cdb = HandMadeInitiator.readCdb(0, 1);
                greedy.send(greedy.command(greedy.newTag(), 0, cdb, 512, 0, NOTHING, true), null, sink);
            }
            rig.settle();
            byte[] cdb = HandMadeInitiator.readCdb(0, 1);
            modest.send(modest.command(modest.newTag(), 0, cdb, 512, 0, NOTHING, true), null, other);
            rig.settle();
            int served = 0;
            while (modest.arrived.isEmpty()) {
                store.releaseOne();
                rig.settle();
                served++;
            }
            assertTrue(served <= 4, "served " + served + " before the other session's only command");
            store.releaseAll();
            rig.settle();
        }
    }

    @Test
    void shouldTakeUnsolicitedDataOut_whenInitialR2tIsNo() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] data = random(8192);
            host.put(0, data);
            Exposure rest = host.expose(4096, 4096, Access.REMOTE_READ);
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, 16);
            host.send(host.command(tag, 0, cdb, 0, 8192, Arrays.copyOf(data, 1024), false), rest, null);
            for (int i = 1; i < 4; i++) {
                byte[] piece = Arrays.copyOfRange(data, i * 1024, (i + 1) * 1024);
                host.send(host.dataOut(tag, i - 1, i * 1024L, piece, i == 3));
            }
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
            rest.withdraw(0);
            host.read(0, 0, 16, 65536);
            assertArrayEquals(data, host.get(65536, 8192));
        }
    }

    @Test
    void shouldEndTheConnection_whenAnnouncedDataDoesNotCome() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure source = host.expose(0, 4096, Access.REMOTE_READ);
            byte[] cdb = HandMadeInitiator.writeCdb(0, 8);
            host.send(host.command(host.newTag(), 0, cdb, 0, 4096, NOTHING, false), source, null);
            for (int i = 0; i < 5; i++) {
                host.send(host.nopOut(host.newTag(), -1, NOTHING, true));
                host.next(Opcode.NOP_IN);
                rig.pass(Duration.ofSeconds(5));
            }
            assertTrue(host.end == null, "within the time");
            for (int i = 0; i < 2 && host.end == null; i++) {
                host.send(host.nopOut(host.newTag(), -1, NOTHING, true));
                rig.pass(Duration.ofSeconds(5));
            }
            assertTrue(host.end != null, "it may not hold its command open for ever");
        }
    }

    @Test
    void shouldFailTheCommand_whenUnsolicitedDataIsTooShort() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, 4);
            host.send(host.command(tag, 0, cdb, 0, 2048, new byte[1024], false));
            host.send(host.dataOut(tag, 0, 1024, new byte[512], true));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            assertEquals(WRONG_AMOUNT, sense(response));
            // and the tag is free again
            host.send(host.command(tag, 0, new byte[6], 0, 0, NOTHING, true));
            assertEquals(OK, host.next(Opcode.SCSI_RESPONSE)[3]);
        }
    }

    @Test
    void shouldFailTheCommand_whenUnsolicitedDataExceedsFirstBurstLength() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, 64);
            host.send(host.command(tag, 0, cdb, 0, 64 * 512, new byte[1024], false));
            host.send(host.dataOut(tag, 0, 1024, new byte[1024], false));
            host.send(host.dataOut(tag, 1, 2048, new byte[1024], false));
            host.send(host.dataOut(tag, 2, 3072, new byte[1024], false));
            host.send(host.dataOut(tag, 3, 4096, new byte[1024], true));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(WRONG_AMOUNT, sense(response));
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "the rest is dropped in silence");
        }
    }

    @Test
    void shouldFailTheCommand_whenDataOutIsOutOfOrder() {
        try (TargetRig rig = unsolicitedRig()) {
            HandMadeInitiator host = rig.loggedIn();
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, 8);
            host.send(host.command(tag, 0, cdb, 0, 4096, new byte[1024], false));
            host.send(host.dataOut(tag, 0, 2048, new byte[1024], true));
            assertEquals(WRONG_AMOUNT, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldFailTheCommand_whenDataComesThatWasNotAllowed() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            // InitialR2T=Yes: no Data-Out may be announced
            int tag = host.newTag();
            byte[] cdb = HandMadeInitiator.writeCdb(0, 16);
            host.send(host.command(tag, 0, cdb, 0, 8192, new byte[4096], false));
            host.send(host.dataOut(tag, 0, 4096, new byte[4096], true));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            assertEquals(UNEXPECTED_DATA, sense(response));
            // a read has no immediate data
            host.send(host.command(host.newTag(), 0, HandMadeInitiator.readCdb(0, 1), 512, 0, new byte[512], true));
            assertEquals(UNEXPECTED_DATA, sense(host.next(Opcode.SCSI_RESPONSE)));
            // more than the command expects
            host.send(host.command(host.newTag(), 0, HandMadeInitiator.writeCdb(0, 1), 0, 512, new byte[1024], true));
            assertEquals(WRONG_AMOUNT, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldFailTheCommand_whenImmediateDataIsNotNegotiated() {
        TargetSettings settings = TargetSettings.DEFAULT.withImmediateData(false);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(settings)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            host.send(host.command(host.newTag(), 0, HandMadeInitiator.writeCdb(0, 1), 0, 512, new byte[512], true));
            assertEquals(UNEXPECTED_DATA, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldTellResiduals_whenLengthsDiffer() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            // underflow: one block into a buffer of four
            Exposure sink = host.expose(0, 2048, Access.REMOTE_WRITE);
            byte[] one = HandMadeInitiator.readCdb(0, 1);
            host.send(host.command(host.newTag(), 0, one, 2048, 0, NOTHING, true), null, sink);
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertTrue(scsiResponse(response).isUnderflow());
            assertFalse(scsiResponse(response).isOverflow());
            assertEquals(1536, scsiResponse(response).residualCount());
            // overflow: four blocks where one is expected; nothing beyond it is touched, though all of it is exposed
            sink.withdraw(0);
            byte[] beyond = random(1536);
            host.put(512, beyond);
            Exposure large = host.expose(0, 2048, Access.REMOTE_WRITE);
            byte[] four = HandMadeInitiator.readCdb(0, 4);
            host.send(host.command(host.newTag(), 0, four, 512, 0, NOTHING, true), null, large);
            response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(OK, response[3]);
            assertTrue(scsiResponse(response).isOverflow());
            assertEquals(1536, scsiResponse(response).residualCount());
            assertArrayEquals(beyond, host.get(512, beyond.length));
            large.withdraw(0);
        }
    }

    @Test
    void shouldTellTheResidual_whenAWriteTakesLessThanWasOffered() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] one = HandMadeInitiator.writeCdb(0, 1);
            host.send(host.command(host.newTag(), 0, one, 0, 2048, new byte[2048], true));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(OK, response[3]);
            assertTrue(scsiResponse(response).isUnderflow());
            assertFalse(scsiResponse(response).isOverflow());
            assertEquals(1536, scsiResponse(response).residualCount());
            // one that is refused takes nothing
            byte[] four = HandMadeInitiator.writeCdb(0, 4);
            host.send(host.command(host.newTag(), 0, four, 0, 512, new byte[512], true));
            response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            assertTrue(scsiResponse(response).isUnderflow());
            assertEquals(512, scsiResponse(response).residualCount());
            // nor does it fetch what it would need, though all of that is exposed
            Exposure source = host.expose(0, 2048, Access.REMOTE_READ);
            long reads = rig.fabric.counters().reads();
            host.send(host.command(host.newTag(), 0, four, 0, 512, NOTHING, true), source, null);
            response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            assertEquals(0, response[2], "only with Response 0, completed at the target");
            assertEquals(512, scsiResponse(response).residualCount());
            assertEquals(reads, rig.fabric.counters().reads());
        }
    }

    @Test
    void shouldSendSenseWithItsLength_whenACommandFails() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            host.send(host.command(0, (byte) 0xFF, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0));
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            byte[] data = HandMadeInitiator.data(response);
            int senseLength = (data[0] & 0xFF) << 8 | (data[1] & 0xFF);
            assertEquals(data.length - 2, senseLength);
            assertTrue(senseLength >= 18 && data.length <= 128);
            assertEquals(0x052000, sense(response));
        }
    }

    @Test
    void shouldRefuseBidirectionalCommands_whenOneComes() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] plain = host.command(host.newTag(), 0, new byte[10], 512, 512, NOTHING, true);
            byte[] octets = Arrays.copyOf(plain, plain.length + 8);
            MemorySegment segment = MemorySegment.ofArray(octets);
            AdditionalHeaderSegments.writeBidirectionalReadLength(segment, 48, 512);
            ScsiCommandPdu pdu = new ScsiCommandPdu();
            pdu.wrap(segment, 0);
            pdu.setAhsLength(8);
            host.send(octets);
            byte[] response = host.next(Opcode.SCSI_RESPONSE);
            assertEquals(CHECK_CONDITION, response[3]);
            assertEquals(0x052000, sense(response));
        }
    }

    @Test
    void shouldPassTheWholeCdbOn_whenItIsExtended() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] cdb = new byte[32];
            cdb[0] = 0x7F;
            cdb[7] = 24;
            byte[] plain = host.command(host.newTag(), 0, cdb, 0, 0, NOTHING, true);
            byte[] octets = Arrays.copyOf(plain, plain.length + 20);
            MemorySegment segment = MemorySegment.ofArray(octets);
            int ahs = AdditionalHeaderSegments.writeExtendedCdb(segment, 48, cdb, 32);
            ScsiCommandPdu pdu = new ScsiCommandPdu();
            pdu.wrap(segment, 0);
            pdu.setAhsLength(ahs);
            host.send(octets);
            // no such operation code, but the AHS was no data
            assertEquals(0x052000, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldRejectTheCommand_whenItsAhsIsMalformed() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] plain = host.command(host.newTag(), 0, new byte[10], 0, 0, NOTHING, true);
            byte[] octets = Arrays.copyOf(plain, plain.length + 8);
            octets[4] = 2;
            octets[48] = 0x7F;
            octets[50] = 1;
            host.send(octets);
            byte[] reject = host.next(Opcode.REJECT);
            assertEquals(RejectReason.INVALID_PDU_FIELD.code(), reject[2]);
            assertNotEquals(host.cmdSn, HandMadeInitiator.expCmdSn(reject), "its CmdSN was not received");
        }
    }
}
