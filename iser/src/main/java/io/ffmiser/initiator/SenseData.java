package io.ffmiser.initiator;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Sense data of a CHECK CONDITION, in fixed or descriptor format (SPC-4 section 4.5).
 *
 * @param key sense key, 0 to 15
 * @param asc additional sense code
 * @param ascq its qualifier
 */
public record SenseData(int key, int asc, int ascq) {
    public static final int NOT_READY = 0x2;
    public static final int ILLEGAL_REQUEST = 0x5;
    public static final int UNIT_ATTENTION = 0x6;

    private static final String[] KEYS = {
        "NO SENSE",
        "RECOVERED ERROR",
        "NOT READY",
        "MEDIUM ERROR",
        "HARDWARE ERROR",
        "ILLEGAL REQUEST",
        "UNIT ATTENTION",
        "DATA PROTECT",
        "BLANK CHECK",
        "VENDOR SPECIFIC",
        "COPY ABORTED",
        "ABORTED COMMAND",
        "RESERVED",
        "VOLUME OVERFLOW",
        "MISCOMPARE",
        "COMPLETED"
    };

    /** Decodes it; null if there is none, or it is of no known format. */
    public static @Nullable SenseData parse(byte[] sense) {
        int key = keyOf(sense, sense.length);
        return key < 0 ? null : new SenseData(key, ascOf(sense, sense.length), ascqOf(sense, sense.length));
    }

    /** The sense key, or -1. */
    static int keyOf(byte[] sense, int length) {
        return switch (at(sense, length, 0) & 0x7f) {
            case 0x70, 0x71 -> at(sense, length, 2) & 0x0f;
            case 0x72, 0x73 -> at(sense, length, 1) & 0x0f;
            default -> -1;
        };
    }

    static int ascOf(byte[] sense, int length) {
        return at(sense, length, isDescriptor(sense, length) ? 2 : 12);
    }

    static int ascqOf(byte[] sense, int length) {
        return at(sense, length, isDescriptor(sense, length) ? 3 : 13);
    }

    /** Whether it is the unit attention of a reset or a nexus loss (29h). */
    static boolean isReset(byte[] sense, int length) {
        return keyOf(sense, length) == UNIT_ATTENTION && ascOf(sense, length) == 0x29;
    }

    private static boolean isDescriptor(byte[] sense, int length) {
        return (at(sense, length, 0) & 0x7f) >= 0x72;
    }

    /** Such as {@code ILLEGAL REQUEST 21/00: LOGICAL BLOCK ADDRESS OUT OF RANGE}. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        String text = text();
        return KEYS[key] + " " + hex.toHexDigits((byte) asc) + "/" + hex.toHexDigits((byte) ascq)
                + (text.isEmpty() ? "" : ": " + text);
    }

    /** SPC-4's words for the additional sense codes that a disk returns; empty for others. */
    private String text() {
        return switch (asc << 8 | ascq) {
            case 0x0401 -> "LOGICAL UNIT IS IN PROCESS OF BECOMING READY";
            case 0x0402 -> "LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED";
            case 0x0403 -> "LOGICAL UNIT NOT READY, MANUAL INTERVENTION REQUIRED";
            case 0x0c00 -> "WRITE ERROR";
            case 0x0c0c -> "WRITE ERROR, UNEXPECTED UNSOLICITED DATA";
            case 0x0c0d -> "WRITE ERROR, NOT ENOUGH UNSOLICITED DATA";
            case 0x1100 -> "UNRECOVERED READ ERROR";
            case 0x1a00 -> "PARAMETER LIST LENGTH ERROR";
            case 0x1d00 -> "MISCOMPARE DURING VERIFY OPERATION";
            case 0x2000 -> "INVALID COMMAND OPERATION CODE";
            case 0x2100 -> "LOGICAL BLOCK ADDRESS OUT OF RANGE";
            case 0x2400 -> "INVALID FIELD IN CDB";
            case 0x2500 -> "LOGICAL UNIT NOT SUPPORTED";
            case 0x2600 -> "INVALID FIELD IN PARAMETER LIST";
            case 0x2700 -> "WRITE PROTECTED";
            case 0x2707 -> "SPACE ALLOCATION FAILED WRITE PROTECT";
            case 0x2900 -> "POWER ON, RESET, OR BUS DEVICE RESET OCCURRED";
            case 0x2901 -> "POWER ON OCCURRED";
            case 0x2902 -> "SCSI BUS RESET OCCURRED";
            case 0x2903 -> "BUS DEVICE RESET FUNCTION OCCURRED";
            case 0x2907 -> "I_T NEXUS LOSS OCCURRED";
            case 0x2a01 -> "MODE PARAMETERS CHANGED";
            case 0x2a03 -> "RESERVATIONS PREEMPTED";
            case 0x2a09 -> "CAPACITY DATA HAS CHANGED";
            case 0x2f00 -> "COMMANDS CLEARED BY ANOTHER INITIATOR";
            case 0x3a00 -> "MEDIUM NOT PRESENT";
            case 0x3f0e -> "REPORTED LUNS DATA HAS CHANGED";
            case 0x4400 -> "INTERNAL TARGET FAILURE";
            case 0x4705 -> "PROTOCOL SERVICE CRC ERROR";
            case 0x477f -> "SOME COMMANDS CLEARED BY ISCSI PROTOCOL EVENT";
            default -> "";
        };
    }

    private static int at(byte[] sense, int length, int index) {
        return index < length ? sense[index] & 0xff : 0;
    }
}
