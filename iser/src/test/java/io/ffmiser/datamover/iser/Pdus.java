package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.Datamover;
import io.ffmiser.datamover.OutboundPdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** PDUs and iSER messages made by hand, as a peer would. */
final class Pdus {
    // RFC 7143 sections 11.2.1.2 and 11.2.1.8, as the RFC numbers them
    static final int SCSI_COMMAND = 0x01;
    static final int LOGIN_REQUEST = 0x03;
    static final int DATA_OUT = 0x05;
    static final int NOP_IN = 0x20;
    static final int SCSI_RESPONSE = 0x21;
    static final int LOGIN_RESPONSE = 0x23;
    static final int DATA_IN = 0x25;
    static final int R2T = 0x31;
    static final int ASYNC_MESSAGE = 0x32;
    static final int REJECT = 0x3f;
    static final int RESERVED_TAG = 0xffffffff;

    static final int F = 0x80;
    static final int R = 0x40;
    static final int W = 0x20;

    private Pdus() {}

    static byte[] pdu(int opcode, int flags, int itt, byte[] data) {
        ByteBuffer pdu = ByteBuffer.allocate(48 + (data.length + 3 & ~3));
        pdu.putInt(0, opcode << 24 | flags << 16);
        pdu.putInt(4, data.length);
        pdu.putInt(16, itt);
        pdu.put(48, data);
        return pdu.array();
    }

    static byte[] pdu(int opcode, int flags, int itt) {
        return pdu(opcode, flags, itt, new byte[0]);
    }

    static byte[] command(int itt, int flags, int edtl, int cmdSn, byte[] data) {
        byte[] pdu = pdu(SCSI_COMMAND, flags, itt, data);
        return with(with(pdu, 20, edtl), 24, cmdSn);
    }

    static byte[] command(int itt, int flags, int edtl) {
        return command(itt, flags, edtl, 0, new byte[0]);
    }

    static byte[] response(int itt) {
        return pdu(SCSI_RESPONSE, F, itt);
    }

    static byte[] loginRequest() {
        return pdu(0x40 | LOGIN_REQUEST, 0x87, 1, new byte[] {'a', '=', 'b', 0});
    }

    static byte[] loginResponse() {
        return pdu(LOGIN_RESPONSE, 0x87, 1, new byte[] {'c', '=', 'd', 0});
    }

    /** Sets a word of a PDU. */
    static byte[] with(byte[] pdu, int offset, int word) {
        byte[] changed = pdu.clone();
        ByteBuffer.wrap(changed).putInt(offset, word);
        return changed;
    }

    static byte[] withAhs(byte[] bhs, byte[] ahs) {
        byte[] pdu = Arrays.copyOf(bhs, bhs.length + ahs.length);
        System.arraycopy(ahs, 0, pdu, bhs.length, ahs.length);
        pdu[4] = (byte) (ahs.length / 4);
        return pdu;
    }

    /** A control-type message without STags. */
    static byte[] message(byte[] pdu) {
        return ByteBuffer.allocate(28 + pdu.length)
                .put(0, (byte) 0x10)
                .put(28, pdu)
                .array();
    }

    static byte[] withRead(byte[] message, int stag, long base) {
        ByteBuffer header = ByteBuffer.wrap(message.clone());
        header.put(0, (byte) (header.get(0) | 0x04)).putInt(16, stag).putLong(20, base);
        return header.array();
    }

    static byte[] withWrite(byte[] message, int stag, long base) {
        ByteBuffer header = ByteBuffer.wrap(message.clone());
        header.put(0, (byte) (header.get(0) | 0x08)).putInt(4, stag).putLong(8, base);
        return header.array();
    }

    /** What of a message follows the iSER header. */
    static byte[] content(byte[] message) {
        return Arrays.copyOfRange(message, 28, message.length);
    }

    // RFC 7145 section 9.2, figure 3: what an iSER message names

    static boolean hasWriteStag(MemorySegment message) {
        return (message.get(ValueLayout.JAVA_BYTE, 0) & 0x08) != 0;
    }

    static boolean hasReadStag(MemorySegment message) {
        return (message.get(ValueLayout.JAVA_BYTE, 0) & 0x04) != 0;
    }

    static int writeStag(MemorySegment message) {
        return message.asByteBuffer().getInt(4);
    }

    static long writeBaseOffset(MemorySegment message) {
        return message.asByteBuffer().getLong(8);
    }

    static int readStag(MemorySegment message) {
        return message.asByteBuffer().getInt(16);
    }

    static long readBaseOffset(MemorySegment message) {
        return message.asByteBuffer().getLong(20);
    }

    static int word(byte[] bytes, int offset) {
        return ByteBuffer.wrap(bytes).getInt(offset);
    }

    static OutboundPdu claim(Datamover datamover, byte[] pdu) {
        OutboundPdu place = datamover.claimControl();
        if (place == null) {
            throw new AssertionError("no place for a control PDU");
        }
        MemorySegment.copy(pdu, 0, place.segment(), ValueLayout.JAVA_BYTE, place.headerOffset(), pdu.length);
        return place;
    }

    static void send(Datamover datamover, byte[] pdu) {
        datamover.sendControl(claim(datamover, pdu));
        datamover.flush();
    }
}
