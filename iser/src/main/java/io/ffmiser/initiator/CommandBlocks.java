package io.ffmiser.initiator;

/** Command descriptor blocks that an initiator builds, and what it knows of operation codes (SBC-3, SPC-4). */
final class CommandBlocks {
    static final int REQUEST_SENSE = 0x03;
    static final int INQUIRY = 0x12;
    static final int READ_CAPACITY_10 = 0x25;
    static final int READ_10 = 0x28;
    static final int WRITE_10 = 0x2a;
    static final int SYNCHRONIZE_CACHE_10 = 0x35;
    static final int UNMAP = 0x42;
    static final int READ_16 = 0x88;
    static final int WRITE_16 = 0x8a;
    static final int SYNCHRONIZE_CACHE_16 = 0x91;
    static final int SERVICE_ACTION_IN_16 = 0x9e;
    static final int REPORT_LUNS = 0xa0;

    private static final int FORCE_UNIT_ACCESS = 0x08;
    /** Of SYNCHRONIZE CACHE. */
    private static final int IMMEDIATE = 0x02;

    private CommandBlocks() {}

    /** The length of the READ or WRITE that reaches the blocks. */
    static int transferLength(long lba, int blocks) {
        return needs16(lba, blocks) ? 16 : 10;
    }

    /** Writes a READ or WRITE into a cleared CDB. */
    static void transfer(byte[] cdb, boolean write, boolean forceUnitAccess, long lba, int blocks) {
        cdb[1] = (byte) (forceUnitAccess ? FORCE_UNIT_ACCESS : 0);
        if (needs16(lba, blocks)) {
            cdb[0] = (byte) (write ? WRITE_16 : READ_16);
            putLong(cdb, 2, lba);
            putInt(cdb, 10, blocks);
        } else {
            cdb[0] = (byte) (write ? WRITE_10 : READ_10);
            putInt(cdb, 2, (int) lba);
            cdb[7] = (byte) (blocks >> 8);
            cdb[8] = (byte) blocks;
        }
    }

    private static boolean needs16(long lba, int blocks) {
        return blocks > 0xffff || lba + blocks > 0x1_0000_0000L;
    }

    /** READ and WRITE 6, 10, 12, 16: sent again after a lost nexus. */
    static boolean isReplayable(int operationCode) {
        return switch (operationCode) {
            case 0x08, 0x28, 0xa8, 0x88, 0x0a, 0x2a, 0xaa, 0x8a -> true;
            default -> false;
        };
    }

    /** Whether a pending unit attention is reported instead of carrying the command out (SAM-5 section 5.14). */
    static boolean reportsUnitAttention(int operationCode) {
        return operationCode != INQUIRY && operationCode != REPORT_LUNS && operationCode != REQUEST_SENSE;
    }

    /** Any SYNCHRONIZE CACHE, of whatever range. */
    static boolean isFlush(int operationCode) {
        return operationCode == SYNCHRONIZE_CACHE_10 || operationCode == SYNCHRONIZE_CACHE_16;
    }

    /**
     * Whether a flush that succeeds has made the whole unit durable (SBC-3 section 5.23): IMMED answers before, and a range leaves the
     * rest out.
     */
    static boolean flushesAll(byte[] cdb) {
        return switch (cdb[0] & 0xff) {
            case SYNCHRONIZE_CACHE_10 -> (cdb[1] & IMMEDIATE) == 0 && isZero(cdb, 2, 6) && isZero(cdb, 7, 9);
            case SYNCHRONIZE_CACHE_16 -> (cdb[1] & IMMEDIATE) == 0 && isZero(cdb, 2, 14);
            default -> false;
        };
    }

    private static boolean isZero(byte[] cdb, int from, int to) {
        for (int i = from; i < to; i++) {
            if (cdb[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the command leaves something in the target's cache that a flush makes durable. */
    static boolean dirtiesCache(byte[] cdb) {
        return switch (cdb[0] & 0xff) {
            // WRITE 10, 12 and 16 have a FUA bit.
            case 0x2a, 0xaa, 0x8a -> (cdb[1] & FORCE_UNIT_ACCESS) == 0;
            // WRITE 6, WRITE SAME, UNMAP, COMPARE AND WRITE, WRITE AND VERIFY (whose verification may read the cache).
            case 0x0a, 0x41, 0x93, 0x42, 0x89, 0x2e, 0xae, 0x8e -> true;
            default -> false;
        };
    }

    static void putInt(byte[] cdb, int at, int value) {
        cdb[at] = (byte) (value >> 24);
        cdb[at + 1] = (byte) (value >> 16);
        cdb[at + 2] = (byte) (value >> 8);
        cdb[at + 3] = (byte) value;
    }

    static void putLong(byte[] cdb, int at, long value) {
        putInt(cdb, at, (int) (value >> 32));
        putInt(cdb, at + 4, (int) value);
    }
}
