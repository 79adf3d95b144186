package io.ffmiser.scsi;

import io.ffmiser.store.StoreException;

/**
 * SYNCHRONIZE CACHE (10) and (16), SBC-3 sections 5.26 and 5.27, and START STOP UNIT (section 5.25), whose stop flushes too. The whole
 * store is flushed, whatever the range; with IMMED status comes no earlier.
 */
final class SynchronizeCacheCommand implements CommandHandler {
    private static final int START_STOP_UNIT = 0x1B;
    private static final int NO_FLUSH = 0x04;
    private static final int LOAD_EJECT = 0x02;
    private static final int START = 0x01;

    private final Disk disk;

    SynchronizeCacheCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (Cdb.octet(cdb, 0) == START_STOP_UNIT) {
            if (Cdb.octet(cdb, 4) >> 4 != 0) {
                task.invalidField(4, 7);
                return;
            }
            if (Cdb.bit(cdb, 4, LOAD_EJECT)) {
                // The medium is not removable.
                task.invalidField(4, 1);
                return;
            }
            if (Cdb.bit(cdb, 4, START) || Cdb.bit(cdb, 4, NO_FLUSH)) {
                task.good();
                return;
            }
        } else if (!disk.admitRange(task, Cdb.lba(cdb), Cdb.blocks(cdb))) {
            return;
        }
        task.first.flush(disk.store);
    }

    @Override
    public void advance(Task task) {
        if (task.first.state() == TaskBuffer.State.STORED) {
            StoreException failure = task.first.failure();
            if (failure != null) {
                task.failStore(failure, false, Sense.NONE);
            } else {
                task.good();
            }
        }
    }
}
