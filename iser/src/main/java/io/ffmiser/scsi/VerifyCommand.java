package io.ffmiser.scsi;

import io.ffmiser.store.StoreException;
import java.lang.foreign.MemorySegment;

/**
 * VERIFY (10), (12), (16) and WRITE AND VERIFY (10), (16), SBC-3 sections 5.22 to 5.24 and 5.36 to 5.38. Blocks are read through the
 * store; BYTCHK 01b compares them with as many blocks of the client, 11b with one. The chunk is halved where both are needed.
 */
final class VerifyCommand implements CommandHandler {
    private static final int RECEIVE = 0;
    private static final int SAVE = 1;
    private static final int LOAD = 2;
    private static final int FLUSH = 3;

    private final Disk disk;
    private final boolean writes;

    VerifyCommand(Disk disk, boolean writes) {
        this.disk = disk;
        this.writes = writes;
    }

    private static int byteCheck(Task task) {
        return task.cdb()[1] >> 1 & 3;
    }

    @Override
    public void start(Task task) {
        int byteCheck = byteCheck(task);
        if (byteCheck == 2 || (writes && byteCheck == 3)) {
            task.invalidField(1, 2);
            return;
        }
        if (writes && !disk.admitWrite(task)) {
            return;
        }
        boolean takesData = writes || byteCheck != 0;
        if (!disk.admitRange(task, takesData ? disk.maxTransferBlocks() : disk.maxFillBlocks())) {
            return;
        }
        task.verifying = byteCheck != 0;
        // A write that is read back has been on the medium.
        task.forced = writes && disk.store.hasVolatileCache();
        if (byteCheck == 3) {
            task.transferLength = task.length == 0 ? 0 : disk.blockSize;
            task.admitDataOut(task.transferLength);
        } else if (takesData) {
            task.admitDataOut(task.length);
        } else {
            task.transferLength = 0;
        }
    }

    @Override
    public void advance(Task task) {
        TaskBuffer buffer = task.first;
        boolean receives = writes || byteCheck(task) == 1;
        switch (buffer.state()) {
            case IDLE -> {
                if (task.length == 0) {
                    task.good();
                } else {
                    buffer.request(Math.max(2L * disk.blockSize, receives ? 2 * task.length : task.length));
                }
            }
            case GRANTED -> {
                if (buffer.capacity() / 2 < disk.blockSize) {
                    task.fail(Sense.INSUFFICIENT_RESOURCES);
                } else if (byteCheck(task) == 3 && task.data == null) {
                    buffer.receive(0, disk.blockSize);
                } else {
                    next(task, buffer, receives);
                }
            }
            case RECEIVED -> {
                if (byteCheck(task) == 3) {
                    byte[] pattern = new byte[disk.blockSize];
                    Task.copyOut(buffer, pattern, pattern.length);
                    task.data = pattern;
                    next(task, buffer, false);
                } else if (writes) {
                    buffer.stage = SAVE;
                    buffer.save(disk.store, task.storeOffset + buffer.position, buffer.used);
                } else {
                    load(task, buffer, buffer.used);
                }
            }
            case STORED -> stored(task, buffer, receives);
            default -> {
                // An answer is awaited.
            }
        }
    }

    private void next(Task task, TaskBuffer buffer, boolean receives) {
        int room = receives ? buffer.capacity() / 2 : buffer.capacity();
        int count = (int) Math.min(disk.wholeBlocksIn(room), task.length - task.issued);
        buffer.position = task.issued;
        buffer.used = count;
        task.issued += count;
        if (receives) {
            buffer.stage = RECEIVE;
            buffer.receive(buffer.position, count);
        } else {
            load(task, buffer, 0);
        }
    }

    private void load(Task task, TaskBuffer buffer, int at) {
        buffer.stage = LOAD;
        buffer.load(disk.store, task.storeOffset + buffer.position, buffer.used, at);
    }

    private void stored(Task task, TaskBuffer buffer, boolean receives) {
        StoreException failure = buffer.failure();
        if (failure != null) {
            boolean reading = buffer.stage == LOAD;
            task.failStore(
                    failure,
                    reading,
                    buffer.stage == FLUSH ? Sense.NONE : disk.toBlocks(task.storeOffset + buffer.position));
            return;
        }
        switch (buffer.stage) {
            case SAVE -> load(task, buffer, buffer.used);
            case LOAD -> {
                long mismatch = task.verifying ? mismatch(task, buffer, receives) : -1;
                if (mismatch >= 0) {
                    long lba = disk.toBlocks(task.storeOffset + buffer.position + mismatch);
                    task.fail(Sense.MISCOMPARE_DURING_VERIFY, lba, Sense.NONE);
                    return;
                }
                task.done += buffer.used;
                if (task.done < task.length) {
                    next(task, buffer, receives);
                } else if (task.forced) {
                    buffer.stage = FLUSH;
                    buffer.flush(disk.store);
                } else {
                    task.good();
                }
            }
            default -> task.good();
        }
    }

    /** Where the buffer's data and the blocks differ, or -1. */
    private long mismatch(Task task, TaskBuffer buffer, boolean receives) {
        MemorySegment memory = buffer.segment();
        long at = buffer.memoryOffset();
        if (receives) {
            long read = at + buffer.used;
            return MemorySegment.mismatch(memory, at, read, memory, read, read + buffer.used);
        }
        byte[] pattern = task.data;
        if (pattern == null) {
            throw new IllegalStateException("no block to compare with");
        }
        MemorySegment block = MemorySegment.ofArray(pattern);
        for (int i = 0; i < buffer.used; i += disk.blockSize) {
            long mismatch = MemorySegment.mismatch(memory, at + i, at + i + disk.blockSize, block, 0, disk.blockSize);
            if (mismatch >= 0) {
                return i + mismatch;
            }
        }
        return -1;
    }
}
