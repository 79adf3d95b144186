package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;
import static io.ffmiser.datamover.iser.Pdus.command;
import static io.ffmiser.datamover.iser.Pdus.message;
import static io.ffmiser.datamover.iser.Pdus.response;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.testkit.sim.SimOptions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our initiator against a target made by hand, on devices that invalidate at once and on those that tell later. */
class IserInitiatorTest {
    private static final int ITT = 0x1234;
    private static final int LENGTH = 4096;
    private static final int TASK_MANAGEMENT_RESPONSE = 0x22;

    static List<SimOptions> devices() {
        return List.of(SimOptions.IWARP, SimOptions.HARDWARE_IWARP, SimOptions.VERBS);
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static DataDescriptor none() {
        return new DataDescriptor();
    }

    private static DataDescriptor memory(IserFixture fixture, long offset, int length) {
        return new DataDescriptor().set(fixture.initiatorMemory, offset, length);
    }

    private static MemorySegment sendCommand(
            IserFixture fixture, byte[] pdu, int immediate, int unsolicited, DataDescriptor out, DataDescriptor in) {
        int before = fixture.rawTarget.arrived.size();
        fixture.initiator().sendControl(Pdus.claim(fixture.initiator(), pdu), immediate, unsolicited, out, in);
        fixture.initiator().flush();
        fixture.runUntil(() -> fixture.rawTarget.arrived.size() > before);
        byte[] message = fixture.rawTarget.arrived.get(before).message();
        assertArrayEquals(pdu, Pdus.content(message));
        return MemorySegment.ofArray(message);
    }

    private static MemorySegment sendRead(IserFixture fixture) {
        return sendCommand(fixture, command(ITT, F | R, LENGTH), 0, 0, none(), memory(fixture, 0, LENGTH));
    }

    private static MemorySegment sendWrite(IserFixture fixture) {
        return sendCommand(fixture, command(ITT, F | W, LENGTH), 0, 0, memory(fixture, 0, LENGTH), none());
    }

    private static boolean reachable(IserFixture fixture) {
        return fixture.fabric.isReachable(fixture.initiatorMemory.segment());
    }

    /** Every PDU is checked when it is notified: nothing of the memory is reachable then. */
    private static IserFixture login(SimOptions device) {
        IserFixture fixture = new IserFixture(device).loginRawTarget();
        fixture.initiatorCalls.onPdu = pdu -> assertFalse(reachable(fixture));
        return fixture;
    }

    private static void answers(IserFixture fixture, byte[] message) {
        int before = fixture.initiatorCalls.pdus.size();
        fixture.rawTarget.send(message);
        fixture.runUntil(() -> fixture.initiatorCalls.pdus.size() > before || fixture.initiatorCalls.ended());
        assertFalse(fixture.initiatorCalls.ended(), fixture.initiatorCalls::reason);
        assertTrue(fixture.fabric.handlerFailures().isEmpty(), fixture.fabric.handlerFailures()::toString);
    }

    private static void ends(IserFixture fixture, String reason) {
        fixture.runUntil(fixture.initiatorCalls::ended);
        assertTrue(fixture.initiatorCalls.reason().contains(reason), fixture.initiatorCalls::reason);
        assertFalse(reachable(fixture));
        fixture.runDry();
        assertEquals(1, fixture.initiatorCalls.endings());
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldAdvertiseTheReadBufferForWritingOnly_whenACommandReads(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendRead(fixture);
            assertTrue(Pdus.hasReadStag(message));
            assertFalse(Pdus.hasWriteStag(message));
            assertEquals(0, Pdus.writeStag(message));
            assertEquals(0, Pdus.writeBaseOffset(message));
            byte[] bytes = pattern(LENGTH);
            fixture.rawTarget.write(Pdus.readStag(message), Pdus.readBaseOffset(message), bytes);
            answers(fixture, message(response(ITT)));
            assertArrayEquals(bytes, IserFixture.get(fixture.initiatorMemory, 0, LENGTH));
            assertEquals(0, fixture.initiator().tasksAdvertised());
        }
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendRead(fixture);
            fixture.rawTarget.read(Pdus.readStag(message), Pdus.readBaseOffset(message), RawPeer.DATA, 16);
            fixture.runUntil(fixture.initiatorCalls::ended);
            assertEquals(1, fixture.fabric.counters().remoteAccessErrors(), "a read buffer is not to be read");
        }
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendRead(fixture);
            fixture.rawTarget.write(Pdus.readStag(message), Pdus.readBaseOffset(message) + 1, pattern(LENGTH));
            fixture.runUntil(fixture.initiatorCalls::ended);
            assertEquals(1, fixture.fabric.counters().remoteAccessErrors(), "not beyond the buffer");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldAdvertiseTheWriteBufferForReadingOnly_whenACommandWrites(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            byte[] bytes = pattern(LENGTH);
            IserFixture.put(fixture.initiatorMemory, 0, bytes);
            MemorySegment message = sendWrite(fixture);
            assertFalse(Pdus.hasReadStag(message));
            assertEquals(0, Pdus.readStag(message));
            assertEquals(0, Pdus.readBaseOffset(message));
            fixture.rawTarget.read(Pdus.writeStag(message), Pdus.writeBaseOffset(message), RawPeer.DATA, LENGTH);
            fixture.runUntil(() -> fixture.rawTarget.completions.contains("1002 SUCCESS"));
            assertArrayEquals(bytes, fixture.rawTarget.get(RawPeer.DATA, LENGTH));
            answers(fixture, message(response(ITT)));
        }
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendWrite(fixture);
            fixture.rawTarget.write(Pdus.writeStag(message), Pdus.writeBaseOffset(message), pattern(16));
            fixture.runUntil(fixture.initiatorCalls::ended);
            assertEquals(1, fixture.fabric.counters().remoteAccessErrors(), "a write buffer is not to be written");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldNameTheFirstSolicitedOctet_whenSomeDataIsUnsolicited(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            byte[] bytes = pattern(LENGTH);
            IserFixture.put(fixture.initiatorMemory, 0, bytes);
            byte[] pdu = command(ITT, W, LENGTH, 0, Arrays.copyOf(bytes, 512));
            MemorySegment message = sendCommand(fixture, pdu, 512, 88, memory(fixture, 0, LENGTH), none());
            assertTrue(Pdus.hasWriteStag(message));
            fixture.rawTarget.read(Pdus.writeStag(message), Pdus.writeBaseOffset(message), RawPeer.DATA, LENGTH - 600);
            fixture.runUntil(() -> fixture.rawTarget.completions.contains("1002 SUCCESS"));
            assertArrayEquals(
                    Arrays.copyOfRange(bytes, 600, LENGTH), fixture.rawTarget.get(RawPeer.DATA, LENGTH - 600));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldNameTheWholeBuffer_whenSolicitedOnlyIsSwitchedOff(SimOptions device) {
        try (IserFixture fixture = new IserFixture(device)) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, false, false);
            fixture.loginRawTarget();
            byte[] bytes = pattern(LENGTH);
            IserFixture.put(fixture.initiatorMemory, 0, bytes);
            byte[] pdu = command(ITT, F | W, LENGTH, 0, Arrays.copyOf(bytes, 512));
            MemorySegment message = sendCommand(fixture, pdu, 512, 0, memory(fixture, 0, LENGTH), none());
            fixture.rawTarget.read(
                    Pdus.writeStag(message), Pdus.writeBaseOffset(message) + 512, RawPeer.DATA, LENGTH - 512);
            fixture.runUntil(() -> fixture.rawTarget.completions.contains("1002 SUCCESS"));
            assertArrayEquals(
                    Arrays.copyOfRange(bytes, 512, LENGTH), fixture.rawTarget.get(RawPeer.DATA, LENGTH - 512));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldAdvertiseNothing_whenNoDataIsSolicited(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            byte[] bytes = pattern(512);
            byte[] pdu = command(ITT, F | W, 512, 0, bytes);
            MemorySegment message = sendCommand(fixture, pdu, 512, 0, memory(fixture, 0, 512), none());
            assertEquals(0x10, message.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0));
            assertFalse(reachable(fixture));
            assertEquals(0, fixture.initiator().tasksAdvertised());
            answers(fixture, message(response(ITT)));
            fixture.rawTarget.arrived.clear();
            byte[] dataOut = Pdus.with(Pdus.pdu(Pdus.DATA_OUT, F, ITT, bytes), 20, Pdus.RESERVED_TAG);
            Pdus.send(fixture.initiator(), dataOut);
            fixture.runUntil(() -> fixture.rawTarget.arrived.size() == 1);
            assertArrayEquals(message(dataOut), fixture.rawTarget.arrived.get(0).message());
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldInvalidateItself_whenTheTargetDidNot(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            for (int round = 0; round < 20; round++) {
                fixture.rawTarget.arrived.clear();
                MemorySegment message = round % 2 == 0 ? sendRead(fixture) : sendWrite(fixture);
                assertTrue(Pdus.hasReadStag(message) || Pdus.hasWriteStag(message));
                assertTrue(reachable(fixture));
                answers(fixture, message(response(ITT)));
                fixture.rawTarget.postReceives(1);
            }
            assertEquals(16, fixture.initiator().receivesPosted());
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldTakeTheInvalidation_whenTheTargetDidIt(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            for (int round = 0; round < 20; round++) {
                fixture.rawTarget.arrived.clear();
                MemorySegment message = sendCommand(
                        fixture,
                        command(ITT, F | R | W, LENGTH),
                        0,
                        0,
                        memory(fixture, 0, LENGTH),
                        memory(fixture, LENGTH, LENGTH));
                int before = fixture.initiatorCalls.pdus.size();
                int stag = round % 2 == 0 ? Pdus.readStag(message) : Pdus.writeStag(message);
                fixture.rawTarget.sendWithInvalidate(message(response(ITT)), stag);
                fixture.runUntil(() -> fixture.initiatorCalls.pdus.size() > before);
                assertTrue(fixture.fabric.handlerFailures().isEmpty());
                fixture.rawTarget.postReceives(1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldEndTheConnection_whenTheWrongStagIsInvalidated(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            sendRead(fixture);
            fixture.rawTarget.arrived.clear();
            MemorySegment other =
                    sendCommand(fixture, command(7, F | R, LENGTH), 0, 0, none(), memory(fixture, LENGTH, LENGTH));
            fixture.rawTarget.sendWithInvalidate(message(response(ITT)), Pdus.readStag(other));
            ends(fixture, "STag of another task");
            assertTrue(fixture.initiatorCalls.pdus.isEmpty());
        }
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendRead(fixture);
            fixture.rawTarget.sendWithInvalidate(message(response(99)), Pdus.readStag(message));
            ends(fixture, "STag of another task");
        }
        try (IserFixture fixture = login(device)) {
            MemorySegment message = sendRead(fixture);
            fixture.rawTarget.sendWithInvalidate(message(Pdus.pdu(Pdus.NOP_IN, F, -1)), Pdus.readStag(message));
            ends(fixture, "Send with Invalidate carries opcode");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldEndTheConnection_whenTheTargetSendsWhatNeverTravels(SimOptions device) {
        for (int opcode : new int[] {Pdus.DATA_IN, Pdus.R2T}) {
            try (IserFixture fixture = login(device)) {
                sendRead(fixture);
                fixture.rawTarget.send(message(Pdus.pdu(opcode, F, ITT)));
                ends(fixture, "in a Send");
            }
        }
        try (IserFixture fixture = login(device)) {
            fixture.rawTarget.send(Pdus.withRead(message(response(ITT)), 1, 1));
            ends(fixture, "advertised an STag");
        }
        try (IserFixture fixture = login(device)) {
            fixture.rawTarget.send(new byte[] {0x10, 0, 0});
            ends(fixture, "iSER format error");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldEndTheConnection_whenASecondResponseComesBeforeTheFirstIsNotified(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            sendRead(fixture);
            for (int i = 0; i < 8; i++) {
                fixture.rawTarget.send(message(response(ITT)));
            }
            fixture.runDry();
            // without STags left, a further response is the iSCSI layer's to judge; while some are, it is a protocol
            // error
            assertTrue(fixture.initiatorCalls.pdus.size() == 8
                    || fixture.initiatorCalls.reason().contains("two SCSI Responses"));
            assertFalse(reachable(fixture));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldNotifyInTheOrderOfArrival_whenAResponseWaitsForItsStags(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            sendRead(fixture);
            List<byte[]> sent = List.of(
                    response(ITT),
                    Pdus.pdu(Pdus.NOP_IN, F, 7),
                    // of a task without buffers
                    response(ITT + 1),
                    Pdus.pdu(TASK_MANAGEMENT_RESPONSE, F, 8));
            for (byte[] pdu : sent) {
                fixture.rawTarget.send(message(pdu));
            }
            fixture.runUntil(() -> fixture.initiatorCalls.pdus.size() == sent.size());
            for (int i = 0; i < sent.size(); i++) {
                assertArrayEquals(sent.get(i), fixture.initiatorCalls.pdus.get(i), "PDU " + i);
            }
            assertEquals(16, fixture.initiator().receivesPosted());
            assertTrue(fixture.fabric.handlerFailures().isEmpty());
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldAcceptSolicitedEvents_whenTheTargetUsesThem(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            fixture.rawTarget.send(message(Pdus.pdu(Pdus.NOP_IN, F, -1)), SendBatch.SIGNALED | SendBatch.SOLICITED);
            fixture.runUntil(() -> fixture.initiatorCalls.pdus.size() == 1);
            int stag = Pdus.readStag(sendRead(fixture));
            fixture.rawTarget.sendWithInvalidate(
                    message(response(ITT)), stag, SendBatch.SIGNALED | SendBatch.SOLICITED);
            fixture.runUntil(() -> fixture.initiatorCalls.pdus.size() == 2);
            assertFalse(reachable(fixture));
            assertTrue(fixture.fabric.handlerFailures().isEmpty(), fixture.fabric.handlerFailures()::toString);
            assertEquals(2, fixture.fabric.counters().solicitedEvents(), "the target's own");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldAcceptUnpadded_whenSenseDataIsOdd(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            for (int padding = 0; padding <= 3; padding++) {
                byte[] pdu = Pdus.with(Pdus.pdu(Pdus.SCSI_RESPONSE, F, ITT, pattern(8)), 4, 5);
                answers(fixture, message(Arrays.copyOf(pdu, 53 + padding)));
                assertArrayEquals(Arrays.copyOf(pdu, 53), fixture.initiatorCalls.pdus.get(padding));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldMakeTheBuffersUnreachable_whenATaskIsDeallocated(SimOptions device) {
        try (IserFixture fixture = login(device)) {
            sendRead(fixture);
            fixture.initiator().deallocateTaskResources(ITT);
            fixture.runUntil(() -> fixture.initiatorCalls.has("deallocated " + ITT));
            assertFalse(reachable(fixture));
            assertEquals(0, fixture.initiator().tasksAdvertised());
            fixture.initiator().deallocateTaskResources(99);
            assertTrue(fixture.initiatorCalls.has("deallocated 99"));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldTellBoth_whenTheResponseCrossesTheDeallocation(SimOptions device) {
        for (int steps = 0; steps < 12; steps++) {
            try (IserFixture fixture = login(device)) {
                sendRead(fixture);
                fixture.rawTarget.send(message(response(ITT)));
                for (int i = 0; i < steps; i++) {
                    fixture.fabric.step();
                }
                fixture.initiator().deallocateTaskResources(ITT);
                fixture.runUntil(() ->
                        fixture.initiatorCalls.has("deallocated " + ITT) && fixture.initiatorCalls.pdus.size() == 1);
                assertEquals(16, fixture.initiator().receivesPosted());
                assertTrue(fixture.fabric.handlerFailures().isEmpty());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldRefuseAndExposeNothing_whenACommandIsDescribedWrongly(SimOptions device) {
        try (IserFixture fixture = login(device);
                MemoryRegion readOnly = fixture.initiatorDomain.allocate(64, Access.REMOTE_READ)) {
            OutboundPdu pdu = Pdus.claim(fixture.initiator(), command(ITT, F | W, 512));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.initiator().sendControl(pdu, 4, 0, memory(fixture, 0, 512), none()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.initiator().sendControl(pdu, 0, 513, memory(fixture, 0, 512), none()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.initiator()
                            .sendControl(
                                    pdu,
                                    0,
                                    0,
                                    memory(fixture, 0, 8),
                                    new DataDescriptor().set(new IserMemory(readOnly, false), 0, 8)));
            assertFalse(reachable(fixture));
            OutboundPdu nop = Pdus.claim(fixture.initiator(), Pdus.pdu(0x40, F, 1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.initiator().sendControl(nop, 0, 0, none(), memory(fixture, 0, 8)));
            fixture.initiator().unclaimControl(nop);
            assertThrows(IllegalStateException.class, () -> fixture.initiator().unclaimControl(nop));
            fixture.initiator().sendControl(pdu, 0, 0, memory(fixture, 0, 512), none());
            assertThrows(IllegalStateException.class, () -> fixture.initiator().sendControl(pdu), "sent already");
            OutboundPdu same = Pdus.claim(fixture.initiator(), command(ITT, F | W, 512));
            assertThrows(
                    IllegalStateException.class,
                    () -> fixture.initiator().sendControl(same, 0, 0, memory(fixture, 0, 512), none()),
                    "the tag is in use");
            assertEquals(1, fixture.initiator().tasksAdvertised());
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldCountImmediatePdus_whenTheTargetDeclaredALimit(SimOptions device) {
        try (IserFixture fixture = new IserFixture(device)) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 0, 2, 256, true, false);
            fixture.loginRawTarget();
            Pdus.send(fixture.initiator(), Pdus.with(Pdus.pdu(0x42, F, 1), 24, 5));
            Pdus.send(fixture.initiator(), Pdus.with(Pdus.with(Pdus.pdu(0x40, F, 2), 20, -1), 24, 5));
            assertEquals(0, fixture.initiator().unexpectedCredits());
            byte[] answerToPing = Pdus.with(Pdus.with(Pdus.pdu(0x40, F, -1), 20, 9), 24, 5);
            Pdus.send(fixture.initiator(), answerToPing);
            assertThrows(
                    IllegalStateException.class,
                    () -> Pdus.send(fixture.initiator(), Pdus.with(Pdus.pdu(0x42, F, 3), 24, 5)));
            Pdus.send(fixture.initiator(), command(4, F, 0, 5, new byte[0]));
            answers(fixture, message(Pdus.with(response(4), 28, 5)));
            assertEquals(0, fixture.initiator().unexpectedCredits());
            answers(fixture, message(Pdus.with(Pdus.pdu(Pdus.NOP_IN, F, 2), 28, 6)));
            assertEquals(2, fixture.initiator().unexpectedCredits());
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldExposeNothingAndTellOnce_whenTheConnectionIsLost(SimOptions device) {
        for (int steps = 0; steps < 20; steps++) {
            try (IserFixture fixture = login(device)) {
                sendRead(fixture);
                fixture.rawTarget.send(message(response(ITT)));
                for (int i = 0; i < steps; i++) {
                    fixture.fabric.step();
                }
                fixture.rawTarget.connection().close();
                fixture.runUntil(fixture.initiatorCalls::ended);
                assertFalse(reachable(fixture));
                fixture.runDry();
                assertEquals(1, fixture.initiatorCalls.endings());
                assertTrue(fixture.initiatorCalls.reason().startsWith("notified"));
                assertTrue(fixture.initiator().claimControl() == null);
                fixture.initiator().deallocateTaskResources(ITT);
                assertTrue(fixture.initiatorCalls.has("deallocated " + ITT));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldGiveEverythingBack_whenTerminationIsAskedFor(SimOptions device) {
        for (int steps = 0; steps < 20; steps++) {
            try (IserFixture fixture = login(device);
                    MemoryRegion lent = fixture.initiatorDomain.allocate(2 * LENGTH, Access.ALL)) {
                RegisteredMemory memory = new IserMemory(lent, false);
                MemorySegment message = sendCommand(
                        fixture,
                        command(ITT, F | R | W, LENGTH),
                        0,
                        0,
                        new DataDescriptor().set(memory, 0, LENGTH),
                        new DataDescriptor().set(memory, LENGTH, LENGTH));
                assertTrue(fixture.fabric.isReachable(lent.segment()));
                fixture.rawTarget.write(Pdus.readStag(message), Pdus.readBaseOffset(message), pattern(LENGTH));
                fixture.rawTarget.read(Pdus.writeStag(message), Pdus.writeBaseOffset(message), RawPeer.DATA, LENGTH);
                for (int i = 0; i < steps; i++) {
                    fixture.fabric.step();
                }
                // a region that is exposed, or that posted work names, cannot be closed: the simulated device says so
                fixture.initiatorCalls.onTerminated = lent::close;
                fixture.initiator().connectionTerminate();
                fixture.runUntil(() -> fixture.initiatorCalls.has("terminated"));
                assertTrue(fixture.fabric.handlerFailures().isEmpty(), fixture.fabric.handlerFailures()::toString);
                int events = fixture.initiatorCalls.events.size();
                fixture.runDry();
                assertEquals(events, fixture.initiatorCalls.events.size(), "nothing is notified any more");
                assertEquals(1, fixture.initiatorCalls.endings());
            }
        }
    }
}
