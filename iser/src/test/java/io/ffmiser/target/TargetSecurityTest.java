package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other targets fell to, against ours: the rows of docs/security-cases.md. */
class TargetSecurityTest {
    private static final String BAD = "iqn.2026-11.io.ffmiser:bad";
    private static final int ISER = 28;
    private static final byte[] NOTHING = new byte[0];

    private static byte[] message(byte[] pdu) {
        byte[] message = new byte[ISER + pdu.length];
        message[0] = 0x10;
        System.arraycopy(pdu, 0, message, ISER, pdu.length);
        return message;
    }

    private static void checkStillServing(HandMadeInitiator host) {
        assertEquals(0, host.read(0, 0, 1, 0)[3]);
    }

    private static HandMadeInitiator connected(TargetRig rig) {
        HandMadeInitiator bad = rig.initiator(BAD).connect();
        bad.isidQualifier = 2;
        return bad;
    }

    private static HandMadeInitiator inFullFeaturePhase(TargetRig rig) {
        return rig.loggedIn(BAD, 2);
    }

    private static void assertEnded(TargetRig rig, HandMadeInitiator bad, String what) {
        rig.settle();
        assertNotNull(bad.end, what);
        assertTrue(bad.arrived.isEmpty(), what);
        bad.close();
    }

    @Test
    void shouldEndTheConnection_whenALoginIsCutShort() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            byte[] whole = message(connected(rig).loginRequest("InitiatorName=" + BAD + "\0SessionType=Discovery\0"));
            for (int length = 0; length < whole.length - 4; length++) {
                HandMadeInitiator bad = connected(rig);
                bad.sendRaw(Arrays.copyOf(whole, length));
                assertEnded(rig, bad, "a login of " + length + " octets");
            }
            checkStillServing(good);
        }
    }

    @Test
    void shouldEndTheConnection_whenACommandIsCutShort() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            for (int length = 0; length < ISER + 48; length += 5) {
                HandMadeInitiator bad = inFullFeaturePhase(rig);
                bad.sendRaw(Arrays.copyOf(message(bad.command(0, new byte[6])), length));
                assertEnded(rig, bad, "a command of " + length + " octets");
            }
            checkStillServing(good);
        }
    }

    @ParameterizedTest(name = "AHS {0} words, data {1}")
    @CsvSource({"0, 0x400", "0, 0xffffff", "1, 0", "20, 0", "255, 0", "255, 0xffffff"})
    void shouldEndTheConnection_whenALengthNamesMoreThanCame(int ahsWords, String dataLength) {
        byte[] lengths = new byte[4];
        lengths[0] = (byte) ahsWords;
        int data = Integer.decode(dataLength);
        lengths[1] = (byte) (data >>> 16);
        lengths[2] = (byte) (data >>> 8);
        lengths[3] = (byte) data;
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            HandMadeInitiator before = connected(rig);
            byte[] login = before.loginRequest("");
            System.arraycopy(lengths, 0, login, 4, 4);
            before.send(login);
            assertEnded(rig, before, "in login");
            for (int opcode : new int[] {0x00, 0x01, 0x02, 0x04, 0x05, 0x06}) {
                HandMadeInitiator bad = inFullFeaturePhase(rig);
                byte[] pdu = bad.command(0, new byte[6]);
                pdu[0] = (byte) opcode;
                System.arraycopy(lengths, 0, pdu, 4, 4);
                bad.send(pdu);
                assertEnded(rig, bad, "opcode " + opcode);
            }
            checkStillServing(good);
        }
    }

    @Test
    void shouldExecuteNothing_whenARequestComesBeforeFullFeaturePhase() {
        List<Function<HandMadeInitiator, byte[]>> requests = List.of(
                bad -> bad.command(0, new byte[6]),
                bad -> bad.taskManagement(TaskManagementFunction.TARGET_COLD_RESET, 0, -1, 0),
                bad -> bad.dataOut(5, 0, 0, new byte[512], true),
                bad -> bad.nopOut(bad.newTag(), Pdu.RESERVED_TAG, NOTHING, true),
                bad -> bad.text(bad.newTag(), Pdu.RESERVED_TAG, "SendTargets=All\0"),
                bad -> bad.logout(LogoutReason.CLOSE_SESSION, 0));
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            TargetCounters counters = rig.target().counters();
            for (boolean loginBegan : new boolean[] {false, true}) {
                for (Function<HandMadeInitiator, byte[]> request : requests) {
                    HandMadeInitiator bad = connected(rig);
                    if (loginBegan) {
                        byte[] first = bad.loginRequest(bad.loginText(TargetRig.NODE));
                        first[1] = 0x04; // stays in operational negotiation
                        bad.send(first);
                        bad.next(Opcode.LOGIN_RESPONSE);
                    }
                    bad.send(request.apply(bad));
                    rig.settle();
                    for (byte[] answer : bad.arrived) {
                        assertEquals(Opcode.LOGIN_RESPONSE.code(), answer[0], "an answer outside of login");
                        assertEquals(0x020B, HandMadeInitiator.loginStatus(answer));
                    }
                    rig.runUntil(() -> bad.end != null, "the end of the connection");
                    bad.close();
                }
            }
            assertEquals(counters.commands(), rig.target().counters().commands());
            assertEquals(counters.taskManagement(), rig.target().counters().taskManagement());
            assertEquals(1, rig.target().counters().sessions());
            checkStillServing(good);
        }
    }

    @Test
    void shouldRefuseTheLogin_whenItsTextIsWrong() {
        List<String> texts = List.of(
                "InitiatorName=" + BAD + "\0SessionType=Discovery",
                "InitiatorName",
                "=",
                "\0\0=\0",
                "X".repeat(64) + "=1\0",
                "X".repeat(7000) + "=1\0",
                "InitiatorName=" + "i".repeat(7000) + "\0",
                "InitiatorName=iqn.2026-11.x:../../../etc/passwd\0SessionType=Discovery\0",
                "InitiatorName=iqn.2026-11.x:\u001b[2J\0SessionType=Discovery\0",
                "InitiatorName=" + BAD + "\0TargetName=../../../etc/passwd\0SessionType=Normal\0",
                "InitiatorName=" + BAD + "\0TargetName=iqn.2026-11.x:a/../b\0SessionType=Normal\0",
                "a=1\0".repeat(300));
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            for (String text : texts) {
                HandMadeInitiator bad = connected(rig);
                bad.sendLogin(text);
                byte[] answer = bad.next(Opcode.LOGIN_RESPONSE);
                assertEquals(0x02, answer[36], () -> "an initiator error, for " + text);
                rig.runUntil(() -> bad.end != null, "the end of the connection");
                bad.close();
            }
            checkStillServing(good);
        }
    }

    @Test
    void shouldBoundItsAnswer_whenManyLongKeysAreUnknown() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator bad = connected(rig);
            StringBuilder keys = new StringBuilder("InitiatorName=" + BAD + "\0SessionType=Discovery\0");
            for (int i = 0; i < 110; i++) {
                keys.append("X-").append("k".repeat(57)).append(1000 + i).append("=1\0");
            }
            bad.sendLogin(keys.toString());
            byte[] answer = bad.next(Opcode.LOGIN_RESPONSE);
            assertTrue(HandMadeInitiator.dataLength(answer) <= 8192);
            assertTrue(answer.length <= 48 + 8192);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "83 00 00 00 00 00 00 00 00 00 00 00 00 20 00 00", // EXTENDED COPY
                "83 01 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
                "83 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", // POPULATE TOKEN
                "83 11 00 00 00 00 00 00 00 00 00 00 00 20 00 00", // WRITE USING TOKEN
                "84 03 00 00 00 00 00 00 00 00 00 00 00 20 00 00", // RECEIVE COPY RESULTS
                "5f 07 00 00 00 00 00 00 20 00", // PERSISTENT RESERVE OUT, REGISTER AND MOVE
                "5e 00 00 00 00 00 00 00 20 00",
                "56 00 00 00 00 00 00 00 00 00", // RESERVE
                "a4 06 00 00 00 00 00 00 00 20 00 00", // SET TARGET PORT GROUPS
            })
    void shouldRefuse_whenACommandCouldReachBeyondItsDisk(String cdb) {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] octets = HexFormat.ofDelimiter(" ").parseHex(cdb);
            host.send(host.command(host.newTag(), 0, octets, 0, 32, new byte[32], true));
            int sense = sense(host.next(Opcode.SCSI_RESPONSE));
            assertEquals(0x052000, sense, "no such command");
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 4096", "1, 4096", "7, 4096", "8, 4096", "23, 4096", "24, 4096", "4096, 4096", "4096, 4"})
    void shouldWriteNoMoreThanWasAskedFor_whenLbaStatusIsTold(int allocationLength, int expectedLength) {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            byte[] before = new byte[8192];
            Arrays.fill(before, (byte) 0x55);
            host.put(0, before);
            Exposure sink = host.expose(0, 8192, Access.REMOTE_WRITE);
            byte[] cdb = HexFormat.ofDelimiter(" ").parseHex("9e 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
            cdb[12] = (byte) (allocationLength >>> 8);
            cdb[13] = (byte) allocationLength;
            host.send(host.command(host.newTag(), 0, cdb, expectedLength, 0, NOTHING, true), null, sink);
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            int told = Math.min(24, Math.min(allocationLength, expectedLength));
            byte[] after = host.get(0, 8192);
            assertArrayEquals(
                    Arrays.copyOfRange(before, told, 8192), Arrays.copyOfRange(after, told, 8192), "beyond the answer");
            sink.withdraw(0);
            for (long lba : new long[] {TargetRig.STORE_BYTES / 512, Long.MAX_VALUE, -1}) {
                for (int i = 0; i < 8; i++) {
                    cdb[2 + i] = (byte) (lba >>> (56 - 8 * i));
                }
                host.send(host.command(host.newTag(), 0, cdb, 0, 0, NOTHING, true));
                assertEquals(0x052100, sense(host.next(Opcode.SCSI_RESPONSE)), "beyond the end");
            }
        }
    }

    @Test
    void shouldGoOn_whenTextIsContinuedWithoutData() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = connected(rig);
            host.loginDiscovery();
            int tag = host.newTag();
            int transferTag = Pdu.RESERVED_TAG;
            for (int i = 0; i < 3; i++) {
                byte[] continued = host.text(tag, transferTag, "");
                continued[1] = 0x40;
                host.send(continued);
                byte[] answer = host.next(Opcode.TEXT_RESPONSE);
                assertEquals(0, HandMadeInitiator.dataLength(answer));
                transferTag = HandMadeInitiator.field(answer, 20);
            }
            host.send(host.text(tag, transferTag, "SendTargets=All\0"));
            String all = new String(HandMadeInitiator.data(host.next(Opcode.TEXT_RESPONSE)), StandardCharsets.UTF_8);
            assertTrue(all.contains(TargetRig.NODE), all);
        }
    }

    @Test
    void shouldTellNothing_whenSendTargetsNamesAPath() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = connected(rig);
            host.loginDiscovery();
            for (String name : List.of("../../etc/passwd", "iqn.2026-11.x:\u001b]0;x\u0007", "*", "%n%s")) {
                host.send(host.text(host.newTag(), Pdu.RESERVED_TAG, "SendTargets=" + name + "\0"));
                assertEquals(0, HandMadeInitiator.dataLength(host.next(Opcode.TEXT_RESPONSE)), name);
            }
        }
    }

    @Test
    void shouldReject_whenATransferTagIsForged() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator bad = inFullFeaturePhase(rig);
            byte[] data = bad.dataOut(5, 0, 0, new byte[512], true);
            data[23] = 7;
            bad.send(data); // solicited data never travel over iSER
            assertEnded(rig, bad, "Data-Out with a Target Transfer Tag");
            host.send(host.nopOut(host.newTag(), 7, NOTHING, true));
            assertEquals(RejectReason.INVALID_PDU_FIELD.code(), host.next(Opcode.REJECT)[2]);
            int cmdSn = host.cmdSn;
            host.send(host.text(host.newTag(), 7, "SendTargets=\0"));
            assertEquals(RejectReason.INVALID_PDU_FIELD.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            // an answer to a ping that nobody sent
            host.send(host.nopOut(Pdu.RESERVED_TAG, 7, NOTHING, true));
            rig.settle();
            assertNull(host.end);
            checkStillServing(host);
        }
    }

    @Test
    void shouldNotMixThemUp_whenAnotherSessionNamesATag() {
        TargetSettings settings = TargetSettings.DEFAULT.withUnsolicitedData(true, false, 1024, 4096);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .settings(settings)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator good = rig.loggedIn();
            HandMadeInitiator bad = inFullFeaturePhase(rig);
            byte[] data = new byte[2048];
            Arrays.fill(data, (byte) 1);
            int tag = good.newTag();
            good.send(
                    good.command(tag, 0, HandMadeInitiator.writeCdb(0, 4), 0, 2048, Arrays.copyOf(data, 1024), false));
            rig.settle();
            bad.send(bad.dataOut(tag, 0, 1024, new byte[1024], true));
            bad.send(bad.taskManagement(TaskManagementFunction.ABORT_TASK, 0, tag, bad.cmdSn - 1));
            bad.next(Opcode.TASK_MANAGEMENT_RESPONSE);
            rig.settle();
            assertTrue(good.arrived.isEmpty(), "its command goes on");
            good.send(good.dataOut(tag, 0, 1024, Arrays.copyOf(data, 1024), true));
            assertEquals(0, good.next(Opcode.SCSI_RESPONSE)[3]);
            good.read(0, 0, 4, 0);
            assertArrayEquals(data, good.get(0, 2048));
            assertFalse(Arrays.equals(data, new byte[2048]));
        }
    }
}
