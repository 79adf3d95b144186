package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Flyweight over the Additional Header Segments of a SCSI Command (RFC 7143 section 11.2.2): an Extended CDB, the read length of a
 * bidirectional command, or both. Total: other types, lengths that overrun and repetitions are a {@link ProtocolError}.
 */
public final class AdditionalHeaderSegments {
    // RFC 7143 sections 11.2.2.1 to 11.2.2.4
    private static final int TYPE = 2;
    private static final int SPECIFIC = 4;
    private static final int TYPE_MASK = 0x3f;
    private static final int EXTENDED_CDB = 1;
    private static final int BIDIRECTIONAL_READ_LENGTH = 2;
    private static final int BIDIRECTIONAL_AHS_LENGTH = 5;

    /** The longest CDB: SPC-4 variable length CDBs have at most 260 octets. */
    public static final int MAX_CDB_LENGTH = 260;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private MemorySegment segment = MemorySegment.NULL;
    private long cdbOffset;
    private int cdbLength;
    private long bidirectionalReadLength;

    /**
     * Reads all segments.
     *
     * @param offset where the first begins, behind the BHS
     * @param length TotalAHSLength in octets; 0 gives no extended CDB and no read length
     * @return null if they are all right
     */
    public @Nullable ProtocolError wrap(MemorySegment newSegment, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, newSegment.byteSize());
        segment = newSegment;
        cdbOffset = 0;
        cdbLength = 0;
        bidirectionalReadLength = -1;
        long at = offset;
        long end = offset + length;
        while (at < end) {
            if (end - at < SPECIFIC) {
                return ProtocolError.invalidField("AHS cut short");
            }
            int ahsLength = segment.get(SHORT, at) & 0xffff;
            int type = segment.get(ValueLayout.JAVA_BYTE, at + TYPE) & TYPE_MASK;
            // AHSLength leaves out its own two octets, the type and the padding
            int whole = (3 + ahsLength + 3) & ~3;
            if (ahsLength == 0 || whole > end - at) {
                return ProtocolError.invalidField("AHSLength " + ahsLength + " does not fit TotalAHSLength");
            }
            ProtocolError error = switch (type) {
                case EXTENDED_CDB -> readExtendedCdb(at, ahsLength);
                case BIDIRECTIONAL_READ_LENGTH -> readBidirectionalLength(at, ahsLength);
                default -> ProtocolError.notSupported("AHS type " + type);
            };
            if (error != null) {
                return error;
            }
            at += whole;
        }
        return null;
    }

    private @Nullable ProtocolError readExtendedCdb(long at, int ahsLength) {
        int extension = ahsLength - 1;
        if (cdbLength != 0) {
            return ProtocolError.invalidField("two Extended CDB AHS");
        }
        if (extension == 0 || extension > MAX_CDB_LENGTH - ScsiCommandPdu.CDB_LENGTH) {
            return ProtocolError.invalidField("Extended CDB of " + extension + " octets more");
        }
        cdbOffset = at + SPECIFIC;
        cdbLength = extension;
        return null;
    }

    private @Nullable ProtocolError readBidirectionalLength(long at, int ahsLength) {
        if (bidirectionalReadLength >= 0) {
            return ProtocolError.invalidField("two Bidirectional Read Expected Data Transfer Length AHS");
        }
        if (ahsLength != BIDIRECTIONAL_AHS_LENGTH) {
            return ProtocolError.invalidField("bidirectional AHSLength " + ahsLength);
        }
        bidirectionalReadLength = segment.get(INT, at + SPECIFIC) & 0xffff_ffffL;
        return null;
    }

    /** Octets of CDB beyond the 16 in the BHS; 0 if there is no Extended CDB. */
    public int extendedCdbLength() {
        return cdbLength;
    }

    /** Copies those octets. */
    public void copyExtendedCdb(byte[] destination, int at) {
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, cdbOffset, destination, at, cdbLength);
    }

    /** In octets; -1 if the command is not bidirectional. */
    public long bidirectionalReadLength() {
        return bidirectionalReadLength;
    }

    /** Octets of the AHS that a CDB needs; 0 up to 16 octets of CDB. */
    public static int extendedCdbAhsLength(int wholeCdbLength) {
        return wholeCdbLength <= ScsiCommandPdu.CDB_LENGTH
                ? 0
                : SPECIFIC + ((wholeCdbLength - ScsiCommandPdu.CDB_LENGTH + 3) & ~3);
    }

    /**
     * Writes an Extended CDB AHS with what a CDB has beyond 16 octets.
     *
     * @return octets written, padding included
     */
    public static int writeExtendedCdb(MemorySegment destination, long at, byte[] cdb, int wholeCdbLength) {
        if (wholeCdbLength <= ScsiCommandPdu.CDB_LENGTH || wholeCdbLength > MAX_CDB_LENGTH) {
            throw new IllegalArgumentException("no Extended CDB for a CDB of " + wholeCdbLength + " octets");
        }
        int extension = wholeCdbLength - ScsiCommandPdu.CDB_LENGTH;
        int whole = extendedCdbAhsLength(wholeCdbLength);
        destination.asSlice(at, whole).fill((byte) 0);
        destination.set(SHORT, at, (short) (extension + 1));
        destination.set(ValueLayout.JAVA_BYTE, at + TYPE, (byte) EXTENDED_CDB);
        MemorySegment.copy(
                cdb, ScsiCommandPdu.CDB_LENGTH, destination, ValueLayout.JAVA_BYTE, at + SPECIFIC, extension);
        return whole;
    }

    /**
     * Writes a Bidirectional Read Expected Data Transfer Length AHS.
     *
     * @return octets written
     */
    public static int writeBidirectionalReadLength(MemorySegment destination, long at, long octets) {
        if (octets >>> 32 != 0) {
            throw new IllegalArgumentException(octets + " is not an unsigned 32-bit number");
        }
        destination.set(SHORT, at, (short) BIDIRECTIONAL_AHS_LENGTH);
        destination.set(SHORT, at + TYPE, (short) (BIDIRECTIONAL_READ_LENGTH << 8));
        destination.set(INT, at + SPECIFIC, (int) octets);
        return SPECIFIC + Integer.BYTES;
    }
}
