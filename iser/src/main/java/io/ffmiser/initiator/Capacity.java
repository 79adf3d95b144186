package io.ffmiser.initiator;

/**
 * What READ CAPACITY told (SBC-3 section 5.16), and how much a command may move.
 *
 * @param blocks how many logical blocks there are
 * @param blockSize bytes in each
 * @param physicalBlockSize bytes of a physical block, a multiple of the logical one
 * @param thinProvisioned whether UNMAP may free space (LBPME)
 * @param maxTransferBlocks the most blocks for one READ or WRITE: what the unit says (MAXIMUM TRANSFER LENGTH, SBC-3 section 6.5.3) up to
 *     1 MiB, and 512 KiB where it says nothing. {@link Session#read} and {@link Session#write} keep to it; a {@link ScsiRequest} is its
 *     maker's to size
 */
public record Capacity(
        long blocks, int blockSize, int physicalBlockSize, boolean thinProvisioned, int maxTransferBlocks) {
    /** The size in bytes. */
    public long bytes() {
        return Math.multiplyExact(blocks, (long) blockSize);
    }

    Capacity withMaxTransferBlocks(int most) {
        return new Capacity(blocks, blockSize, physicalBlockSize, thinProvisioned, most);
    }
}
