package io.ffmiser.iscsi.pdu;

import java.util.HexFormat;

/**
 * The initiator's part of a session identifier (RFC 7143 section 11.12.5): 48 bits.
 *
 * @param value the six octets as a big-endian number
 */
public record Isid(long value) {
    private static final long MASK = 0xffff_ffff_ffffL;
    private static final long RANDOM_FORMAT = 0x80L << 40;

    public Isid {
        if ((value & ~MASK) != 0) {
            throw new IllegalArgumentException("an ISID has 48 bits");
        }
    }

    /**
     * The random format (T = 10b).
     *
     * @param random 24 bits
     * @param qualifier 16 bits: tells the sessions of one initiator apart
     */
    public static Isid random(int random, int qualifier) {
        return new Isid(RANDOM_FORMAT | (random & 0xff_ffffL) << 16 | (qualifier & 0xffffL));
    }

    /** As in a SCSI initiator port name: 12 hexadecimal digits (RFC 7143 section 4.4.2). */
    public String toHex() {
        return HexFormat.of().toHexDigits(value, 12);
    }

    @Override
    public String toString() {
        return "0x" + toHex();
    }
}
