package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.scsi.ScsiCommand.TaskAttribute;
import io.ffmiser.store.StoreException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Order, bounds, aborts, caches and failures, with a store that completes when told to. */
class TaskSetTest {
    private static final LunInventory NONE = new LunInventory() {
        @Override
        public int count(Nexus nexus) {
            return 0;
        }

        @Override
        public long lun(Nexus nexus, int index) {
            throw new AssertionError();
        }
    };
    private static final DiskSettings SETTINGS = DiskSettings.of("iqn.t/0").withMaxTasks(4);

    private final RecordingStore store = new RecordingStore();
    private final TestTransport transport = new TestTransport(2);
    private final Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);

    private DiskLogicalUnit disk(DiskSettings settings) {
        DiskLogicalUnit disk = new DiskLogicalUnit(store, settings, NONE);
        transport.serve(disk);
        return disk;
    }

    private TestTransport.Io write(TaskAttribute attribute, int lba) {
        byte[] cdb = TestTransport.hex("2a 00 00 00 00 00 00 00 01 00");
        cdb[5] = (byte) lba;
        return transport.begin(nexus, attribute, cdb, 0, new byte[512]);
    }

    private TestTransport.Io read(TaskAttribute attribute, int lba) {
        byte[] cdb = TestTransport.hex("28 00 00 00 00 00 00 00 01 00");
        cdb[5] = (byte) lba;
        return transport.begin(nexus, attribute, cdb, 512);
    }

    @Test
    void shouldLeavePlacesForOthers_whenOneNexusSendsAllItCan() {
        DiskLogicalUnit disk = disk(SETTINGS);
        Nexus other = new Nexus("iqn.o,i,0x1", "iqn.t,t,0x0001", 1, null);
        disk.nexusEstablished(nexus);
        disk.nexusEstablished(other);
        store.holding = true;
        byte[] cdb = TestTransport.hex("28 00 00 00 00 00 00 00 01 00");
        transport.begin(nexus, TaskAttribute.SIMPLE, TestTransport.hex("00 00 00 00 00 00"), 0);
        transport.begin(other, TaskAttribute.SIMPLE, TestTransport.hex("00 00 00 00 00 00"), 0);
        read(TaskAttribute.SIMPLE, 0);
        read(TaskAttribute.SIMPLE, 1);
        assertEquals(ScsiCommand.TASK_SET_FULL, read(TaskAttribute.SIMPLE, 2).status(), "half of the places are taken");
        TestTransport.Io others = transport.begin(other, TaskAttribute.SIMPLE, cdb, 512);
        assertEquals(0, others.completions, "it has a place");
        for (int i = 0; i < 3; i++) {
            store.completeOne();
        }
        others.good();
        store.holding = false;
        read(TaskAttribute.SIMPLE, 3).good();
        transport.checkQuiet();
    }

    @Test
    void shouldEndWithCheckConditionWhenTheWireIsDone_whenTheTransportThrew() {
        disk(SETTINGS);
        transport.holding = true;
        TestTransport.Io io = write(TaskAttribute.SIMPLE, 1);
        transport.failing = true;
        assertTrue(transport.answerOne());
        transport.failing = false;
        assertEquals(0, io.completions, "the wire uses its buffer");
        assertTrue(transport.answerOne());
        assertEquals(Sense.INTERNAL_TARGET_FAILURE, io.condition());
        transport.checkQuiet();
    }

    @Test
    void shouldStillEndByAbort_whenTheTransportThrew() {
        disk(SETTINGS);
        transport.holding = true;
        TestTransport.Io io = write(TaskAttribute.SIMPLE, 1);
        transport.failing = true;
        assertTrue(transport.answerOne());
        transport.failing = false;
        transport.abort(io);
        assertFalse(io.aborted, "the wire uses its buffer");
        assertTrue(transport.answerOne());
        assertTrue(io.aborted);
        transport.checkQuiet();
    }

    @Test
    void shouldEndWithCheckConditionAtOnce_whenTheTransportTakesNothing() {
        disk(SETTINGS);
        transport.refusing = true;
        TestTransport.Io noBuffer = read(TaskAttribute.SIMPLE, 1);
        assertEquals(Sense.INTERNAL_TARGET_FAILURE, noBuffer.condition());
        transport.refusing = false;
        transport.holding = true;
        TestTransport.Io notReceived = write(TaskAttribute.SIMPLE, 1);
        transport.refusing = true;
        assertTrue(transport.answerOne(), "its buffer");
        assertEquals(Sense.INTERNAL_TARGET_FAILURE, notReceived.condition());
        transport.refusing = false;
        transport.holding = false;
        store.holding = true;
        TestTransport.Io notSent = read(TaskAttribute.SIMPLE, 1);
        transport.refusing = true;
        store.completeOne();
        assertEquals(Sense.INTERNAL_TARGET_FAILURE, notSent.condition());
        transport.refusing = false;
        transport.checkQuiet();
    }

    @Test
    void shouldNotWaitForABuffer_whenOneHasMovedAll() {
        TestTransport single = new TestTransport(1);
        single.serve(new DiskLogicalUnit(store, SETTINGS, NONE));
        single.keeping = true;
        byte[] cdb = TestTransport.hex("28 00 00 00 00 00 00 00 30 00");
        single.begin(nexus, TaskAttribute.SIMPLE, cdb, 3 * TestTransport.CHUNK).good();
        single.checkQuiet();
    }

    @Test
    void shouldEndByAbortAtOnce_whenItWaitsForABuffer() {
        TestTransport none = new TestTransport(0);
        none.serve(new DiskLogicalUnit(store, SETTINGS, NONE));
        byte[] cdb = TestTransport.hex("28 00 00 00 00 00 00 00 30 00");
        TestTransport.Io io = none.begin(nexus, TaskAttribute.SIMPLE, cdb, 3 * TestTransport.CHUNK);
        none.abort(io);
        assertTrue(io.aborted);
        none.checkQuiet();
    }

    @Test
    void shouldStartWhatWaits_whenTheListenerOfAnAbortThrows() {
        DiskLogicalUnit disk = disk(SETTINGS);
        store.holding = true;
        TestTransport.Io runs = read(TaskAttribute.SIMPLE, 1);
        TestTransport.Io ordered = write(TaskAttribute.ORDERED, 2);
        TestTransport.Io behind = read(TaskAttribute.SIMPLE, 3);
        assertThrows(
                IllegalStateException.class,
                () -> disk.abort(ordered.command, aborted -> {
                    ordered.aborted = true;
                    throw new IllegalStateException("as the test wants");
                }));
        assertEquals(List.of("read 1+1", "read 3+1"), store.calls);
        store.completeOne();
        store.completeOne();
        runs.good();
        behind.good();
        transport.checkQuiet();
    }

    @Test
    void shouldEndWithCheckCondition_whenAnErrorComesInTheStoresCompletion() {
        disk(SETTINGS);
        store.holding = true;
        TestTransport.Io ordered = write(TaskAttribute.ORDERED, 1);
        TestTransport.Io behind = write(TaskAttribute.SIMPLE, 2);
        store.cacheFault = new OutOfMemoryError("as the test wants");
        store.completeOne();
        assertEquals(Sense.INTERNAL_TARGET_FAILURE, ordered.condition());
        store.cacheFault = null;
        store.completeOne();
        behind.good();
        transport.checkQuiet();
    }

    @Test
    void shouldEndWithCheckCondition_whenACommandCannotBegin() {
        disk(SETTINGS);
        store.cacheFault = new IllegalStateException("as the test wants");
        byte[] forced = TestTransport.hex("28 08 00 00 00 01 00 00 01 00");
        assertEquals(
                Sense.INTERNAL_TARGET_FAILURE, transport.run(nexus, forced, 512).condition());
        store.cacheFault = null;
        transport.run(nexus, forced, 512).good();
        transport.checkQuiet();
    }

    @Test
    void shouldFlush_whenTheCacheIsTurnedOffWhileAWriteIsUnderWay() {
        disk(SETTINGS);
        store.holding = true;
        TestTransport.Io write = write(TaskAttribute.SIMPLE, 1);
        byte[] list = TestTransport.hex("00000000" + "0812" + "00".repeat(18));
        TestTransport.Io select =
                transport.begin(nexus, TaskAttribute.SIMPLE, TestTransport.hex("15 10 00 00 18 00"), 0, list);
        assertEquals(List.of("write 1+1", "flush 0+1024"), store.calls);
        store.completeOne();
        assertEquals(0, write.completions, "it is not on the medium");
        assertEquals(List.of("write 1+1", "flush 0+1024", "flush 0+1024"), store.calls);
        store.completeOne();
        store.completeOne();
        write.good();
        select.good();
        transport.checkQuiet();
    }

    @Test
    void shouldFail_whenTheDirectionContradictsTheCommand() {
        disk(SETTINGS);
        byte[] read = TestTransport.hex("28 00 00 00 00 00 00 00 01 00");
        byte[] write = TestTransport.hex("2a 00 00 00 00 00 00 00 01 00");
        assertEquals(
                Sense.INVALID_FIELD_IN_CDB, transport.run(nexus, write, 512).condition());
        assertEquals(
                Sense.INVALID_FIELD_IN_CDB,
                transport.run(nexus, read, 0, new byte[512]).condition());
        assertEquals(List.of(), store.calls);
    }

    @Test
    void shouldHoldYounger_whenATaskIsOrdered() {
        disk(SETTINGS);
        store.holding = true;
        read(TaskAttribute.SIMPLE, 1);
        read(TaskAttribute.ORDERED, 2);
        read(TaskAttribute.SIMPLE, 3);
        assertEquals(List.of("read 1+1"), store.calls);
        store.completeOne();
        assertEquals(List.of("read 1+1", "read 2+1"), store.calls);
        store.completeOne();
        store.completeOne();
        assertEquals(List.of("read 1+1", "read 2+1", "read 3+1"), store.calls);
        transport.checkQuiet();
    }

    @Test
    void shouldRunAtOnce_whenATaskIsHeadOfQueue() {
        disk(SETTINGS);
        store.holding = true;
        read(TaskAttribute.ORDERED, 1);
        read(TaskAttribute.SIMPLE, 2);
        read(TaskAttribute.HEAD_OF_QUEUE, 3);
        assertEquals(List.of("read 1+1", "read 3+1"), store.calls);
        store.completeOne();
        assertEquals(2, store.calls.size(), "the head of the queue is older now");
        store.completeOne();
        assertEquals(List.of("read 1+1", "read 3+1", "read 2+1"), store.calls);
        store.completeOne();
        transport.checkQuiet();
    }

    @ParameterizedTest
    @EnumSource(
            value = TaskAttribute.class,
            names = {"ORDERED", "HEAD_OF_QUEUE"})
    void shouldHoldNobodyElse_whenTheDataOfAnOrderedWriteDoNotCome(TaskAttribute attribute) {
        disk(SETTINGS);
        Nexus other = new Nexus("iqn.o,i,0x1", "iqn.t,t,0x0001", 1, null);
        store.holding = true;
        TestTransport.Io older =
                transport.begin(other, TaskAttribute.SIMPLE, TestTransport.hex("28 00 00 00 00 01 00 00 01 00"), 512);
        transport.holding = true;
        TestTransport.Io slow = write(attribute, 2);
        transport.holding = false;
        assertTrue(slow.unanswered > 0, "older commands of others hold nothing either: its data is asked for");
        store.completeOne();
        older.good();
        TestTransport.Io younger =
                transport.begin(other, TaskAttribute.SIMPLE, TestTransport.hex("28 00 00 00 00 03 00 00 01 00"), 512);
        store.completeOne();
        younger.good();
        assertEquals(0, slow.completions);
        store.holding = false;
        while (transport.answerOne()) {
            // its data come at last
        }
        slow.good();
        transport.checkQuiet();
    }

    @Test
    void shouldEnd_whenAnAcaTaskComesWithoutThatCondition() {
        disk(SETTINGS);
        assertEquals(Sense.INVALID_MESSAGE, read(TaskAttribute.ACA, 1).condition());
    }

    @Test
    void shouldSayTaskSetFull_whenTheLimitIsReached() {
        disk(SETTINGS.withMaxTasks(2));
        store.holding = true;
        read(TaskAttribute.SIMPLE, 1);
        read(TaskAttribute.ORDERED, 2);
        assertEquals(ScsiCommand.TASK_SET_FULL, read(TaskAttribute.SIMPLE, 3).status());
        store.completeOne();
        store.completeOne();
        read(TaskAttribute.SIMPLE, 4);
        store.completeOne();
        transport.checkQuiet();
    }

    @Test
    void shouldTellNothingBeforeStoreAndWireAreDone_whenAborted() {
        disk(SETTINGS);
        transport.holding = true;
        store.holding = true;
        TestTransport.Io write = write(TaskAttribute.SIMPLE, 1);
        transport.abort(write);
        assertFalse(write.aborted, "a buffer is asked for");
        assertTrue(transport.answerOne());
        assertTrue(write.aborted);

        TestTransport.Io fetching = write(TaskAttribute.SIMPLE, 1);
        transport.answerOne();
        transport.abort(fetching);
        assertFalse(fetching.aborted, "the wire writes to its buffer");
        transport.answerOne();
        assertTrue(fetching.aborted);
        assertEquals(List.of(), store.calls);

        TestTransport.Io storing = write(TaskAttribute.SIMPLE, 1);
        transport.answerOne();
        transport.answerOne();
        transport.abort(storing);
        assertFalse(storing.aborted, "the store reads its buffer");
        store.completeOne();
        assertTrue(storing.aborted);
        transport.checkQuiet();
    }

    @Test
    void shouldLeaveTheQueue_whenAWaitingTaskIsAborted() {
        disk(SETTINGS);
        store.holding = true;
        read(TaskAttribute.SIMPLE, 1);
        TestTransport.Io ordered = read(TaskAttribute.ORDERED, 2);
        read(TaskAttribute.SIMPLE, 3);
        transport.abort(ordered);
        assertTrue(ordered.aborted);
        assertEquals(List.of("read 1+1", "read 3+1"), store.calls, "nothing holds the third");
        store.completeOne();
        store.completeOne();
        transport.checkQuiet();
    }

    @Test
    void shouldWait_whenThePoolIsSpent() {
        disk(SETTINGS);
        store.holding = true;
        read(TaskAttribute.SIMPLE, 1);
        read(TaskAttribute.SIMPLE, 2);
        read(TaskAttribute.SIMPLE, 3);
        assertEquals(2, store.calls.size());
        store.completeOne();
        assertEquals(3, store.calls.size());
        store.completeOne();
        store.completeOne();
        transport.checkQuiet();
    }

    @Test
    void shouldGiveStatusBehindTheData_whenTheLastDataIsUnderWay() {
        disk(SETTINGS);
        transport.holding = true;
        TestTransport.Io read = read(TaskAttribute.SIMPLE, 1);
        transport.answerOne();
        assertEquals(1, read.completions, "status need not wait for the data's completion");
        assertEquals(1, read.unanswered);
        transport.answerOne();
        transport.checkQuiet();
    }

    @Test
    void shouldFlushBeforeStatus_whenAWriteIsForcedOrUncached() {
        disk(SETTINGS);
        transport.run(nexus, "2a 00 00 00 00 05 00 00 01 00", 0, new byte[512]).good();
        assertEquals(List.of("write 5+1"), store.calls);
        store.calls.clear();
        transport.run(nexus, "2a 08 00 00 00 05 00 00 01 00", 0, new byte[512]).good();
        transport
                .run(nexus, "8a 08 00 00 00 00 00 00 00 05 00 00 00 01 00 00", 0, new byte[512])
                .good();
        assertEquals(List.of("write 5+1", "flush 0+1024", "write 5+1", "flush 0+1024"), store.calls);
        store.calls.clear();
        transport.run(nexus, "28 08 00 00 00 05 00 00 01 00", 512).good();
        assertEquals(List.of("flush 0+1024", "read 5+1"), store.calls);
        store.calls.clear();
        // MODE SELECT turns the cache off, and flushes.
        byte[] list = TestTransport.hex("00000000" + "0812" + "00".repeat(18));
        transport.run(nexus, "15 10 00 00 18 00", 0, list).good();
        assertEquals(List.of("flush 0+1024"), store.calls);
        store.calls.clear();
        transport.run(nexus, "0a 00 00 05 01 00", 0, new byte[512]).good();
        transport
                .run(
                        nexus,
                        "42 00 00 00 00 00 00 00 18 00",
                        0,
                        TestTransport.hex("00160010 00000000 0000000000000006 00000002 00000000"))
                .good();
        transport
                .run(nexus, "93 01 00 00 00 00 00 00 00 06 00 00 00 02 00 00", 0)
                .good();
        assertEquals(
                List.of("write 5+1", "flush 0+1024", "unmap 6+2", "flush 0+1024", "unmap 6+2", "flush 0+1024"),
                store.calls);
        store.calls.clear();
        transport.run(nexus, "35 00 00 00 00 00 00 00 00 00", 0).good();
        transport.run(nexus, "1b 00 00 00 00 00", 0).good();
        transport.run(nexus, "1b 00 00 00 01 00", 0).good();
        assertEquals(List.of("flush 0+1024", "flush 0+1024"), store.calls);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2a 08 00 00 00 05 00 00 01 00",
                "35 00 00 00 00 00 00 00 00 00",
                "91 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
                "1b 00 00 00 00 00"
            })
    void shouldNotBeGood_whenTheFlushFails(String cdb) {
        disk(SETTINGS);
        store.holding = true;
        boolean writes = cdb.startsWith("2a");
        TestTransport.Io io =
                transport.begin(nexus, TaskAttribute.SIMPLE, TestTransport.hex(cdb), 0, new byte[writes ? 512 : 0]);
        if (writes) {
            store.completeOne();
        }
        store.failNext(new StoreException("flush failed"));
        store.completeOne();
        assertEquals(Sense.WRITE_ERROR, io.condition());
        transport.run(nexus, "00 00 00 00 00 00", 0).good(); // nor stopped
        transport.checkQuiet();
    }

    @Test
    void shouldNameTheBlock_whenTheStoreFails() {
        disk(SETTINGS);
        store.failNext(new StoreException("bad block"));
        TestTransport.Io read = read(TaskAttribute.SIMPLE, 9);
        assertEquals(Sense.READ_ERROR, read.condition());
        assertEquals(9, Cdb.get32(read.command.sense(), 3));
        store.failNext(new StoreException("bad block"));
        TestTransport.Io write = write(TaskAttribute.SIMPLE, 10);
        assertEquals(Sense.WRITE_ERROR, write.condition());
        assertEquals(10, Cdb.get32(write.command.sense(), 3));
        store.failNext(StoreException.outOfSpace("full", new IOException("full")));
        assertEquals(
                Sense.SPACE_ALLOCATION_FAILED, write(TaskAttribute.SIMPLE, 10).condition());
        transport.checkQuiet();
    }

    @Test
    void shouldWaitForTheOtherChunk_whenOneFails() {
        disk(SETTINGS);
        store.holding = true;
        TestTransport.Io io = transport.begin(
                nexus, TaskAttribute.SIMPLE, TestTransport.hex("28 00 00 00 00 00 00 00 40 00"), 64 * 512);
        assertEquals(List.of("read 0+16", "read 16+16"), store.calls);
        store.failNext(new StoreException("bad block"));
        store.completeOne();
        assertEquals(0, io.completions, "the second chunk is still being read");
        store.completeOne();
        assertEquals(Sense.READ_ERROR, io.condition());
        transport.checkQuiet();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0a 00 00 00 01 00",
                "2a 00 00 00 00 00 00 00 01 00",
                "aa 00 00 00 00 00 00 00 00 01 00 00",
                "8a 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00",
                "2e 00 00 00 00 00 00 00 01 00",
                "41 00 00 00 00 00 00 00 01 00",
                "93 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00"
            })
    void shouldBeWriteProtected_whenTheStoreIsReadOnly(String cdb) {
        store.readOnly = true;
        disk(SETTINGS);
        assertEquals(
                Sense.WRITE_PROTECTED,
                transport.run(nexus, cdb, 0, new byte[512]).condition());
        byte[] mode = transport.run(nexus, "1a 08 08 00 ff 00", 255).good().received();
        assertEquals(0x90, mode[2] & 0xFF, "WP, DPOFUA");
        assertEquals(List.of(), store.calls);
    }
}
