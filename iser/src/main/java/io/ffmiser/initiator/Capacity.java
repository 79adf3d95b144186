package io.ffmiser.initiator;

/**
 * What READ CAPACITY told (SBC-3 section 5.16).
 *
 * @param blocks how many logical blocks there are
 * @param blockSize bytes in each
 * @param physicalBlockSize bytes of a physical block, a multiple of the logical one
 * @param thinProvisioned whether UNMAP may free space (LBPME)
 */
public record Capacity(long blocks, int blockSize, int physicalBlockSize, boolean thinProvisioned) {
    /** The size in bytes. */
    public long bytes() {
        return Math.multiplyExact(blocks, (long) blockSize);
    }
}
