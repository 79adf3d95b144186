package io.ffmiser.scsi;

import java.util.Arrays;

/**
 * Sense data (SPC-4 section 4.5). A condition is one number: sense key, additional sense code and qualifier, each an octet; INFORMATION
 * and SENSE KEY SPECIFIC are given beside it, or {@link #NONE}.
 */
final class Sense {
    static final int NONE = -1;

    static final int NO_SENSE = 0x00_00_00;
    /** LOGICAL UNIT NOT READY: START STOP UNIT with START brings it back. */
    static final int INITIALIZING_COMMAND_REQUIRED = 0x02_04_02;

    static final int READ_ERROR = 0x03_11_00;
    static final int WRITE_ERROR = 0x03_0C_00;
    static final int INTERNAL_TARGET_FAILURE = 0x04_44_00;
    static final int INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT = 0x05_0E_03;
    static final int PARAMETER_LIST_LENGTH_ERROR = 0x05_1A_00;
    static final int INVALID_OPERATION_CODE = 0x05_20_00;
    static final int LBA_OUT_OF_RANGE = 0x05_21_00;
    static final int INVALID_FIELD_IN_CDB = 0x05_24_00;
    static final int LUN_NOT_SUPPORTED = 0x05_25_00;
    static final int INVALID_FIELD_IN_PARAMETER_LIST = 0x05_26_00;
    static final int SAVING_PARAMETERS_NOT_SUPPORTED = 0x05_39_00;
    static final int INVALID_MESSAGE = 0x05_49_00;
    static final int INSUFFICIENT_RESOURCES = 0x05_55_03;
    static final int WRITE_PROTECTED = 0x07_27_00;
    static final int SPACE_ALLOCATION_FAILED = 0x07_27_07;
    static final int MISCOMPARE_DURING_VERIFY = 0x0E_1D_00;

    static final int FIXED_LENGTH = 18;

    private static final int SKSV = 0x80;
    private static final int IN_CDB = 0x40;
    private static final int BIT_POINTER_VALID = 0x08;

    private Sense() {}

    /** A unit attention condition as a condition. */
    static int unitAttention(int ascAndAscq) {
        return 0x06 << 16 | ascAndAscq;
    }

    /** Field pointer to an octet of the CDB (SPC-4 section 4.5.2.4.2). */
    static int cdbField(int octet) {
        return (SKSV | IN_CDB) << 16 | octet;
    }

    /** Field pointer to a field of the CDB whose highest bit is the given one. */
    static int cdbField(int octet, int bit) {
        return (SKSV | IN_CDB | BIT_POINTER_VALID | bit) << 16 | octet;
    }

    /** Field pointer to an octet of the parameter list. */
    static int parameterField(int octet) {
        return SKSV << 16 | octet;
    }

    /**
     * Writes sense data.
     *
     * @param to has room for 28 octets
     * @param descriptor in descriptor format (D_SENSE), else in fixed format
     * @param information unsigned; the fixed format has no room for what exceeds 32 bits
     * @return its length
     */
    static int encode(byte[] to, boolean descriptor, int condition, long information, int keySpecific) {
        return descriptor
                ? encodeDescriptors(to, condition, information, keySpecific)
                : encodeFixed(to, condition, information, keySpecific);
    }

    private static int encodeFixed(byte[] to, int condition, long information, int keySpecific) {
        Arrays.fill(to, 0, FIXED_LENGTH, (byte) 0);
        boolean valid = information >= 0 && information <= 0xFFFF_FFFFL;
        to[0] = (byte) (valid ? 0xF0 : 0x70);
        to[2] = (byte) (condition >> 16);
        if (valid) {
            Cdb.put32(to, 3, information);
        }
        to[7] = FIXED_LENGTH - 8;
        Cdb.put16(to, 12, condition);
        if (keySpecific != NONE) {
            Cdb.put24(to, 15, keySpecific);
        }
        return FIXED_LENGTH;
    }

    private static int encodeDescriptors(byte[] to, int condition, long information, int keySpecific) {
        int length = 8;
        Arrays.fill(to, 0, 28, (byte) 0);
        to[0] = 0x72;
        to[1] = (byte) (condition >> 16);
        Cdb.put16(to, 2, condition);
        if (information >= 0) {
            to[length + 1] = 0x0A;
            to[length + 2] = (byte) 0x80;
            Cdb.put64(to, length + 4, information);
            length += 12;
        }
        if (keySpecific != NONE) {
            to[length] = 0x02;
            to[length + 1] = 0x06;
            Cdb.put24(to, length + 4, keySpecific);
            length += 8;
        }
        to[7] = (byte) (length - 8);
        return length;
    }
}
