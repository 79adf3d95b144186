package io.ffmiser.scsi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Big-endian fields of CDBs, parameter data and parameter lists (SPC-4 section 4.2). */
final class Cdb {
    private static final VarHandle INT16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle INT32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle INT64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    private Cdb() {}

    static int octet(byte[] from, int at) {
        return from[at] & 0xFF;
    }

    static boolean bit(byte[] from, int at, int mask) {
        return (from[at] & mask) != 0;
    }

    static int get16(byte[] from, int at) {
        return (short) INT16.get(from, at) & 0xFFFF;
    }

    static int get24(byte[] from, int at) {
        return octet(from, at) << 16 | get16(from, at + 1);
    }

    static long get32(byte[] from, int at) {
        return (int) INT32.get(from, at) & 0xFFFF_FFFFL;
    }

    static long get64(byte[] from, int at) {
        return (long) INT64.get(from, at);
    }

    static void put16(byte[] to, int at, int value) {
        INT16.set(to, at, (short) value);
    }

    static void put24(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 16);
        put16(to, at + 1, value);
    }

    static void put32(byte[] to, int at, long value) {
        INT32.set(to, at, (int) value);
    }

    static void put64(byte[] to, int at, long value) {
        INT64.set(to, at, value);
    }

    /** How long a CDB of that operation code is (SPC-4 section 4.2.5.1), of those that have a fixed length. */
    static int lengthOf(int opcode) {
        return switch (opcode >> 5) {
            case 0 -> 6;
            case 1, 2 -> 10;
            case 4 -> 16;
            default -> 12;
        };
    }

    /** LOGICAL BLOCK ADDRESS of a READ, WRITE or the like, unsigned: a negative value is beyond any disk. */
    static long lba(byte[] cdb) {
        return switch (lengthOf(octet(cdb, 0))) {
            case 6 -> get24(cdb, 1) & 0x1F_FFFF;
            case 16 -> get64(cdb, 2);
            default -> get32(cdb, 2);
        };
    }

    /** How many blocks a READ, WRITE or the like names. */
    static long blocks(byte[] cdb) {
        return switch (lengthOf(octet(cdb, 0))) {
            // SBC-3 section 5.10: zero means 256 in the six-octet forms.
            case 6 -> cdb[4] == 0 ? 256 : octet(cdb, 4);
            case 10 -> get16(cdb, 7);
            case 12 -> get32(cdb, 6);
            default -> get32(cdb, 10);
        };
    }

    /** Where the field that {@link #blocks} reads begins. */
    static int blocksField(byte[] cdb) {
        return switch (lengthOf(octet(cdb, 0))) {
            case 6 -> 4;
            case 10 -> 7;
            case 12 -> 6;
            default -> 10;
        };
    }
}
