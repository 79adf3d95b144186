package io.ffmiser.scsi;

import io.ffmiser.store.StoreException;
import java.lang.foreign.MemorySegment;

/**
 * WRITE SAME (10) and (16), SBC-3 sections 5.43 and 5.44. A block of zeros, sent or meant by NDOB, goes to the store as an unmap, which
 * leaves zeros, with UNMAP and without; any other block is written, as LBPRZ demands.
 */
final class WriteSameCommand implements CommandHandler {
    private static final int ANCHOR = 0x10;
    private static final int UNMAP = 0x08;
    private static final int NO_DATA_OUT_BUFFER = 0x01;
    private static final int WRITE_SAME_16 = 0x93;
    /** How much is written at once. */
    private static final int PIECE_BYTES = 256 << 10;

    private static final int RECEIVE = 0;
    private static final int FILL = 1;
    private static final int ZERO = 2;
    private static final int FLUSH = 3;

    private final Disk disk;

    WriteSameCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (!disk.admitWrite(task)) {
            return;
        }
        if (Cdb.bit(cdb, 1, ANCHOR)) {
            task.invalidField(1, 4);
            return;
        }
        if (Cdb.bit(cdb, 1, UNMAP) && !disk.thin) {
            task.invalidField(1, 3);
            return;
        }
        if (Cdb.blocks(cdb) == 0) {
            // Block limits VPD page, WSNZ.
            task.invalidField(Cdb.blocksField(cdb));
            return;
        }
        if (!disk.admitRange(task, disk.maxFillBlocks())) {
            return;
        }
        if (Cdb.octet(cdb, 0) == WRITE_SAME_16 && Cdb.bit(cdb, 1, NO_DATA_OUT_BUFFER)) {
            task.transferLength = 0;
            zero(task);
        } else {
            task.transferLength = disk.blockSize;
            task.admitDataOut(disk.blockSize);
        }
    }

    private void zero(Task task) {
        task.step = ZERO;
        task.first.unmap(disk.store, task.storeOffset, task.length);
    }

    @Override
    public void advance(Task task) {
        TaskBuffer buffer = task.first;
        switch (buffer.state()) {
            case IDLE -> buffer.request(Math.min(task.length, PIECE_BYTES));
            case GRANTED -> {
                task.step = RECEIVE;
                if (buffer.capacity() < disk.blockSize) {
                    task.fail(Sense.INSUFFICIENT_RESOURCES);
                } else {
                    buffer.receive(0, disk.blockSize);
                }
            }
            case RECEIVED -> {
                if (isZero(buffer.segment().asSlice(buffer.memoryOffset(), disk.blockSize))) {
                    zero(task);
                } else {
                    task.step = FILL;
                    repeat(buffer);
                    fill(task, buffer);
                }
            }
            case STORED -> stored(task, buffer);
            default -> {
                // An answer is awaited.
            }
        }
    }

    private void stored(Task task, TaskBuffer buffer) {
        StoreException failure = buffer.failure();
        if (failure != null) {
            boolean atBlock = task.step == FILL;
            task.failStore(failure, false, atBlock ? disk.toBlocks(task.storeOffset + buffer.position) : Sense.NONE);
            return;
        }
        if (task.step == FILL && task.issued < task.length) {
            fill(task, buffer);
        } else if (task.step != FLUSH && disk.mustFlush(false)) {
            task.step = FLUSH;
            buffer.flush(disk.store);
        } else {
            task.good();
        }
    }

    private void fill(Task task, TaskBuffer buffer) {
        int count = (int) Math.min(disk.wholeBlocksIn(buffer.capacity()), task.length - task.issued);
        buffer.position = task.issued;
        task.issued += count;
        buffer.save(disk.store, task.storeOffset + buffer.position, count);
    }

    /** Fills the buffer with copies of its first block. */
    private void repeat(TaskBuffer buffer) {
        MemorySegment memory = buffer.segment();
        long at = buffer.memoryOffset();
        long end = disk.wholeBlocksIn(buffer.capacity());
        for (long filled = disk.blockSize; filled < end; ) {
            long count = Math.min(filled, end - filled);
            MemorySegment.copy(memory, at, memory, at + filled, count);
            filled += count;
        }
    }

    private static boolean isZero(MemorySegment block) {
        return block.mismatch(MemorySegment.ofArray(new byte[(int) block.byteSize()])) < 0;
    }
}
