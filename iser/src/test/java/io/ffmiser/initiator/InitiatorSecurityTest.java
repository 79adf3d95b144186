package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.iscsi.pdu.TextResponsePdu;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What other initiators fell to, against ours: the rows of docs/security-cases.md. */
class InitiatorSecurityTest {
    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void checkCondition(HandMadeTarget.Received command, byte[] data) {
        rig.target.send(new ScsiResponsePdu(), data, true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(command.tag());
            pdu.setStatus(HandMadeTarget.CHECK_CONDITION);
        });
    }

    @Test
    void shouldKeepNoMoreThanFits_whenSenseIsOversized() {
        Session session = rig.loginWithCapacity(rig.options());
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        byte[] data = new byte[1002];
        Arrays.fill(data, (byte) 0xFF);
        data[0] = (byte) (1000 >>> 8);
        data[1] = (byte) 1000;
        data[2] = 0x70;
        data[4] = 3;
        data[9] = (byte) 0xFF; // additional sense length
        checkCondition(rig.next(Opcode.SCSI_COMMAND), data);
        rig.await(() -> rig.done.size() == 1);
        assertEquals(252, request.sense().length);
        assertEquals(3, Objects.requireNonNull(SenseData.parse(request.sense())).key());
    }

    @Test
    void shouldTellNoneOfBefore_whenACheckConditionHasNoSense() {
        Session session = rig.loginWithCapacity(rig.options());
        ScsiRequest request = rig.newRequest(session).command(0, new byte[6]);
        session.submit(request);
        byte[] sense = HandMadeTarget.fixedSense(3, 0x11, 0);
        rig.target.respond(rig.next(Opcode.SCSI_COMMAND), HandMadeTarget.CHECK_CONDITION, sense);
        rig.await(() -> rig.done.size() == 1);
        assertArrayEquals(sense, request.sense());
        int done = 1;
        for (byte[] data : List.of(new byte[0], new byte[] {0, 0}, new byte[] {0, 1, 0x70})) {
            session.submit(request);
            checkCondition(rig.next(Opcode.SCSI_COMMAND), data);
            done++;
            int expected = done;
            rig.await(() -> rig.done.size() == expected);
            assertEquals(Math.max(0, data.length - 2), request.sense().length);
            SenseData parsed = SenseData.parse(request.sense());
            assertEquals(0, parsed == null ? 0 : parsed.key() | parsed.asc());
        }
        session.submit(request);
        rig.target.good(rig.next(Opcode.SCSI_COMMAND));
        rig.await(() -> rig.done.size() == 5);
        assertEquals(0, request.sense().length);
        assertNull(request.failure());
    }

    @Test
    void shouldDropThem_whenDiscoveredNamesArePathsOrEscapes() {
        CompletableFuture<List<DiscoveredTarget>> found = rig.initiator.discoverAsync(rig.portal);
        StringBuilder text = new StringBuilder();
        for (String name : List.of(
                "../../../etc/passwd",
                "iqn.2026-11.org.example:../../x",
                "iqn.2026-11.org.example:a/b",
                "iqn.2026-11.org.example:\u001b[2J",
                "iqn.2026-11.org.example:a\nb",
                "iqn.2026-11.org.example:" + "n".repeat(300))) {
            text.append("TargetName=").append(name).append("\0TargetAddress=10.0.0.1:3260,1\0");
        }
        text.append("TargetName=iqn.2026-11.org.example:a\0");
        for (String address :
                List.of("a".repeat(500) + ":3260,1", "../x:3260,1", "\u001b[31m:1,1", "10.0.0.1:99999,1")) {
            text.append("TargetAddress=").append(address).append('\0');
        }
        text.append("TargetAddress=10.0.0.2:3260,1\0");
        HandMadeTarget.Received request = rig.next(Opcode.TEXT_REQUEST);
        rig.target.send(new TextResponsePdu(), text.toString().getBytes(StandardCharsets.UTF_8), true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(request.tag());
            pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
            pdu.setFinal(true);
        });
        rig.finishLogout(rig.next(Opcode.LOGOUT_REQUEST));
        rig.await(found::isDone);
        assertEquals(
                List.of(new DiscoveredTarget(
                        "iqn.2026-11.org.example:a", List.of(new TargetPortal("10.0.0.2", 3260, 1)))),
                found.join());
    }
}
