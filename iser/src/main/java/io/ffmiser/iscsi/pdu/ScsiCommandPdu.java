package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** SCSI Command, RFC 7143 section 11.3. The CDB's first 16 octets stand in the BHS, the others in an Extended CDB AHS ({@link AdditionalHeaderSegments}). */
public final class ScsiCommandPdu extends RequestPdu {
    public static final int UNTAGGED = 0;
    public static final int SIMPLE = 1;
    public static final int ORDERED = 2;
    public static final int HEAD_OF_QUEUE = 3;
    public static final int ACA = 4;

    /** Octets of CDB in the BHS. */
    public static final int CDB_LENGTH = 16;

    // RFC 7143 section 11.3
    private static final int TASK_ATTRIBUTE_MASK = 0x07;
    private static final int CDB = 32;
    private static final int READ = 64;
    private static final int WRITE = 32;
    private static final int EXPECTED_DATA_TRANSFER_LENGTH = 20;

    /** Clears 48 octets and makes them this PDU. */
    public void begin(MemorySegment newSegment, long newOffset) {
        wrapCleared(newSegment, newOffset, Opcode.SCSI_COMMAND, FINAL);
    }

    /** The R bit. */
    public boolean isRead() {
        return flag(READ);
    }

    public void setRead(boolean read) {
        setFlag(READ, read);
    }

    /** The W bit. */
    public boolean isWrite() {
        return flag(WRITE);
    }

    public void setWrite(boolean write) {
        setFlag(WRITE, write);
    }

    /** The LUN field; see {@link LogicalUnitNumber}. */
    public long lun() {
        return longAt(LUN);
    }

    public void setLun(long lun) {
        setLongAt(LUN, lun);
    }

    /** In octets; of a bidirectional command the write length. */
    public long expectedDataTransferLength() {
        return unsignedIntAt(EXPECTED_DATA_TRANSFER_LENGTH);
    }

    public void setExpectedDataTransferLength(long expectedDataTransferLength) {
        setUnsignedIntAt(EXPECTED_DATA_TRANSFER_LENGTH, expectedDataTransferLength);
    }

    /** ATTR: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA. */
    public int taskAttribute() {
        return byteAt(FLAGS) & TASK_ATTRIBUTE_MASK;
    }

    public void setTaskAttribute(int attribute) {
        setByteAt(FLAGS, (byteAt(FLAGS) & ~TASK_ATTRIBUTE_MASK) | (attribute & TASK_ATTRIBUTE_MASK));
    }

    /** Copies the CDB's 16 octets of the BHS. */
    public void copyCdb(byte[] destination) {
        MemorySegment.copy(segment(), ValueLayout.JAVA_BYTE, offset() + CDB, destination, 0, CDB_LENGTH);
    }

    /** Writes at most 16 octets of a CDB. */
    public void setCdb(byte[] cdb, int length) {
        MemorySegment.copy(cdb, 0, segment(), ValueLayout.JAVA_BYTE, offset() + CDB, Math.min(length, CDB_LENGTH));
    }
}
