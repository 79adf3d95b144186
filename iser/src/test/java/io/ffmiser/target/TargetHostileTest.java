package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Peers that send what they like: they are cut off, others go on, and nothing is left behind (the rig checks that when it closes). */
class TargetHostileTest {
    private static void checkStillServing(TargetRig rig, HandMadeInitiator host) {
        host.put(0, new byte[] {1, 2, 3, 4});
        assertEquals(0, host.write(0, 0, 8, 0)[3]);
        assertEquals(0, host.read(0, 0, 8, 8192)[3]);
        assertArrayEquals(new byte[] {1, 2, 3, 4}, host.get(8192, 4));
        assertTrue(rig.fabric.handlerFailures().isEmpty());
    }

    @Test
    void shouldSurvive_whenRubbishComesInsteadOfALogin() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            Random random = new Random(5);
            for (int i = 0; i < 60; i++) {
                HandMadeInitiator bad =
                        rig.initiator("iqn.2026-11.io.ffmiser:bad").connect();
                byte[] rubbish = new byte[random.nextInt(300)];
                random.nextBytes(rubbish);
                if (i % 3 == 0 && rubbish.length > 77) {
                    rubbish[0] = 0x10;
                    rubbish[28] = 0x43;
                }
                bad.sendRaw(rubbish);
                rig.settle();
                bad.close();
            }
            rig.pass(Duration.ofSeconds(16));
            assertEquals(1, rig.target().counters().connections());
            checkStillServing(rig, good);
        }
    }

    @Test
    void shouldSurvive_whenAPduAnnouncesMoreThanCame() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            HandMadeInitiator half = rig.loggedIn("iqn.2026-11.io.ffmiser:half", 2);
            byte[] command = half.command(0, new byte[6]);
            command[5] = (byte) 0xFF;
            command[6] = (byte) 0xFF;
            command[7] = (byte) 0xFF;
            half.send(command);
            rig.runUntil(() -> half.end != null, "the end of the connection");
            HandMadeInitiator cut = rig.loggedIn("iqn.2026-11.io.ffmiser:cut", 2);
            cut.sendRaw(new byte[40]);
            rig.runUntil(() -> cut.end != null, "the end of the connection");
            checkStillServing(rig, good);
        }
    }

    @Test
    void shouldTouchNothingBeyond_whenLengthsAreHuge() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            // 4 GiB - 1 expected, and as much as READ (10) can ask for, into 512 octets exposed
            byte[] beyond = new byte[65536];
            new Random(6).nextBytes(beyond);
            host.put(512, beyond);
            Exposure small = host.expose(0, 512, Access.REMOTE_WRITE);
            byte[] cdb = HandMadeInitiator.readCdb(0, 8192);
            host.send(host.command(host.newTag(), 0, cdb, 0xFFFF_FFFFL, 0, new byte[0], true), null, small);
            rig.runUntil(() -> host.end != null, "the end of the connection that is told lies");
            assertArrayEquals(beyond, host.get(512, beyond.length));
            HandMadeInitiator next = rig.loggedIn("iqn.2026-11.io.ffmiser:next", 2);
            checkStillServing(rig, next);
        }
    }

    /** A target whose data passes through the pool. */
    private static TargetRig pooled() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        return new TargetRig().start(TargetRig.options().node(node).build());
    }

    /** A write command that advertises a buffer of no octets. */
    private static byte[] emptyWrite(HandMadeInitiator host, int tag) {
        byte[] pdu = host.command(tag, 0, HandMadeInitiator.writeCdb(0, 8), 0, 0, new byte[0], true);
        pdu[1] |= (byte) 0x20;
        return pdu;
    }

    /** An ordered write with the tag, of a whole buffer, then some more by others. */
    private static void checkTagIsFree(HandMadeInitiator host, int tag) {
        Exposure whole = host.expose(0, 4096, Access.REMOTE_READ);
        byte[] pdu = host.command(tag, 0, HandMadeInitiator.writeCdb(0, 8), 0, 4096, new byte[0], true);
        pdu[1] = (byte) ((pdu[1] & ~7) | ScsiCommandPdu.ORDERED);
        host.send(pdu, whole, null);
        byte[] response = host.next(Opcode.SCSI_RESPONSE);
        assertEquals(tag, HandMadeInitiator.field(response, 16));
        assertEquals(0, response[3]);
        whole.withdraw(0);
    }

    @Test
    void shouldForgetWhatWasAdvertised_whenACommandIsOutsideTheWindow() {
        try (TargetRig rig = pooled()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure empty = host.expose(0, 1, Access.REMOTE_READ);
            int cmdSn = host.cmdSn;
            host.cmdSn += 5000;
            host.send(emptyWrite(host, 5), empty, null);
            host.cmdSn = cmdSn;
            checkTagIsFree(host, 5);
            checkStillServing(rig, host);
        }
    }

    @Test
    void shouldForgetWhatWasAdvertised_whenACommandIsADuplicate() {
        try (TargetRig rig = pooled()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure empty = host.expose(0, 1, Access.REMOTE_READ);
            int cmdSn = host.cmdSn;
            host.cmdSn = cmdSn + 1;
            host.send(host.command(6, 0, new byte[6], 0, 0, new byte[0], true));
            host.cmdSn = cmdSn + 1;
            host.send(emptyWrite(host, 5), empty, null);
            host.cmdSn = cmdSn;
            host.send(host.command(7, 0, new byte[6], 0, 0, new byte[0], true));
            host.next(Opcode.SCSI_RESPONSE);
            host.next(Opcode.SCSI_RESPONSE);
            host.cmdSn = cmdSn + 2;
            checkTagIsFree(host, 5);
            checkStillServing(rig, host);
        }
    }

    @Test
    void shouldForgetWhatWasAdvertised_whenACommandIsRejected() {
        try (TargetRig rig = pooled()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure empty = host.expose(0, 1, Access.REMOTE_READ);
            int cmdSn = host.cmdSn;
            byte[] both = emptyWrite(host, 5);
            both[1] |= (byte) 0x40;
            host.send(both, empty, null);
            host.next(Opcode.REJECT);
            host.cmdSn = cmdSn;
            checkTagIsFree(host, 5);
            checkStillServing(rig, host);
        }
    }

    @Test
    void shouldForgetWhatWasAdvertised_whenACommandIsAbortedInTheWindow() {
        try (TargetRig rig = pooled()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure empty = host.expose(0, 1, Access.REMOTE_READ);
            int cmdSn = host.cmdSn;
            host.cmdSn = cmdSn + 1;
            host.send(emptyWrite(host, 5), empty, null);
            host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, 5, cmdSn + 1));
            host.next(Opcode.TASK_MANAGEMENT_RESPONSE);
            host.cmdSn = cmdSn;
            host.send(host.command(6, 0, new byte[6], 0, 0, new byte[0], true));
            host.next(Opcode.SCSI_RESPONSE);
            host.cmdSn = cmdSn + 2;
            checkTagIsFree(host, 5);
            checkStillServing(rig, host);
        }
    }

    @Test
    void shouldReject_whenATagIsThatOfACommandThatWaitsForItsTurn() {
        try (TargetRig rig = pooled()) {
            HandMadeInitiator host = rig.loggedIn();
            Exposure empty = host.expose(0, 1, Access.REMOTE_READ);
            Exposure whole = host.expose(0, 4096, Access.REMOTE_READ);
            int cmdSn = host.cmdSn;
            host.cmdSn = cmdSn + 1;
            host.send(emptyWrite(host, 5), empty, null);
            host.cmdSn = cmdSn;
            host.send(host.command(5, 0, HandMadeInitiator.writeCdb(0, 8), 0, 4096, new byte[0], true), whole, null);
            host.next(Opcode.REJECT);
            host.cmdSn = cmdSn;
            host.send(host.command(6, 0, new byte[6], 0, 0, new byte[0], true));
            host.next(Opcode.SCSI_RESPONSE);
            host.next(Opcode.SCSI_RESPONSE);
            host.cmdSn = cmdSn + 2;
            checkTagIsFree(host, 5);
            checkStillServing(rig, host);
        }
    }

    @Test
    void shouldSurvive_whenPdusAreMutated() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            Random random = new Random(99);
            for (int round = 0; round < 40; round++) {
                HandMadeInitiator bad =
                        rig.initiator("iqn.2026-11.io.ffmiser:bad").connect();
                bad.isidQualifier = 2;
                bad.login(TargetRig.NODE);
                for (int i = 0; i < 20 && bad.end == null; i++) {
                    byte[] pdu = switch (random.nextInt(4)) {
                        case 0 ->
                            bad.command(bad.newTag(), 0, HandMadeInitiator.writeCdb(0, 1), 0, 512, new byte[512], true);
                        case 1 -> bad.nopOut(bad.newTag(), -1, new byte[8], random.nextBoolean());
                        case 2 -> bad.text(bad.newTag(), -1, "SendTargets=\0");
                        default -> bad.command(0, new byte[6]);
                    };
                    int flips = 1 + random.nextInt(4);
                    for (int flip = 0; flip < flips; flip++) {
                        pdu[random.nextInt(pdu.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    bad.send(pdu);
                    if (random.nextInt(3) == 0) {
                        rig.settle();
                    }
                }
                rig.settle();
                bad.close();
                rig.settle();
            }
            checkStillServing(rig, good);
            assertEquals(1, rig.target().counters().sessions());
        }
    }
}
