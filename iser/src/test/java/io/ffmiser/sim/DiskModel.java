package io.ffmiser.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What a disk must hold, seen from outside: for each block the version acknowledged last, and those whose writes ended without an
 * answer. Every version of every block has contents of its own, so that a block tells which one it is and whether it is whole.
 *
 * <p>A block is used by one command at a time; versions of a block only grow.
 */
final class DiskModel {
    static final int BLOCK_BYTES = 512;

    /** Stands for a block's number in contents that several blocks have, of WRITE SAME. */
    private static final int EVERY_BLOCK = -1;

    private static final int WORDS = BLOCK_BYTES / Long.BYTES;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;

    private DiskStore store;
    private final int[] acknowledged;
    /** Versions up to this one may be there too, for want of an answer. */
    private final int[] uncertain;

    private final int[] issued;
    /** The last version that is zeros: unmapped, or never written. */
    private final int[] zeroed;

    /** In which life of the disk {@link #issued} was issued. */
    private final int[] issuedIn;

    /** Versions up to this one were acknowledged as durable. */
    private final int[] durable;

    /** Versions up to this one need not be durable: the session has said so, or has ended. */
    private final int[] excused;

    /** Was acknowledged and went with the power; no flush may succeed before the session has said so. */
    private final boolean[] lost;

    /** How often the power has gone. */
    private int lives;

    private final boolean[] busy;
    /** Its last write may still be carried out by a nexus that is gone: not used any more. */
    private final boolean[] abandoned;

    /** A model of the first blocks of a disk. */
    DiskModel(DiskStore store, int blocks) {
        this.store = store;
        acknowledged = new int[blocks];
        uncertain = new int[blocks];
        issued = new int[blocks];
        zeroed = new int[blocks];
        issuedIn = new int[blocks];
        durable = new int[blocks];
        excused = new int[blocks];
        lost = new boolean[blocks];
        busy = new boolean[blocks];
        abandoned = new boolean[blocks];
        store.checkWith(this);
    }

    /** Contents that no other version of no other block has; version 0 is all zeros. */
    static void fill(MemorySegment memory, long offset, int block, int version) {
        memory.set(WORD, offset, block);
        memory.set(WORD, offset + Long.BYTES, version);
        long mixed = (block + 1L) * 0x9E3779B97F4A7C15L + version * 0xC2B2AE3D27D4EB4FL;
        for (int i = 2; i < WORDS; i++) {
            memory.set(WORD, offset + (long) i * Long.BYTES, mixed + i);
        }
    }

    /** Which version of the block the memory holds; -1 if none, or not all of it. */
    static int versionIn(MemorySegment memory, long offset, int block) {
        long version = memory.get(WORD, offset + Long.BYTES);
        if (version == 0) {
            for (int i = 0; i < WORDS; i++) {
                if (memory.get(WORD, offset + (long) i * Long.BYTES) != 0) {
                    return -1;
                }
            }
            return 0;
        }
        long named = memory.get(WORD, offset);
        if (named != block && named != EVERY_BLOCK) {
            return -1;
        }
        long mixed = (named + 1L) * 0x9E3779B97F4A7C15L + version * 0xC2B2AE3D27D4EB4FL;
        for (int i = 2; i < WORDS; i++) {
            if (memory.get(WORD, offset + (long) i * Long.BYTES) != mixed + i) {
                return -1;
            }
        }
        return (int) version;
    }

    /** Takes the blocks for one command, if none is in use. */
    boolean take(int first, int count) {
        for (int block = first; block < first + count; block++) {
            if (busy[block] || abandoned[block]) {
                return false;
            }
        }
        Arrays.fill(busy, first, first + count, true);
        return true;
    }

    private void give(int first, int count) {
        Arrays.fill(busy, first, first + count, false);
    }

    /** A write of the blocks is about to be issued: fills its buffer with new versions. */
    void writing(int first, int count, MemorySegment memory, long offset) {
        for (int i = 0; i < count; i++) {
            fill(memory, offset + (long) i * BLOCK_BYTES, first + i, ++issued[first + i]);
            issuedIn[first + i] = lives;
        }
    }

    /** A WRITE SAME of the blocks is about to be issued: fills its one block with contents that all will have. */
    void writingSame(int first, int count, MemorySegment memory) {
        int version = 0;
        for (int block = first; block < first + count; block++) {
            version = Math.max(version, issued[block] + 1);
        }
        fill(memory, 0, EVERY_BLOCK, version);
        for (int block = first; block < first + count; block++) {
            issued[block] = version;
            issuedIn[block] = lives;
        }
    }

    /** What makes zeros of the blocks is about to be issued. */
    void zeroing(int first, int count) {
        for (int block = first; block < first + count; block++) {
            zeroed[block] = ++issued[block];
            issuedIn[block] = lives;
        }
    }

    /** The version that the disk shows; zeros are the last version that is zeros. */
    private int visible(int block) {
        int version = store.visibleVersion(block);
        return version == 0 ? zeroed[block] : version;
    }

    /** The write was acknowledged. */
    void written(int first, int count, boolean durably) {
        for (int block = first; block < first + count; block++) {
            int visible = visible(block);
            if (issuedIn[block] == lives && visible != issued[block]) {
                throw new AssertionError("acknowledged write lost: block " + block + " holds version " + visible
                        + ", acknowledged is " + issued[block]);
            }
            if (durably) {
                requireDurable(block, issued[block]);
                durable[block] = issued[block];
            }
            // Acknowledged before the power went, it may have gone too; after that, it is there.
            acknowledged[block] = visible;
            lost[block] |= visible < issued[block];
            uncertain[block] = issued[block];
        }
        give(first, count);
    }

    /** The write ended without an answer that tells; it is over. */
    void writeUncertain(int first, int count) {
        for (int block = first; block < first + count; block++) {
            uncertain[block] = issued[block];
        }
        give(first, count);
    }

    /** The write ended without an answer, and may be carried out later. */
    void writeAbandoned(int first, int count) {
        writeUncertain(first, count);
        Arrays.fill(abandoned, first, first + count, true);
    }

    /** Nothing comes of such a write any more: its nexus has been made again. */
    void nexusMade(int first, int count) {
        Arrays.fill(abandoned, first, first + count, false);
    }

    /** The read was answered with these contents. */
    void read(int first, int count, MemorySegment memory, long offset) {
        for (int i = 0; i < count; i++) {
            int block = first + i;
            int found = versionIn(memory, offset + (long) i * BLOCK_BYTES, block);
            int version = found == 0 ? zeroed[block] : found;
            if (version < acknowledged[block] || version > uncertain[block]) {
                throw new AssertionError("block " + block + " was read as version " + version + ", acknowledged is "
                        + acknowledged[block] + ", possible up to " + uncertain[block]);
            }
        }
        give(first, count);
    }

    /** A read ended without an answer. */
    void readFailed(int first, int count) {
        give(first, count);
    }

    /** What a flush issued now must make durable, for a range of blocks; kept in an array of the caller's. */
    void flushing(int first, int count, int[] promised) {
        for (int i = 0; i < count; i++) {
            promised[i] = acknowledged[first + i] > excused[first + i] ? acknowledged[first + i] : 0;
        }
    }

    /** How often the power has gone, for {@link #flushed}. */
    int lives() {
        return lives;
    }

    /** That flush, issued in that life of the disk, was acknowledged. */
    void flushed(int first, int count, int[] promised, int life) {
        for (int i = 0; i < count; i++) {
            int block = first + i;
            requireDurable(block, promised[i]);
            durable[block] = Math.max(durable[block], promised[i]);
            if (lost[block] && life == lives) {
                throw new AssertionError(
                        "a flush covered up that an acknowledged write of block " + block + " was lost");
            }
        }
    }

    /** The session has said that acknowledged writes may be lost, or has ended. */
    void lossReported(int first, int count) {
        Arrays.fill(lost, first, first + count, false);
        System.arraycopy(acknowledged, first, excused, first, count);
    }

    /** The power went: what was not durable may be gone. */
    void powerLost() {
        lives++;
    }

    /** The disk is back, as another one. */
    void restored(DiskStore after) {
        store = after;
        store.checkWith(this);
        for (int block = 0; block < acknowledged.length; block++) {
            requireDurable(block, durable[block]);
            int visible = visible(block);
            if (visible > issued[block]) {
                throw new AssertionError("block " + block + " came back as version " + visible);
            }
            lost[block] |= visible < acknowledged[block] && acknowledged[block] > excused[block];
            acknowledged[block] = visible;
            uncertain[block] = Math.max(uncertain[block], visible);
        }
    }

    private void requireDurable(int block, int version) {
        int found = store.durableVersion(block);
        int durable = found == 0 ? zeroed[block] : found;
        if (durable < version) {
            throw new AssertionError("acknowledged flush lost: block " + block + " is durable as version " + durable
                    + ", promised was " + version);
        }
    }

    /** The store has changed these blocks. */
    void changed(int first, int count) {
        for (int block = first; block < Math.min(first + count, acknowledged.length); block++) {
            int visible = visible(block);
            if (visible < acknowledged[block]) {
                throw new AssertionError("acknowledged write lost: block " + block + " became version " + visible
                        + ", acknowledged is " + acknowledged[block]);
            }
            if (visible > issued[block]) {
                throw new AssertionError("block " + block + " became version " + visible + ", which was never written");
            }
        }
    }

    /** At the end, with nothing under way: everything acknowledged is there, whole. */
    void checkAll() {
        for (int block = 0; block < acknowledged.length; block++) {
            int visible = visible(block);
            if (visible < acknowledged[block]) {
                throw new AssertionError("acknowledged write lost: block " + block + " holds version " + visible
                        + ", acknowledged is " + acknowledged[block]);
            }
        }
    }
}
