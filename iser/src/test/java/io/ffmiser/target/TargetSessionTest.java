package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.field;
import static io.ffmiser.target.HandMadeInitiator.loginStatus;
import static io.ffmiser.target.HandMadeInitiator.sense;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.testkit.sim.Fault;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Sessions from login to logout: names, access, reinstatement, discovery, logout. */
class TargetSessionTest {
    private static final byte[] NOTHING = new byte[0];
    private static final int POWER_ON = 0x062900;

    private static TargetRig rigWith(HeldStore store) {
        TargetNode node =
                TargetNode.named(TargetRig.NODE).logicalUnit(0, store::open).build();
        return new TargetRig().start(TargetRig.options().node(node).build());
    }

    @Test
    void shouldTellWhatWasNegotiated_whenASessionIsThere() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, loginStatus(host.login(TargetRig.NODE)));
            assertNotEquals(0, host.tsih);
            SessionInfo info = rig.target().sessions().get(0);
            assertEquals(host.tsih, info.tsih());
            assertEquals(TargetRig.INITIATOR, info.initiatorName());
            assertEquals(TargetRig.NODE, info.targetName());
            assertEquals("Yes", info.keys().get("RDMAExtensions"));
            assertEquals("Yes", info.keys().get("InitialR2T"));
            assertEquals("4096", info.keys().get("TargetRecvDataSegmentLength"));
        }
    }

    @Test
    void shouldRefuse_whenTheNodeIsUnknownOrForbiddenOrElsewhere() {
        TargetNode own = TargetRig.node().allow(TargetRig.INITIATOR).build();
        TargetNode moved = TargetNode.named("iqn.2026-11.io.ffmiser:moved")
                .redirect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000))
                .build();
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(own).node(moved).build())) {
            HandMadeInitiator lost = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0x0203, loginStatus(lost.login("iqn.2026-11.io.ffmiser:none")));
            rig.runUntil(() -> lost.end != null, "close");
            HandMadeInitiator stranger =
                    rig.initiator("iqn.2026-11.io.ffmiser:stranger").connect();
            assertEquals(0x0202, loginStatus(stranger.login(TargetRig.NODE)));
            HandMadeInitiator sent = rig.initiator(TargetRig.INITIATOR).connect();
            byte[] response = sent.login(moved.name());
            assertEquals(0x0101, loginStatus(response));
            String text = new String(HandMadeInitiator.data(response), StandardCharsets.UTF_8);
            assertTrue(text.contains("TargetAddress=127.0.0.1:4000,1"), text);
            rig.runUntil(() -> stranger.end != null && sent.end != null, "the target closes, whatever it said");
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, loginStatus(host.login(TargetRig.NODE)));
            assertEquals(3, rig.target().counters().failedLogins());
        }
    }

    @Test
    void shouldServeEachNodeItsOwn_whenThereAreSeveral() {
        TargetNode other = TargetNode.named("iqn.2026-11.io.ffmiser:other")
                .logicalUnit(300, owner -> new MemoryStore(1 << 20, 512))
                .build();
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .node(TargetRig.node().build())
                        .node(other)
                        .build())) {
            HandMadeInitiator first = rig.loggedIn();
            HandMadeInitiator second = rig.initiator(TargetRig.INITIATOR).connect();
            second.login(other.name());
            second.clearUnitAttention(0x4000 | 300);
            second.put(0, new byte[] {9});
            assertEquals(0, second.write(0x4000 | 300, 0, 1, 0)[3]);
            assertEquals(0, first.read(0, 0, 1, 4096)[3]);
            assertEquals(0, first.get(4096, 1)[0]);
            second.send(second.command(0, new byte[6]));
            assertEquals(0x052500, sense(second.next(Opcode.SCSI_RESPONSE)));
        }
    }

    @Test
    void shouldRefuseWithOutOfResources_whenThereAreTooManySessions() {
        TargetLimits limits = TargetLimits.DEFAULT.withMaxSessions(2, 1).withBufferPool(1 << 20, 64 << 10);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .limits(limits)
                        .node(TargetRig.node().build())
                        .build())) {
            rig.loggedIn("iqn.2026-11.io.ffmiser:a", 1);
            HandMadeInitiator again = rig.initiator("iqn.2026-11.io.ffmiser:a").connect();
            again.isidQualifier = 2;
            assertEquals(0x0302, loginStatus(again.login(TargetRig.NODE)));
            rig.runUntil(() -> again.end != null, "close");
            rig.loggedIn("iqn.2026-11.io.ffmiser:b", 1);
            HandMadeInitiator third = rig.initiator("iqn.2026-11.io.ffmiser:c").connect();
            assertEquals(0x0302, loginStatus(third.login(TargetRig.NODE)));
        }
    }

    @Test
    void shouldRefuseWith0302_whenNoMemoryIsLeftForTheSession() {
        FaultPlan noMemory = FaultPlan.NONE.with(Fault.ALLOCATION_FAILED, 1_000_000);
        try (TargetRig rig = new TargetRig(SimOptions.IWARP, noMemory)
                .start(TargetRig.options().node(TargetRig.node().build()).build())) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            rig.fabric.startFaults();
            assertEquals(0x0302, loginStatus(host.login(TargetRig.NODE)));
            rig.fabric.stopFaults();
            rig.runUntil(() -> host.end != null, "close");
            assertTrue(rig.fabric.faults().total(Fault.ALLOCATION_FAILED) > 0);
            assertEquals(0, rig.target().counters().sessions());
            rig.loggedIn();
        }
    }

    @Test
    void shouldTellANewNexusOfTheReset_whenTheConnectionWasLost() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            host.close();
            rig.settle();
            HandMadeInitiator again = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, loginStatus(again.login(TargetRig.NODE)));
            again.send(again.command(0, new byte[6]));
            assertEquals(0x29, sense(again.next(Opcode.SCSI_RESPONSE)) >> 8 & 0xFF);
            again.send(again.command(0, new byte[6]));
            assertEquals(0, again.next(Opcode.SCSI_RESPONSE)[3], "once");
        }
    }

    @Test
    void shouldEndTheOldSessionFirst_whenItIsReinstated() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator old = rig.loggedIn();
            Exposure sink = old.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            old.send(old.command(old.newTag(), 0, HandMadeInitiator.readCdb(0, 1), 512, 0, NOTHING, true), null, sink);
            rig.settle();
            HandMadeInitiator again = rig.initiator(TargetRig.INITIATOR).connect();
            again.sendLogin("InitiatorName=" + TargetRig.INITIATOR + "\0TargetName=" + TargetRig.NODE
                    + "\0SessionType=Normal\0" + again.loginKeys);
            rig.settle();
            rig.runUntil(() -> old.end != null, "the old connection's end");
            while (!again.arrived.isEmpty() && (again.arrived.peek()[1] & 0x83) != 0x83) {
                again.next(Opcode.LOGIN_RESPONSE);
                again.sendLogin("");
                rig.settle();
            }
            assertTrue(again.arrived.isEmpty(), "the old session's command is in the store");
            assertTrue(old.arrived.isEmpty(), "the old session ends in silence");
            store.releaseAll();
            assertEquals(0, loginStatus(again.finishLogin()));
            assertEquals(1, rig.target().sessions().size());
            again.send(again.command(0, new byte[6]));
            assertEquals(POWER_ON >> 8, sense(again.next(Opcode.SCSI_RESPONSE)) >> 8, "nexus loss");
            assertNotEquals(old.tsih, again.tsih);
        }
    }

    @Test
    void shouldGoOnWithTheSession_whenItsConnectionIsReinstated() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator old = rig.loggedIn();
            HandMadeInitiator other = rig.loggedIn("iqn.2026-11.io.ffmiser:other", 3);
            HandMadeInitiator again = rig.initiator(TargetRig.INITIATOR).connect();
            again.tsih = old.tsih;
            again.cmdSn = old.cmdSn;
            assertEquals(0, loginStatus(again.login(TargetRig.NODE)));
            assertEquals(old.tsih, again.tsih);
            rig.runUntil(() -> old.end != null, "the old connection's end");
            assertEquals(2, rig.target().sessions().size());
            boolean told = false;
            byte[] response;
            do {
                again.send(again.command(0, new byte[6]));
                response = again.next(Opcode.SCSI_RESPONSE);
                told |= sense(response) == 0x06477F;
            } while (response[3] != 0);
            assertTrue(told, "commands were cleared by an iSCSI protocol event");
            other.send(other.command(0, new byte[6]));
            assertEquals(0, other.next(Opcode.SCSI_RESPONSE)[3], "nobody else is told");
        }
    }

    @Test
    void shouldEndTheSession_whenTheLoginThatWasToTakeItOverDiesFirst() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        TargetOptions options = TargetRig.options()
                .limits(TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10).withMaxSessions(1, 1))
                .node(TargetNode.named(TargetRig.NODE)
                        .logicalUnit(0, store::open)
                        .build())
                .build();
        try (TargetRig rig = new TargetRig().start(options)) {
            HandMadeInitiator old = rig.loggedIn();
            Exposure sink = old.expose(0, 512, Access.REMOTE_WRITE);
            store.holding = true;
            old.send(
                    old.command(old.newTag(), 0, HandMadeInitiator.readCdb(0, 1), 512, 0, new byte[0], true),
                    null,
                    sink);
            rig.settle();
            HandMadeInitiator again = rig.initiator(TargetRig.INITIATOR).connect();
            again.tsih = old.tsih;
            again.cmdSn = old.cmdSn;
            again.sendLogin("InitiatorName=" + again.name + "\0TargetName=" + TargetRig.NODE + "\0SessionType=Normal\0"
                    + again.loginKeys);
            rig.settle();
            again.close();
            rig.settle();
            store.releaseAll();
            rig.settle();
            // no session is left to count against the limit
            HandMadeInitiator next = rig.initiator(TargetRig.INITIATOR).connect();
            next.isidQualifier = 9;
            assertEquals(0, loginStatus(next.login(TargetRig.NODE)));
        }
    }

    @Test
    void shouldRefuse_whenASessionIsNamedThatIsNotThere() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.tsih = 77;
            assertEquals(0x020a, loginStatus(host.login(TargetRig.NODE)));
        }
    }

    @Test
    void shouldAnswerAndClose_whenTheInitiatorLogsOut() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            // a connection that it has not
            host.send(host.logout(LogoutReason.CLOSE_CONNECTION, 5));
            assertEquals(1, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            host.send(host.logout(LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY, 0));
            assertEquals(2, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            host.send(host.command(0, new byte[6]));
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            host.send(host.logout(LogoutReason.CLOSE_SESSION, 0));
            assertEquals(0, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            rig.runUntil(() -> host.end != null, "the target closes");
            rig.settle();
            assertEquals(0, rig.target().counters().sessions());
        }
    }

    @Test
    void shouldRefuseNewCommands_whenALogoutWaitsForTasks() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            host.send(
                    host.command(host.newTag(), 0, HandMadeInitiator.readCdb(0, 1), 512, 0, NOTHING, true), null, sink);
            host.send(host.logout(LogoutReason.CLOSE_SESSION, 0));
            rig.settle();
            host.send(host.command(0, new byte[6]));
            byte[] reject = host.next(Opcode.REJECT);
            assertEquals(RejectReason.WAITING_FOR_LOGOUT.code(), reject[2]);
            store.releaseAll();
            assertEquals(0, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            rig.runUntil(() -> host.end != null, "the target closes");
        }
    }

    @Test
    void shouldListTargets_whenDiscovered() {
        TargetOptions.Builder options =
                TargetRig.options().node(TargetRig.node().build());
        for (int i = 0; i < 200; i++) {
            options.node(
                    TargetNode.named("iqn.2026-11.io.ffmiser:disk-number-" + i).build());
        }
        options.node(TargetNode.named("iqn.2026-11.io.ffmiser:secret")
                .allow("iqn.2026-11.io.ffmiser:other")
                .build());
        try (TargetRig rig = new TargetRig().start(options.build())) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, loginStatus(host.loginDiscovery()));
            int tag = host.newTag();
            host.send(host.text(tag, Pdu.RESERVED_TAG, "SendTargets=All\0"));
            StringBuilder text = new StringBuilder();
            byte[] response = host.next(Opcode.TEXT_RESPONSE);
            int parts = 1;
            while (true) {
                assertTrue(HandMadeInitiator.dataLength(response) <= 8192);
                text.append(new String(HandMadeInitiator.data(response), StandardCharsets.UTF_8));
                if ((response[1] & 0x80) != 0) {
                    break;
                }
                assertNotEquals(Pdu.RESERVED_TAG, field(response, 20));
                host.send(host.text(tag, field(response, 20), ""));
                response = host.next(Opcode.TEXT_RESPONSE);
                parts++;
            }
            assertEquals(Pdu.RESERVED_TAG, field(response, 20));
            assertTrue(parts > 1, "one PDU does not hold it");
            String all = text.toString();
            assertTrue(all.startsWith("TargetName=" + TargetRig.NODE + "\0TargetAddress=127.0.0.1:3260,1\0"), all);
            assertTrue(all.contains("TargetName=iqn.2026-11.io.ffmiser:disk-number-199\0"));
            assertFalse(all.contains("secret"), "what it may not use, it does not see");
        }
    }

    @Test
    void shouldAllowOnlySendTargetsAndLogout_whenTheSessionIsForDiscovery() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.loginDiscovery();
            int cmdSn = host.cmdSn;
            host.send(host.command(0, new byte[6]));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.nopOut(0x5, Pdu.RESERVED_TAG, NOTHING, true));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            host.send(host.text(host.newTag(), Pdu.RESERVED_TAG, "InitiatorAlias=x\0"));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.logout(LogoutReason.CLOSE_CONNECTION, 0));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.text(host.newTag(), Pdu.RESERVED_TAG, "SendTargets=" + TargetRig.NODE + "\0"));
            String one = new String(HandMadeInitiator.data(host.next(Opcode.TEXT_RESPONSE)), StandardCharsets.UTF_8);
            assertTrue(one.startsWith("TargetName=" + TargetRig.NODE), one);
            host.send(host.logout(LogoutReason.CLOSE_SESSION, 0));
            assertEquals(0, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            rig.runUntil(() -> host.end != null, "the target closes");
        }
    }

    @Test
    void shouldTellOnlyItsOwnTarget_whenTheSessionIsNormal() {
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .node(TargetRig.node().build())
                        .node(TargetNode.named("iqn.2026-11.io.ffmiser:other").build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            int cmdSn = host.cmdSn;
            host.send(host.text(host.newTag(), Pdu.RESERVED_TAG, "SendTargets=All\0"));
            assertEquals(RejectReason.PROTOCOL_ERROR.code(), host.next(Opcode.REJECT)[2]);
            host.cmdSn = cmdSn;
            host.send(host.text(host.newTag(), Pdu.RESERVED_TAG, "SendTargets=\0X-unknown=1\0"));
            byte[] response = host.next(Opcode.TEXT_RESPONSE);
            assertTrue(HandMadeInitiator.dataLength(response) <= 128, "a Linux initiator has room for 128 octets");
            String text = new String(HandMadeInitiator.data(response), StandardCharsets.UTF_8);
            assertTrue(text.startsWith("TargetName=" + TargetRig.NODE + "\0"), text);
            assertFalse(text.contains("other"), text);
        }
    }

    @Test
    void shouldAskForALogoutAndServeOn_whenItShutsDown() {
        HeldStore store = new HeldStore(TargetRig.STORE_BYTES);
        try (TargetRig rig = rigWith(store)) {
            HandMadeInitiator host = rig.loggedIn();
            store.holding = true;
            Exposure sink = host.expose(0, 512, Access.REMOTE_WRITE);
            host.send(
                    host.command(host.newTag(), 0, HandMadeInitiator.readCdb(0, 1), 512, 0, NOTHING, true), null, sink);
            rig.settle();
            var done = rig.target().shutdown(Duration.ofSeconds(20));
            byte[] async = host.next(Opcode.ASYNC_MESSAGE);
            assertEquals(1, async[36]);
            assertEquals(10, (async[42] & 0xFF) << 8 | (async[43] & 0xFF), "seconds to log out in");
            // what was accepted completes
            store.releaseAll();
            assertEquals(0, host.next(Opcode.SCSI_RESPONSE)[3]);
            // nobody else gets in
            HandMadeInitiator late =
                    rig.initiator("iqn.2026-11.io.ffmiser:late").connect();
            assertFalse(late.established);
            host.send(host.logout(LogoutReason.CLOSE_SESSION, 0));
            assertEquals(0, host.next(Opcode.LOGOUT_RESPONSE)[2]);
            rig.runUntil(done::isDone, "shutdown");
            assertTrue(store.closed);
            sink.withdraw(0);
        }
    }

    @Test
    void shouldAskForALogoutLater_whenThatWouldTakeTheLastUnexpectedPdu() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            host.loginKeys += "MaxOutstandingUnexpectedPDUs=2\0";
            host.login(TargetRig.NODE);
            host.clearUnitAttention(0);
            host.send(host.nopOut(host.newTag(), 7, NOTHING, true));
            host.next(Opcode.REJECT);
            var done = rig.target().shutdown(Duration.ofSeconds(20));
            rig.pass(Duration.ofSeconds(2));
            assertTrue(host.arrived.isEmpty(), "one of two is outstanding, and one is kept for a ping");
            host.send(host.nopOut(host.newTag(), Pdu.RESERVED_TAG, NOTHING, true));
            host.next(Opcode.NOP_IN);
            host.next(Opcode.ASYNC_MESSAGE);
            host.send(host.logout(LogoutReason.CLOSE_SESSION, 0));
            host.next(Opcode.LOGOUT_RESPONSE);
            rig.runUntil(done::isDone, "shutdown");
        }
    }

    @Test
    void shouldCutConnections_whenNobodyLogsOut() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            var done = rig.target().shutdown(Duration.ofSeconds(4));
            rig.pass(Duration.ofSeconds(3));
            rig.runUntil(done::isDone, "shutdown");
            assertTrue(host.end != null);
            assertNull(done.join());
        }
    }

    @Test
    void shouldEndLogins_whenTheyTakeTooLong() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator silent = rig.initiator(TargetRig.INITIATOR).connect();
            HandMadeInitiator slow = rig.initiator(TargetRig.INITIATOR).connect();
            // never asks for the transition
            byte[] text = ("InitiatorName=" + TargetRig.INITIATOR + "\0TargetName=" + TargetRig.NODE + "\0")
                    .getBytes(StandardCharsets.UTF_8);
            byte[] pdu = new byte[48 + (text.length + 3 & ~3)];
            pdu[0] = 0x43;
            pdu[1] = 0x04;
            pdu[7] = (byte) text.length;
            pdu[8] = (byte) 0x80;
            System.arraycopy(text, 0, pdu, 48, text.length);
            slow.send(pdu);
            rig.settle();
            assertNull(slow.end);
            rig.pass(Duration.ofSeconds(16));
            assertTrue(silent.end != null && slow.end != null);
            assertEquals(2, rig.target().counters().failedLogins());
            assertEquals(0, rig.target().counters().connections());
        }
    }

    @Test
    void shouldLetTheOldestInLoginGo_whenThereAreTooMany() {
        TargetLimits limits = TargetLimits.DEFAULT.withMaxConnections(6, 4).withBufferPool(1 << 20, 64 << 10);
        try (TargetRig rig = new TargetRig()
                .start(TargetRig.options()
                        .limits(limits)
                        .node(TargetRig.node().build())
                        .build())) {
            HandMadeInitiator host = rig.loggedIn();
            HandMadeInitiator oldest = rig.initiator(TargetRig.INITIATOR).connect();
            for (int i = 0; i < 4; i++) {
                assertTrue(rig.initiator(TargetRig.INITIATOR).connect().established);
            }
            rig.settle();
            assertTrue(oldest.end != null);
            assertEquals(5, rig.target().counters().connections());
            assertEquals(0, rig.target().counters().refusedConnections());
            // one that means it gets in at once
            rig.loggedIn("iqn.2026-11.io.ffmiser:early", 3);
            // others go on
            assertEquals(0, host.read(0, 0, 8, 0)[3]);
            // and when the half-open ones have been cut off, there is room again
            rig.pass(Duration.ofSeconds(16));
            rig.loggedIn("iqn.2026-11.io.ffmiser:late", 4);
        }
    }

    @Test
    void shouldRegisterLessThan128KiB_whenAConnectionIsIdle() {
        try (TargetRig rig = TargetRig.started()) {
            rig.loggedIn();
            rig.settle();
            long before = rig.fabric.counters().liveAllocatedBytes();
            for (int i = 2; i <= 11; i++) {
                rig.loggedIn(TargetRig.INITIATOR, i);
            }
            rig.settle();
            long each = (rig.fabric.counters().liveAllocatedBytes() - before) / 10 - HandMadeInitiator.ALLOCATED;
            assertTrue(each > 0 && each < 128 << 10, each + " bytes registered for an idle connection");
        }
    }
}
