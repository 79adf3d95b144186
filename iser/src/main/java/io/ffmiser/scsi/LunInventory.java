package io.ffmiser.scsi;

/** What REPORT LUNS tells an initiator: the logical units that it may use, which can differ from one nexus to another. */
public interface LunInventory {
    /** How many there are for this nexus. */
    int count(Nexus nexus);

    /**
     * One of them, as the 8 octets of SAM-5 section 4.7 in big-endian order; ascending.
     *
     * @param index from 0
     */
    long lun(Nexus nexus, int index);

    /**
     * A LUN in the single-level form that hosts expect back: peripheral device addressing below 256, else flat space addressing (SAM-5
     * section 4.7.7.2 and 4.7.7.3).
     *
     * @param number 0 to 16383
     */
    static long encode(int number) {
        if (number < 0 || number > 0x3FFF) {
            throw new IllegalArgumentException("a single-level LUN is 0 to 16383, not " + number);
        }
        return (long) (number < 256 ? number : 0x4000 | number) << 48;
    }

    /** The number in a single-level LUN of either form; -1 for any other LUN. */
    static int decode(long lun) {
        if ((lun & 0xFFFF_FFFF_FFFFL) != 0) {
            return -1;
        }
        int first = (int) (lun >>> 48);
        return switch (first >>> 14) {
            case 0 -> first < 256 ? first : -1;
            case 1 -> first & 0x3FFF;
            default -> -1;
        };
    }
}
