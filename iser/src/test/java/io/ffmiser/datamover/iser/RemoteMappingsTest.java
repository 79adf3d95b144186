package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.TaskTags;
import org.junit.jupiter.api.Test;

/** The Remote Mapping of a target (RFC 7145 section 7.3.1) and the bounds of what was advertised. */
class RemoteMappingsTest {
    private static final long BASE = 0x1_0000_0000L;

    private final RemoteMappings mappings = new RemoteMappings(2);

    @Test
    void shouldBeWithinTheReadBuffer_whenNoOctetLeavesIt() {
        int task = mappings.add(5);
        mappings.advertiseRead(task, 0x77, BASE, 1000);

        assertTrue(mappings.isInReadBuffer(task, 0, 1));
        assertTrue(mappings.isInReadBuffer(task, 0, 1000));
        assertTrue(mappings.isInReadBuffer(task, 999, 1));
        assertFalse(mappings.isInReadBuffer(task, 0, 1001));
        assertFalse(mappings.isInReadBuffer(task, 999, 2));
        assertFalse(mappings.isInReadBuffer(task, 1000, 1));
        assertFalse(mappings.isInReadBuffer(task, -1, 1));
        assertFalse(mappings.isInReadBuffer(task, Long.MAX_VALUE, Integer.MAX_VALUE));
        assertFalse(mappings.isInReadBuffer(task, 0, 0));
        assertFalse(mappings.isInReadBuffer(task, 0, -1));
        assertEquals(BASE + 999, mappings.readAddress(task, 999));
        assertEquals(0x77, mappings.readStag(task));
    }

    @Test
    void shouldReachToTheLastOctet_whenTheLengthIsTheLongest() {
        int task = mappings.add(5);
        mappings.advertiseRead(task, 1, 0, 0xffff_ffffL);
        assertTrue(mappings.isInReadBuffer(task, 0xffff_fffeL, 1));
        assertFalse(mappings.isInReadBuffer(task, 0xffff_ffffL, 1));
    }

    @Test
    void shouldSolicitOnlyBehindWhatCame_whenSomeDataWasUnsolicited() {
        int task = mappings.add(5);
        mappings.advertiseWrite(task, 0x78, BASE, 1000);
        mappings.unsolicitedArrived(task, 100, true);
        assertTrue(mappings.isUnsolicitedToCome(task));
        mappings.unsolicitedArrived(task, 50, false);
        assertFalse(mappings.isUnsolicitedToCome(task));

        assertFalse(mappings.isInWriteBuffer(task, 149, 1));
        assertTrue(mappings.isInWriteBuffer(task, 150, 850));
        assertFalse(mappings.isInWriteBuffer(task, 150, 851));
        // RFC 7145 section 6.9: the base names the first solicited octet, or the first of all.
        assertEquals(BASE, mappings.writeAddress(task, 150, true));
        assertEquals(BASE + 150, mappings.writeAddress(task, 150, false));
        assertEquals(0x78, mappings.writeStag(task));
    }

    @Test
    void shouldForgetTheTaskBefore_whenAnEntryIsUsedAgain() {
        int task = mappings.add(5);
        mappings.advertiseRead(task, 1, BASE, 10);
        mappings.advertiseWrite(task, 2, BASE, 10);
        mappings.unsolicitedArrived(task, 10, true);
        mappings.transferStarted(task, true);
        int generation = mappings.generation(task);
        mappings.remove(task);
        assertEquals(TaskTags.NONE, mappings.find(5));

        int again = mappings.add(6);
        assertEquals(task, again, "last in, first out");
        assertFalse(mappings.hasRead(again));
        assertFalse(mappings.hasWrite(again));
        assertFalse(mappings.isUnsolicitedToCome(again));
        assertEquals(0, mappings.reads(again));
        assertNotEquals(generation, mappings.generation(again));
        mappings.advertiseWrite(again, 2, BASE, 10);
        assertTrue(mappings.isInWriteBuffer(again, 0, 10));

        mappings.transferStarted(again, true);
        mappings.transferCompleted(again, generation, true);
        assertEquals(1, mappings.reads(again), "that was of the task before");
    }

    @Test
    void shouldDrain_whenATaskIsDeallocatedWithTransfersUnderWay() {
        int task = mappings.add(5);
        int generation = mappings.generation(task);
        mappings.transferStarted(task, true);
        mappings.transferStarted(task, false);
        assertEquals(1, mappings.reads(task));
        assertEquals(1, mappings.size());

        mappings.deallocate(task);
        assertEquals(TaskTags.NONE, mappings.find(5), "no command finds it any more");
        assertEquals(0, mappings.size());
        mappings.transferCompleted(task, generation, true);
        assertEquals(0, mappings.reads(task));
        assertNotEquals(task, mappings.add(6), "one transfer is still under way");
        mappings.transferCompleted(task, generation, false);
        assertEquals(task, mappings.add(7), "the entry is free");
    }

    @Test
    void shouldNotDrain_whenTheTaskLives() {
        int task = mappings.add(5);
        mappings.transferStarted(task, true);
        mappings.transferCompleted(task, mappings.generation(task), true);
        assertEquals(task, mappings.find(5));
        assertNotEquals(task, mappings.add(6));
        mappings.deallocate(task);
        assertEquals(task, mappings.add(7), "no transfer is under way");
    }

    @Test
    void shouldGiveTheEntryBack_whenTasksAreDeallocated() {
        for (int tag = 0; tag < 100; tag++) {
            int task = mappings.add(tag);
            if (tag % 2 == 0) {
                mappings.deallocate(task);
            } else {
                mappings.transferStarted(task, false);
                mappings.deallocate(task);
                mappings.transferCompleted(task, mappings.generation(task), false);
            }
            assertFalse(mappings.isFull());
        }
    }

    @Test
    void shouldBeFull_whenAsManyDrainAsThereMayBe() {
        // Two by tag, and two more that only wait for their transfers.
        for (int tag = 0; tag < 2; tag++) {
            int draining = mappings.add(tag);
            mappings.transferStarted(draining, false);
            mappings.deallocate(draining);
        }
        assertFalse(mappings.isFull());
        mappings.add(2);
        assertFalse(mappings.isFull());
        int last = mappings.add(3);
        assertTrue(mappings.isFull());
        mappings.remove(last);
        assertFalse(mappings.isFull());
        int third = mappings.add(4);
        mappings.transferStarted(third, false);
        mappings.deallocate(third);
        assertTrue(mappings.isFull(), "there is room by tag, but no entry is free");
    }
}
