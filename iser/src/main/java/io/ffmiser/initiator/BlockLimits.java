package io.ffmiser.initiator;

import java.nio.ByteBuffer;

/**
 * What the Block Limits page says that an initiator has to keep to (SBC-4 section 6.6.4). The optimal lengths, granularity and alignment
 * in it are advice, and are not followed.
 *
 * @param transferBlocks MAXIMUM TRANSFER LENGTH; 0 if the unit tells none
 * @param unmapBlocks MAXIMUM UNMAP LBA COUNT, {@link #NO_LIMIT} for as many as there are; 0 if UNMAP is not supported; -1 if the unit tells
 *     nothing
 * @param unmapDescriptors MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT, the same
 */
record BlockLimits(long transferBlocks, long unmapBlocks, long unmapDescriptors) {
    static final int PAGE = 0xb0;
    static final long NO_LIMIT = 0xffff_ffffL;
    /** Of a unit without the page. */
    static final BlockLimits UNKNOWN = new BlockLimits(0, -1, -1);

    private static final int TRANSFER_END = 12;
    private static final int UNMAP_END = 28;
    /** Where the unit sets no limit: 31 bits, for a target may take the number as signed. */
    private static final int MOST_UNMAP_BLOCKS = Integer.MAX_VALUE;

    /** Reads the page; what a shorter one does not hold is not told. */
    static BlockLimits parse(byte[] page) {
        ByteBuffer fields = ByteBuffer.wrap(page);
        boolean tellsUnmap = page.length >= UNMAP_END;
        return new BlockLimits(
                page.length < TRANSFER_END ? 0 : fields.getInt(8) & NO_LIMIT,
                tellsUnmap ? fields.getInt(20) & NO_LIMIT : -1,
                tellsUnmap ? fields.getInt(24) & NO_LIMIT : -1);
    }

    /**
     * The most blocks of one UNMAP with one block descriptor.
     *
     * @throws UnsupportedOperationException if the unit does not support UNMAP
     */
    int unmapBlocks(int lun) {
        if (unmapBlocks == 0 || unmapDescriptors == 0) {
            throw new UnsupportedOperationException("LUN " + lun
                    + " does not support UNMAP: MAXIMUM UNMAP LBA COUNT is " + unmapBlocks
                    + ", MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT is " + unmapDescriptors);
        }
        return unmapBlocks < 0 ? MOST_UNMAP_BLOCKS : (int) Math.min(unmapBlocks, MOST_UNMAP_BLOCKS);
    }
}
