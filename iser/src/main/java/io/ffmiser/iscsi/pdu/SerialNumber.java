package io.ffmiser.iscsi.pdu;

/**
 * Comparison of CmdSN, StatSN and their kin: 32-bit serial number arithmetic (RFC 1982; RFC 7143 section 4.2.2). Two numbers that are
 * exactly 2^31 apart compare as neither less nor greater.
 */
public final class SerialNumber {
    private SerialNumber() {}

    public static boolean isLess(int a, int b) {
        int distance = a - b;
        return distance < 0 && distance != Integer.MIN_VALUE;
    }

    public static boolean isLessOrEqual(int a, int b) {
        return a == b || isLess(a, b);
    }

    public static boolean isGreater(int a, int b) {
        return a - b > 0;
    }

    public static boolean isGreaterOrEqual(int a, int b) {
        return a - b >= 0;
    }

    /** Whether first &lt;= value &lt;= last; an empty range has last = first - 1. */
    public static boolean isWithin(int value, int first, int last) {
        return isGreaterOrEqual(value, first) && isLessOrEqual(value, last);
    }

    /** The later of the two. */
    public static int max(int a, int b) {
        return isLess(a, b) ? b : a;
    }
}
