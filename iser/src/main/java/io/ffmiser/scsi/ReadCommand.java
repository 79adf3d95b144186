package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.StoreException;

/**
 * READ (6), (10), (12) and (16), SBC-3 sections 5.8 to 5.12. From the store's own memory where it is registered, in one piece; else
 * through two chunks of the pool, one being read while the other is sent.
 */
final class ReadCommand implements CommandHandler {
    private static final int FORCE_UNIT_ACCESS = 0x08;

    private static final int FLUSH = 1;
    private static final int MOVE = 2;

    private final Disk disk;

    ReadCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (!disk.admitRange(task, disk.maxTransferBlocks())) {
            return;
        }
        if (task.length > 0
                && task.command().dataInLength() == 0
                && task.command().dataOutLength() > 0) {
            // SAM-5 section 5.4.3: the client offers data to a command that gives data
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        task.length = Math.min(task.length, task.command().dataInLength());
        if (task.length == 0) {
            task.good();
            return;
        }
        boolean forced = Cdb.lengthOf(Cdb.octet(cdb, 0)) != 6 && Cdb.bit(cdb, 1, FORCE_UNIT_ACCESS);
        if (forced && disk.store.hasVolatileCache()) {
            // SBC-3 section 5.9: what the cache has newer than the medium is written before it is read.
            task.step = FLUSH;
            task.first.flush(disk.store);
            return;
        }
        begin(task);
    }

    private void begin(Task task) {
        task.step = MOVE;
        RegisteredMemory view = Disk.view(task.nexus(), false);
        if (view != null) {
            TaskBuffer buffer = task.first;
            buffer.useView(view, task.storeOffset);
            buffer.position = 0;
            task.issued = task.length;
            task.done = task.length;
            buffer.send((int) task.length);
            task.good();
        }
    }

    @Override
    public void advance(Task task) {
        if (task.step == FLUSH) {
            if (task.first.state() != TaskBuffer.State.STORED) {
                return;
            }
            StoreException failure = task.first.failure();
            task.first.release();
            if (failure != null) {
                task.failStore(failure, false, Sense.NONE);
                return;
            }
            begin(task);
            if (task.done == task.length) {
                return;
            }
        }
        advance(task, task.first);
        advance(task, task.second);
        // What was sent may let the other go.
        advance(task, task.first);
        if (task.done == task.length) {
            task.good();
        }
    }

    private void advance(Task task, TaskBuffer buffer) {
        switch (buffer.state()) {
            case IDLE -> {
                if (task.issued < task.length
                        && (buffer == task.first || task.first.state() != TaskBuffer.State.IDLE)) {
                    // A transfer of one chunk takes only one.
                    boolean otherTakesAll = buffer == task.second
                            && task.first.state() == TaskBuffer.State.REQUESTED
                            && task.length - task.issued <= task.transport().chunkBytes();
                    if (!otherTakesAll) {
                        buffer.request(wholeBlocks(task.length - task.issued));
                    }
                }
            }
            case GRANTED, SENT -> {
                if (task.issued == task.length) {
                    buffer.release();
                    return;
                }
                long wanted = Math.min(task.length - task.issued, disk.wholeBlocksIn(buffer.capacity()));
                if (wanted == 0) {
                    task.fail(Sense.INSUFFICIENT_RESOURCES);
                    return;
                }
                buffer.position = task.issued;
                buffer.used = (int) wanted;
                task.issued += wanted;
                buffer.load(disk.store, task.storeOffset + buffer.position, (int) wholeBlocks(wanted), 0);
            }
            case STORED -> {
                StoreException failure = buffer.failure();
                if (failure != null) {
                    task.failStore(failure, true, disk.toBlocks(task.storeOffset + buffer.position));
                } else if (buffer.position == task.done) {
                    // In order, as DataPDUInOrder wants it.
                    task.done += buffer.used;
                    buffer.send(buffer.used);
                }
            }
            default -> {
                // An answer is awaited.
            }
        }
    }

    private long wholeBlocks(long octets) {
        return disk.wholeBlocksIn(octets + disk.blockSize - 1);
    }
}
