package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.store.MemoryStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 7143 section 11.4.2: a command that fails is answered once the last data that it announced has come. */
class TargetEarlyEndTest {
    private static final int PIECE = 1024;
    private static final int BURST = 4096;
    private static final byte[] NOTHING = new byte[0];

    private static TargetRig rig(boolean initialR2t) {
        TargetNode node = TargetRig.node()
                .logicalUnit(1, owner -> new MemoryStore(1 << 20, 512, true, owner))
                .build();
        return new TargetRig()
                .start(TargetRig.options()
                        .settings(TargetSettings.DEFAULT.withUnsolicitedData(true, initialR2t, PIECE, BURST))
                        .node(node)
                        .build());
    }

    /** A command that announces a burst, of which the first piece comes with it. */
    private static byte[] announcing(HandMadeInitiator host, int tag, int lun, byte[] cdb) {
        return host.command(tag, lun, cdb, 0, BURST, new byte[PIECE], false);
    }

    /** Sends the rest of the burst; nothing is answered before its end. */
    private static void sendRest(TargetRig rig, HandMadeInitiator host, int tag) {
        for (int i = 1; i < BURST / PIECE; i++) {
            rig.settle();
            assertTrue(host.arrived.isEmpty(), () -> "answered early: " + Arrays.toString(host.arrived.peek()));
            host.send(host.dataOut(tag, i - 1, (long) i * PIECE, new byte[PIECE], i == BURST / PIECE - 1));
        }
    }

    /** The same tag names another command at once, and gets only that one's data. */
    private static void checkTagIsFree(TargetRig rig, HandMadeInitiator host, int tag) {
        byte[] data = new byte[BURST];
        Arrays.fill(data, (byte) 7);
        host.send(host.command(tag, 0, HandMadeInitiator.writeCdb(8, 8), 0, BURST, Arrays.copyOf(data, PIECE), false));
        for (int i = 1; i < BURST / PIECE; i++) {
            host.send(host.dataOut(tag, i - 1, (long) i * PIECE, Arrays.copyOf(data, PIECE), i == BURST / PIECE - 1));
        }
        assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
        host.read(0, 8, 8, 0);
        assertArrayEquals(data, host.get(0, BURST));
        rig.settle();
        assertTrue(host.arrived.isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "write-protected, 1, 072700, 2a 00 00 00 00 00 00 00 08 00",
        "LBA out of range, 0, 052100, 2a 00 7f ff ff ff 00 00 08 00",
        "no such logical unit, 9, 052500, 2a 00 00 00 00 00 00 00 08 00",
        "no such command, 0, 052000, ff 00 00 00 00 00 00 00 00 00",
        "reserved bit, 0, 052400, 2a 01 00 00 00 00 00 00 08 00",
        "fewer data than the CDB names, 0, 050e03, 2a 00 00 00 00 00 00 00 40 00",
        "parameter list too long, 0, 052400, 42 00 00 00 00 00 00 7f ff 00",
        "nothing to write, 0, -1, 2a 00 00 00 00 00 00 00 00 00",
    })
    void shouldAnswerBehindTheLastData_whenTheCommandEndsEarly(String reason, int lun, String expected, String cdb) {
        try (TargetRig rig = rig(false)) {
            HandMadeInitiator host = rig.loggedIn();
            host.clearUnitAttention(1);
            int tag = host.newTag();
            host.send(announcing(host, tag, lun, HexFormat.ofDelimiter(" ").parseHex(cdb)));
            sendRest(rig, host, tag);
            int wanted = expected.equals("-1") ? -1 : HexFormat.fromHexDigits(expected);
            assertEquals(wanted, sense(host.next(Opcode.SCSI_RESPONSE)), reason);
            checkTagIsFree(rig, host, tag);
        }
    }

    @Test
    void shouldAnswerBehindTheLastData_whenAUnitAttentionIsPending() {
        try (TargetRig rig = rig(false)) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 1);
            other.send(other.taskManagement(TaskManagementFunction.LOGICAL_UNIT_RESET, 0, -1, 0));
            other.next(Opcode.TASK_MANAGEMENT_RESPONSE);
            int tag = host.newTag();
            host.send(announcing(host, tag, 0, HandMadeInitiator.writeCdb(0, 8)));
            sendRest(rig, host, tag);
            assertEquals(0x06, sense(host.next(Opcode.SCSI_RESPONSE)) >> 16);
            checkTagIsFree(rig, host, tag);
        }
    }

    @Test
    void shouldAnswerBehindTheLastData_whenTheDataItselfIsWrong() {
        try (TargetRig rig = rig(false)) {
            HandMadeInitiator host = rig.loggedIn();
            int tag = host.newTag();
            host.send(announcing(host, tag, 0, HandMadeInitiator.writeCdb(0, 8)));
            host.send(host.dataOut(tag, 0, 3 * PIECE, new byte[PIECE], false));
            rig.settle();
            assertTrue(host.arrived.isEmpty(), "more is announced");
            host.send(host.dataOut(tag, 1, PIECE, new byte[PIECE], true));
            assertEquals(0x0B0C0D, sense(host.next(Opcode.SCSI_RESPONSE)));
            checkTagIsFree(rig, host, tag);
        }
    }

    @Test
    void shouldAnswerBehindTheLastData_whenNoneWasAllowed() {
        try (TargetRig rig = rig(true)) {
            HandMadeInitiator host = rig.loggedIn();
            int tag = host.newTag();
            host.send(announcing(host, tag, 0, HandMadeInitiator.writeCdb(0, 8)));
            sendRest(rig, host, tag);
            assertEquals(0x0B0C0C, sense(host.next(Opcode.SCSI_RESPONSE)));
            host.send(host.command(tag, 0, new byte[6], 0, 0, NOTHING, true));
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
        }
    }

    @Test
    void shouldAnswerAfterAWhile_whenTheRestOfWhatFailedDoesNotCome() {
        for (boolean initialR2t : new boolean[] {false, true}) {
            try (TargetRig rig = rig(initialR2t)) {
                HandMadeInitiator host = rig.loggedIn();
                int tag = host.newTag();
                host.send(announcing(host, tag, 9, HandMadeInitiator.writeCdb(0, 8)));
                rig.pass(Duration.ofSeconds(4));
                assertTrue(host.arrived.isEmpty(), "it may still come");
                rig.pass(Duration.ofSeconds(2));
                byte[] response = host.next(Opcode.SCSI_RESPONSE);
                assertEquals(initialR2t ? 0x0B0C0C : 0x052500, sense(response));
                host.send(host.dataOut(tag, 0, PIECE, new byte[PIECE], true));
                host.send(host.command(tag, 0, new byte[6], 0, 0, NOTHING, true));
                assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3], "what comes too late is nobody's");
            }
        }
    }

    @Test
    void shouldEndTheConnection_whenTheRestOfWhatGoesOnDoesNotCome() {
        try (TargetRig rig = rig(false)) {
            HandMadeInitiator host = rig.loggedIn();
            host.send(announcing(host, host.newTag(), 0, HandMadeInitiator.writeCdb(0, 8)));
            for (int i = 0; i < 8 && host.end == null; i++) {
                host.send(host.nopOut(host.newTag(), -1, NOTHING, true));
                rig.pass(Duration.ofSeconds(5));
            }
            assertTrue(host.end != null, "it may not hold its place for ever");
        }
    }

    @Test
    void shouldNotWaitForTheRest_whenWhatFailedIsAborted() {
        try (TargetRig rig = rig(false)) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 1);
            int tag = host.newTag();
            host.send(announcing(host, tag, 0, HandMadeInitiator.writeCdb(0x7FFFFFFF, 8)));
            host.send(host.taskManagement(TaskManagementFunction.ABORT_TASK, 0, tag, host.cmdSn - 1));
            assertEquals(0x052100, sense(host.next(Opcode.SCSI_RESPONSE)), "it had ended");
            assertEquals(0, host.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2]);
            host.send(announcing(host, tag, 0, HandMadeInitiator.writeCdb(0x7FFFFFFF, 8)));
            rig.settle();
            other.send(other.taskManagement(TaskManagementFunction.LOGICAL_UNIT_RESET, 0, -1, 0));
            assertEquals(0, other.next(Opcode.TASK_MANAGEMENT_RESPONSE)[2], "another does not wait");
            assertEquals(0x052100, sense(host.next(Opcode.SCSI_RESPONSE)));
        }
    }
}
