package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.StoreException;

/**
 * WRITE (6), (10), (12) and (16), SBC-3 sections 5.31 to 5.35. Straight into the store's own memory where data may land there; else
 * through two chunks of the pool, one being fetched while the other is stored. A write with FUA, or without write cache, is flushed
 * before its status.
 *
 * <p>A client that has less data than the blocks it names is refused, and nothing is written.
 */
final class WriteCommand implements CommandHandler {
    private static final int FORCE_UNIT_ACCESS = 0x08;

    private static final int MOVE = 1;
    private static final int FLUSH = 2;

    private final Disk disk;

    WriteCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (!disk.admitWrite(task) || !disk.admitRange(task, disk.maxTransferBlocks())) {
            return;
        }
        if (task.length > 0
                && task.command().dataOutLength() == 0
                && task.command().dataInLength() > 0) {
            // SAM-5 section 5.4.3: the client expects data from a command that takes data
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        if (!task.admitDataOut(task.length)) {
            return;
        }
        task.forced = Cdb.lengthOf(Cdb.octet(cdb, 0)) != 6 && Cdb.bit(cdb, 1, FORCE_UNIT_ACCESS);
        task.step = MOVE;
        if (task.length == 0) {
            task.good();
            return;
        }
        RegisteredMemory view = Disk.view(task.nexus(), true);
        if (view != null) {
            task.issued = task.length;
            task.first.useView(view, task.storeOffset);
            task.first.stage = 1;
            task.first.receive(0, (int) task.length);
        }
    }

    @Override
    public void advance(Task task) {
        if (task.step == FLUSH) {
            if (task.first.state() == TaskBuffer.State.STORED) {
                StoreException failure = task.first.failure();
                if (failure != null) {
                    task.failStore(failure, false, Sense.NONE);
                } else {
                    task.good();
                }
            }
            return;
        }
        advance(task, task.first);
        advance(task, task.second);
        if (task.done == task.length) {
            finish(task);
        }
    }

    private void finish(Task task) {
        // As the cache is now: it may have been turned off since the command began.
        if (disk.mustFlush(task.forced)) {
            task.step = FLUSH;
            task.first.flush(disk.store);
        } else {
            task.good();
        }
    }

    private void advance(Task task, TaskBuffer buffer) {
        switch (buffer.state()) {
            case IDLE -> {
                boolean otherTakesAll = buffer == task.second
                        && task.first.state() == TaskBuffer.State.REQUESTED
                        && task.length - task.issued <= task.transport().chunkBytes();
                if (task.issued < task.length && !otherTakesAll) {
                    buffer.request(task.length - task.issued);
                }
            }
            case GRANTED -> next(task, buffer);
            case RECEIVED -> {
                if (buffer.stage == 1) {
                    // It lies in the store already.
                    task.done += buffer.used;
                    buffer.release();
                } else {
                    buffer.save(disk.store, task.storeOffset + buffer.position, buffer.used);
                }
            }
            case STORED -> {
                StoreException failure = buffer.failure();
                if (failure != null) {
                    task.failStore(failure, false, disk.toBlocks(task.storeOffset + buffer.position));
                } else {
                    task.done += buffer.used;
                    next(task, buffer);
                }
            }
            default -> {
                // An answer is awaited.
            }
        }
    }

    private void next(Task task, TaskBuffer buffer) {
        if (task.issued == task.length) {
            buffer.release();
            return;
        }
        int count = (int) Math.min(disk.wholeBlocksIn(buffer.capacity()), task.length - task.issued);
        if (count == 0) {
            task.fail(Sense.INSUFFICIENT_RESOURCES);
            return;
        }
        task.issued += count;
        buffer.receive(task.issued - count, count);
    }
}
