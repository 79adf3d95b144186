package io.ffmiser.datamover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a target's session may rely on, whatever moves its data. */
public abstract class TargetDatamoverContract {
    private static final int TAG = 5;
    private static final int LENGTH = 4096;

    /** A target's datamover in full feature phase, and an initiator that answers it. */
    public interface Rig extends AutoCloseable {
        TargetDatamover datamover();

        /** Of the target, 64 KiB. */
        RegisteredMemory memory();

        /** The initiator sends a command, with an empty read buffer. */
        void sendRead(int tag, int length);

        /** The initiator sends a command, some of its data with it. */
        void sendWrite(int tag, byte[] data, int immediate);

        /** Delivers all that is under way. */
        void run();

        /** What the initiator has read, from the beginning of its buffer. */
        byte[] readBuffer(int length);

        /** SCSI Responses that the initiator has got. */
        int responses();

        /** What was notified: {@code completed TAG/SN}, {@code available}, and each end with a word of its own. */
        List<String> events();

        /** How often an end was told. */
        long endings();

        /** The initiator goes without a word. */
        void vanish();

        @Override
        void close();
    }

    private final DataDescriptor descriptor = new DataDescriptor();

    /** In full feature phase. */
    protected abstract Rig rig();

    private static byte[] pattern() {
        byte[] octets = new byte[LENGTH];
        new Random(7).nextBytes(octets);
        return octets;
    }

    private static void store(Rig rig, byte[] octets) {
        MemorySegment.copy(octets, 0, rig.memory().segment(), ValueLayout.JAVA_BYTE, 0, octets.length);
    }

    private static byte[] stored(Rig rig, int from, int to) {
        return rig.memory().segment().asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
    }

    private void put(Rig rig, int tag, int sn, int from, int to, boolean notify) {
        rig.datamover().putData(tag, sn, from, descriptor.set(rig.memory(), from, to - from), notify);
    }

    private void get(Rig rig, int tag, int sn, int from, int to) {
        rig.datamover().getData(tag, sn, from, descriptor.set(rig.memory(), from, to - from), true);
    }

    private static void respond(Rig rig, int tag) {
        OutboundPdu place = rig.datamover().claimControl();
        assertNotNull(place);
        if (place != null) {
            fill(place, tag);
            rig.datamover().sendControl(place);
        }
    }

    private static void fill(OutboundPdu place, int tag) {
        ScsiResponsePdu pdu = new ScsiResponsePdu();
        pdu.begin(place.segment(), place.headerOffset());
        pdu.setInitiatorTaskTag(tag);
    }

    @Test
    void shouldMoveDataAndThenTheStatus_whenDataIsPut() {
        try (Rig rig = rig()) {
            store(rig, pattern());
            rig.sendRead(TAG, LENGTH);
            rig.run();
            put(rig, TAG, 0, 0, 1000, true);
            put(rig, TAG, 1, 1000, 1003, false);
            put(rig, TAG, 2, 1003, LENGTH, true);
            respond(rig, TAG);
            rig.datamover().flush();
            rig.run();
            assertArrayEquals(pattern(), rig.readBuffer(LENGTH));
            assertEquals(1, rig.responses());
            assertTrue(rig.events().contains("completed 5/0"), rig.events()::toString);
            assertFalse(rig.events().contains("completed 5/1"), "nobody asked");
            assertTrue(rig.events().contains("completed 5/2"), rig.events()::toString);
        }
    }

    @Test
    void shouldFetchWhatDidNotCome_whenItIsAskedFor() {
        try (Rig rig = rig()) {
            rig.sendWrite(TAG, pattern(), 512);
            rig.run();
            get(rig, TAG, 0, 512, LENGTH);
            rig.datamover().flush();
            rig.run();
            assertTrue(rig.events().contains("completed 5/0"), rig.events()::toString);
            assertArrayEquals(Arrays.copyOfRange(pattern(), 512, LENGTH), stored(rig, 512, LENGTH));
            assertArrayEquals(new byte[512], stored(rig, 0, 512));
            respond(rig, TAG);
            rig.run();
            assertEquals(1, rig.responses());
        }
    }

    @Test
    void shouldCompleteInOrder_whenSeveralPiecesAreFetched() {
        try (Rig rig = rig()) {
            rig.sendWrite(TAG, pattern(), 0);
            rig.run();
            for (int sn = 0; sn < 8; sn++) {
                get(rig, TAG, sn, sn * 512, (sn + 1) * 512);
            }
            rig.datamover().flush();
            rig.run();
            assertArrayEquals(pattern(), stored(rig, 0, LENGTH));
            List<String> completed = rig.events().stream()
                    .filter(event -> event.startsWith("completed"))
                    .toList();
            assertEquals(8, completed.size());
            assertEquals(completed.stream().sorted().toList(), completed);
        }
    }

    @Test
    void shouldTakeANewTaskWithTheTag_whenTheOldOneIsDeallocated() {
        try (Rig rig = rig()) {
            store(rig, pattern());
            rig.sendRead(TAG, 512);
            rig.run();
            rig.datamover().deallocateTaskResources(TAG);
            rig.datamover().deallocateTaskResources(4711);
            rig.sendRead(TAG, LENGTH);
            rig.run();
            put(rig, TAG, 0, 0, LENGTH, true);
            respond(rig, TAG);
            rig.run();
            assertArrayEquals(pattern(), rig.readBuffer(LENGTH));
            assertEquals(1, rig.responses());
        }
    }

    @Test
    void shouldEndEachOnceAndTakeANewTask_whenDataIsGivenUp() {
        try (Rig rig = rig()) {
            rig.sendWrite(TAG, new byte[LENGTH], 0);
            rig.run();
            rig.datamover().cancelGetData(4711);
            for (int sn = 0; sn < 4; sn++) {
                get(rig, TAG, sn, sn * 512, (sn + 1) * 512);
            }
            rig.datamover().flush();
            rig.datamover().cancelGetData(TAG);
            rig.datamover().cancelGetData(TAG);
            rig.run();
            for (int sn = 0; sn < 4; sn++) {
                assertEquals(1, Collections.frequency(rig.events(), "completed 5/" + sn), rig.events()::toString);
            }
            rig.datamover().deallocateTaskResources(TAG);
            rig.datamover().cancelGetData(TAG);
            rig.sendWrite(TAG, pattern(), 0);
            rig.run();
            get(rig, TAG, 9, 0, LENGTH);
            rig.datamover().flush();
            rig.run();
            assertTrue(rig.events().contains("completed 5/9"), rig.events()::toString);
            assertArrayEquals(pattern(), stored(rig, 0, LENGTH));
            respond(rig, TAG);
            rig.run();
            assertEquals(1, rig.responses());
            assertEquals(0, rig.endings());
        }
    }

    @Test
    void shouldRefuseAPlaceAndTellWhenOneIsFree_whenAllAreInUse() {
        try (Rig rig = rig()) {
            List<OutboundPdu> places = new ArrayList<>();
            OutboundPdu place = rig.datamover().claimControl();
            while (place != null) {
                fill(place, 100 + places.size());
                places.add(place);
                place = rig.datamover().claimControl();
            }
            assertFalse(rig.events().contains("available"));
            OutboundPdu first = places.removeFirst();
            rig.datamover().unclaimControl(first);
            assertThrows(IllegalStateException.class, () -> rig.datamover().unclaimControl(first));
            places.forEach(rig.datamover()::sendControl);
            rig.run();
            assertTrue(rig.events().contains("available"), rig.events()::toString);
            assertEquals(places.size(), rig.responses());
        }
    }

    @Test
    void shouldRefuse_whenARangeIsNotInTheMemory() {
        try (Rig rig = rig()) {
            rig.sendRead(TAG, LENGTH);
            rig.run();
            int end = (int) rig.memory().segment().byteSize();
            assertThrows(IndexOutOfBoundsException.class, () -> put(rig, TAG, 0, end - 1, end + 1, true));
            put(rig, TAG, 1, 0, 16, true);
            rig.datamover().flush();
            rig.run();
            assertTrue(rig.events().contains("completed 5/1"), rig.events()::toString);
        }
    }

    @Test
    void shouldSendWhatWasHandedOverAndEndOnce_whenItIsTerminated() {
        try (Rig rig = rig()) {
            respond(rig, TAG);
            rig.datamover().connectionTerminate();
            rig.datamover().connectionTerminate();
            rig.run();
            assertEquals(1, rig.responses());
            assertEquals(1, rig.endings());
            assertTrue(rig.events().contains("terminated"), rig.events()::toString);
        }
    }

    @Test
    void shouldEndOnceAndThenDoNothing_whenTheInitiatorVanishes() {
        try (Rig rig = rig()) {
            rig.sendRead(TAG, LENGTH);
            rig.run();
            put(rig, TAG, 0, 0, LENGTH, true);
            rig.vanish();
            rig.run();
            assertEquals(1, rig.endings());
            int told = rig.events().size();
            rig.datamover().flush();
            put(rig, TAG, 1, 0, 512, true);
            get(rig, TAG, 2, 0, 512);
            rig.datamover().cancelGetData(TAG);
            rig.datamover().deallocateTaskResources(TAG);
            rig.datamover().connectionTerminate();
            rig.run();
            assertEquals(told, rig.events().size());
        }
    }
}
