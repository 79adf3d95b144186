package io.ffmiser.iscsi.pdu;

/** The 8-octet LUN field (RFC 7143 section 11.2.1.7; SAM-5 section 4.7), as a long: single level, peripheral or flat space addressing. */
public final class LogicalUnitNumber {
    /** The highest number that flat space addressing can name. */
    public static final int MAX = 0x3fff;

    private static final int FLAT_SPACE = 1;

    private LogicalUnitNumber() {}

    /**
     * The field for a number: peripheral addressing below 256, flat space above.
     *
     * @throws IllegalArgumentException beyond {@link #MAX}
     */
    public static long encode(int number) {
        if (number < 0 || number > MAX) {
            throw new IllegalArgumentException("LUN " + number + " is not in 0.." + MAX);
        }
        long firstLevel = number < 256 ? number : FLAT_SPACE << 14 | number;
        return firstLevel << 48;
    }

    /** The number in a field, or -1 if it is not of those two forms (further levels, a bus identifier, other address methods). */
    public static int decode(long field) {
        if ((field & 0x0000_ffff_ffff_ffffL) != 0) {
            return -1;
        }
        int firstLevel = (int) (field >>> 48);
        int method = firstLevel >>> 14;
        if (method == FLAT_SPACE) {
            return firstLevel & MAX;
        }
        return method == 0 && firstLevel < 256 ? firstLevel : -1;
    }
}
