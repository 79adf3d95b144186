package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our initiator against our target, on simulated devices of each kind. */
class IserDialogueTest {
    private static final int SLOTS = 8;
    private static final int SLOT_BYTES = 64 << 10;
    private static final int PLACES = 16;

    static List<SimOptions> devices() {
        return List.of(SimOptions.IWARP, SimOptions.HARDWARE_IWARP, SimOptions.VERBS, SimOptions.PLAIN_VERBS);
    }

    /** One run: commands at random, several at once, checked against a model of the target's memory. */
    private static final class Run implements AutoCloseable {
        final IserFixture fixture;
        final Random random;
        private final byte[] model = new byte[(int) IserFixture.MEMORY];
        private final byte[][] expected = new byte[SLOTS][];
        private final int[] reads = new int[SLOTS];
        private IserDialogue.@Nullable InitiatorSide initiator;
        private IserDialogue.@Nullable TargetSide target;
        /** Places that a command under way writes: nothing else touches them meanwhile. */
        private final int[] placeOfSlot = new int[SLOTS];

        Run(long seed, SimOptions device, FaultPlan plan) {
            fixture = new IserFixture(seed, device, plan);
            random = new Random(seed);
            fixture.initiatorListener = made ->
                    initiator = new IserDialogue.InitiatorSide(made, fixture.initiatorMemory, SLOTS, SLOT_BYTES);
            fixture.targetListener = made -> target = new IserDialogue.TargetSide(made, fixture.targetMemory, SLOTS);
            fixture.targetSettings = fixture.targetSettings.withMaxDataOperations(64);
            Arrays.fill(placeOfSlot, -1);
        }

        IserDialogue.InitiatorSide initiator() {
            return Objects.requireNonNull(initiator);
        }

        IserDialogue.TargetSide target() {
            return Objects.requireNonNull(target);
        }

        boolean isOver() {
            return !initiator().ending.isEmpty();
        }

        private void begin(int slot) {
            int place;
            do {
                place = random.nextInt(PLACES);
            } while (taken(place));
            placeOfSlot[slot] = place;
            int offset = place * SLOT_BYTES;
            int length = 1 + random.nextInt(SLOT_BYTES);
            long memory = (long) slot * SLOT_BYTES;
            reads[slot] = 0;
            if (random.nextBoolean()) {
                reads[slot] = length;
                expected[slot] = Arrays.copyOfRange(model, offset, offset + length);
                IserFixture.put(fixture.initiatorMemory, memory, new byte[length]);
                initiator().read(slot, offset, length);
            } else {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                IserFixture.put(fixture.initiatorMemory, memory, bytes);
                System.arraycopy(bytes, 0, model, offset, length);
                initiator().write(slot, offset, length, random.nextInt(3) * Math.min(length, 4000) / 2);
            }
        }

        private boolean sendIsFree() {
            OutboundPdu pdu = fixture.initiator().claimControl();
            if (pdu == null) {
                return false;
            }
            fixture.initiator().unclaimControl(pdu);
            return true;
        }

        private boolean allIdle() {
            for (int slot = 0; slot < SLOTS; slot++) {
                if (initiator().isBusy(slot)) {
                    return false;
                }
            }
            return sendIsFree();
        }

        private boolean taken(int place) {
            for (int slot = 0; slot < SLOTS; slot++) {
                if (placeOfSlot[slot] == place && initiator().isBusy(slot)) {
                    return true;
                }
            }
            return false;
        }

        private void check(int slot) {
            if (reads[slot] > 0) {
                assertArrayEquals(
                        expected[slot],
                        IserFixture.get(fixture.initiatorMemory, (long) slot * SLOT_BYTES, reads[slot]));
            }
        }

        void go(int commands) {
            int begun = 0;
            int seen = initiator().responses;
            while (begun < commands && !isOver()) {
                int slot = random.nextInt(SLOTS);
                if (!initiator().isBusy(slot) && sendIsFree()) {
                    begin(slot);
                    begun++;
                } else {
                    int before = initiator().responses;
                    assertTrue(
                            fixture.run(() -> initiator().responses > before || isOver() || allIdle()),
                            () -> "stuck; handlers " + fixture.fabric.handlerFailures());
                }
                while (seen < initiator().responses) {
                    seen = initiator().responses;
                    check(initiator().lastTag);
                }
            }
        }

        void finish() {
            fixture.runDry();
            for (int slot = 0; slot < SLOTS; slot++) {
                assertFalse(initiator().isBusy(slot) && !isOver());
                if (!isOver()) {
                    check(slot);
                }
            }
            if (!isOver()) {
                assertArrayEquals(model, IserFixture.get(fixture.targetMemory, 0, model.length));
                assertEquals(0, fixture.initiator().tasksAdvertised());
                assertEquals(0, fixture.target().tasksMapped());
                assertEquals(16, fixture.initiator().receivesPosted());
                assertEquals(16, fixture.target().receivesPosted());
            }
            assertFalse(fixture.fabric.isReachable(fixture.initiatorMemory.segment()));
            assertTrue(fixture.fabric.handlerFailures().isEmpty(), fixture.fabric.handlerFailures()::toString);
            assertEquals(0, fixture.fabric.counters().receiverNotReady());
            assertEquals(0, fixture.fabric.counters().solicitedEvents(), "RFC 7145 section 1.5.2: plain Sends");
        }

        @Override
        public void close() {
            fixture.close();
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldMoveTheRightOctets_whenCommandsRunInParallel(SimOptions device) {
        for (int seed = 1; seed <= 10; seed++) {
            try (Run run = new Run(seed, device, FaultPlan.NONE)) {
                run.fixture.loginBoth();
                run.go(300);
                run.finish();
                assertFalse(run.isOver());
                assertEquals(300, run.target().commands);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void shouldEndOnceAndLeaveNothing_whenTheConnectionIsCutAtAnyEvent(SimOptions device) {
        int ended = 0;
        for (int event = 0; event < 100; event++) {
            try (Run run = new Run(event, device, FaultPlan.NONE)) {
                run.fixture.loginBoth();
                int last = event;
                run.go(4);
                for (int i = 0; i < last && run.fixture.fabric.step(); i++) {
                    // as far as this round goes
                }
                run.fixture.fabric.cut((io.ffmiser.testkit.sim.SimConnection) run.fixture.initiator().connection);
                run.finish();
                assertTrue(run.isOver());
                assertFalse(run.target().ending.isEmpty(), "the target hears of it too");
                ended++;
            }
        }
        assertEquals(100, ended);
    }

    @Test
    void shouldTellBothSides_whenTheInitiatorTerminates() {
        try (Run run = new Run(1, SimOptions.IWARP, FaultPlan.NONE)) {
            run.fixture.loginBoth();
            run.go(20);
            run.fixture.initiator().connectionTerminate();
            run.finish();
            assertEquals("terminated", run.initiator().ending);
            assertEquals("disconnected by the peer", run.target().ending);
        }
    }
}
