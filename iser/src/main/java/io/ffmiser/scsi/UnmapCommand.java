package io.ffmiser.scsi;

import io.ffmiser.store.StoreException;

/** UNMAP, SBC-3 section 5.28. All descriptors are checked before the first is done. */
final class UnmapCommand implements CommandHandler {
    private static final int HEADER = 8;
    private static final int DESCRIPTOR = 16;
    private static final int ANCHOR = 0x01;
    private static final int FLUSH = -1;

    private final Disk disk;

    UnmapCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (!disk.admitWrite(task)) {
            return;
        }
        if (Cdb.bit(cdb, 1, ANCHOR)) {
            task.invalidField(1, 0);
            return;
        }
        int listLength = Cdb.get16(cdb, 7);
        if (listLength == 0) {
            task.good();
        } else if (listLength < HEADER) {
            task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
        } else if (listLength > HEADER + Disk.MAX_UNMAP_DESCRIPTORS * DESCRIPTOR) {
            task.invalidField(7);
        } else {
            task.receiveParameters(this, listLength);
        }
    }

    @Override
    public void parameters(Task task, byte[] list) {
        // A descriptor that is not whole is ignored.
        int count = Math.min(Cdb.get16(list, 2), list.length - HEADER) / DESCRIPTOR;
        long total = 0;
        for (int i = 0; i < count; i++) {
            int at = HEADER + i * DESCRIPTOR;
            long blocks = Cdb.get32(list, at + 8);
            if (!disk.admitRange(task, Cdb.get64(list, at), blocks)) {
                return;
            }
            total += blocks;
            if (total > disk.maxFillBlocks()) {
                task.fail(Sense.INVALID_FIELD_IN_PARAMETER_LIST, Sense.NONE, Sense.parameterField(at + 8));
                return;
            }
        }
        task.data = list;
        task.length = count;
        next(task);
    }

    @Override
    public void advance(Task task) {
        if (task.first.state() != TaskBuffer.State.STORED) {
            return;
        }
        StoreException failure = task.first.failure();
        if (failure != null) {
            task.failStore(failure, false, Sense.NONE);
        } else if (task.step == FLUSH) {
            task.good();
        } else {
            next(task);
        }
    }

    private void next(Task task) {
        byte[] list = task.data;
        while (list != null && task.step < task.length) {
            int at = HEADER + task.step * DESCRIPTOR;
            task.step++;
            long blocks = Cdb.get32(list, at + 8);
            if (blocks > 0) {
                task.first.unmap(disk.store, Cdb.get64(list, at) * disk.blockSize, blocks * disk.blockSize);
                return;
            }
        }
        if (disk.mustFlush(false)) {
            task.step = FLUSH;
            task.first.flush(disk.store);
        } else {
            task.good();
        }
    }
}
