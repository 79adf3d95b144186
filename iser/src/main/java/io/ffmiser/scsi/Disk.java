package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.BlockStore;
import org.jspecify.annotations.Nullable;

/** What the command families of one disk share: its store, its settings and what MODE SELECT changed. */
final class Disk {
    /** The longest WRITE SAME and UNMAP: bounded, so that none takes long enough for an initiator to give it up. */
    private static final long MAX_FILL_BYTES = 64L << 20;
    /** So that an UNMAP parameter list fits in 4096 octets. */
    static final int MAX_UNMAP_DESCRIPTORS = 255;

    final BlockStore store;
    final DiskSettings settings;
    final int blockSize;
    final long blocks;
    final boolean thin;
    boolean writeCache;
    boolean descriptorSense;
    /** The stopped power condition (SPC-4 section 5.12). */
    boolean stopped;

    Disk(BlockStore store, DiskSettings settings) {
        this.store = store;
        this.settings = settings;
        this.blockSize = store.blockSize();
        this.blocks = store.sizeBytes() / blockSize;
        this.thin = settings.thin() && store.isThinProvisioned() && !store.isReadOnly();
        restoreDefaults();
    }

    /** As after a reset: mode pages have their defaults, and it is started. */
    void restoreDefaults() {
        stopped = false;
        writeCache = defaultWriteCache();
        descriptorSense = false;
    }

    boolean defaultWriteCache() {
        return settings.writeCache() && store.hasVolatileCache();
    }

    int maxTransferBlocks() {
        return settings.maxTransferBytes() / blockSize;
    }

    int maxFillBlocks() {
        return (int) (MAX_FILL_BYTES / blockSize);
    }

    /** Whether a write must be flushed before its status (FUA, or no write cache). */
    boolean mustFlush(boolean forceUnitAccess) {
        return store.hasVolatileCache() && (forceUnitAccess || !writeCache);
    }

    long toBlocks(long octets) {
        return octets / blockSize;
    }

    /** How many octets the whole blocks have that fit. */
    long wholeBlocksIn(long octets) {
        return octets - octets % blockSize;
    }

    /** The store's memory as registered for the nexus, or null. */
    static @Nullable RegisteredMemory view(Nexus nexus, boolean forWriting) {
        RegisteredMemory memory = nexus.storeMemory();
        return memory == null || (forWriting && !memory.isReceivable()) ? null : memory;
    }

    /** Ends the task with WRITE PROTECTED where it is; true if it may go on. */
    boolean admitWrite(Task task) {
        if (store.isReadOnly()) {
            task.fail(Sense.WRITE_PROTECTED);
            return false;
        }
        return true;
    }

    /**
     * Checks the CDB's range and sets the task's transfer from it, its length still that of the whole range; true if it may go on.
     *
     * @param most the longest allowed, in blocks
     */
    boolean admitRange(Task task, long most) {
        byte[] cdb = task.cdb();
        long lba = Cdb.lba(cdb);
        long count = Cdb.blocks(cdb);
        if (!admitRange(task, lba, count)) {
            return false;
        }
        if (count > most) {
            // SBC-3 section 6.6.3: more than the MAXIMUM TRANSFER LENGTH.
            task.invalidField(Cdb.blocksField(cdb));
            return false;
        }
        task.storeOffset = lba * blockSize;
        task.transferLength = count * blockSize;
        task.length = task.transferLength;
        return true;
    }

    boolean admitRange(Task task, long lba, long count) {
        if (lba < 0 || lba > blocks || count > blocks - lba) {
            // The first block that is not there.
            task.fail(Sense.LBA_OUT_OF_RANGE, lba < 0 ? lba : Math.max(lba, blocks), Sense.NONE);
            return false;
        }
        return true;
    }
}
