package io.ffmiser.scsi;

/**
 * SYNCHRONIZE CACHE (10) and (16), SBC-3 sections 5.26 and 5.27. The whole store is flushed, whatever the range; with IMMED status comes no
 * earlier.
 */
final class SynchronizeCacheCommand implements CommandHandler {
    private final Disk disk;

    SynchronizeCacheCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (disk.admitRange(task, Cdb.lba(cdb), Cdb.blocks(cdb))) {
            task.first.flush(disk.store);
        }
    }

    @Override
    public void advance(Task task) {
        if (task.hasFlushed()) {
            task.good();
        }
    }
}
