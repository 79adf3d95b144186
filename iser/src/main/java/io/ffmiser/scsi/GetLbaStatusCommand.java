package io.ffmiser.scsi;

import io.ffmiser.store.StoreException;

/**
 * GET LBA STATUS, SBC-3 section 5.3: which blocks have space. One descriptor tells of the given block, and of how many that follow it the
 * same is true: mapped or unknown (provisioning status 0h), or deallocated (1h), which then read as zeros (LBPRZ).
 */
final class GetLbaStatusCommand implements CommandHandler {
    private static final int HEADER = 8;
    private static final int DESCRIPTOR = 16;
    private static final int DEALLOCATED = 1;

    private final Disk disk;

    GetLbaStatusCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        long lba = Cdb.get64(task.cdb(), 2);
        if (disk.admitRange(task, lba, 1)) {
            task.storeOffset = lba * disk.blockSize;
            task.first.locate(disk.store, task.storeOffset, (disk.blocks - lba) * disk.blockSize);
        }
    }

    @Override
    public void advance(Task task) {
        TaskBuffer place = task.first;
        if (place.state() != TaskBuffer.State.STORED) {
            return;
        }
        StoreException failure = place.failure();
        if (failure != null) {
            task.failStore(failure, true, Sense.NONE);
            return;
        }
        byte[] data = new byte[HEADER + DESCRIPTOR];
        // PARAMETER DATA LENGTH counts what follows it.
        Cdb.put32(data, 0, data.length - Integer.BYTES);
        Cdb.put64(data, HEADER, disk.toBlocks(task.storeOffset));
        Cdb.put32(data, HEADER + 8, Math.min(disk.toBlocks(place.extent()), 0xFFFF_FFFFL));
        data[HEADER + 12] = (byte) (place.isMapped() ? 0 : DEALLOCATED);
        place.release();
        task.reply(data, data.length, Cdb.get32(task.cdb(), 10));
    }
}
