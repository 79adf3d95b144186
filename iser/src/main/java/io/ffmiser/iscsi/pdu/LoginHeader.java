package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What Login Request and Login Response have in common (RFC 7143 sections 11.12 and 11.13). */
final class LoginHeader {
    private static final int STAGE_SHIFT = 2;
    private static final int STAGE_MASK = 0x03;
    private static final int ISID = 8;
    private static final int TSIH = 14;

    private LoginHeader() {}

    /** The whole PDU, with its data in place. */
    static byte[] allocate(byte[] data) {
        byte[] pdu = new byte[Pdu.HEADER_LENGTH + ((data.length + 3) & ~3)];
        System.arraycopy(data, 0, pdu, Pdu.HEADER_LENGTH, data.length);
        return pdu;
    }

    static int flags(boolean transit, boolean continued, LoginStage current, @Nullable LoginStage next) {
        int flags = current.code() << STAGE_SHIFT;
        if (transit && next != null) {
            flags |= Pdu.FINAL | next.code();
        }
        return continued ? flags | Pdu.CONTINUE : flags;
    }

    static void write(Pdu header, Isid isid, int tsih, int initiatorTaskTag, int dataLength) {
        header.setLongAt(ISID, isid.value() << 16 | (tsih & 0xffffL));
        header.setInitiatorTaskTag(initiatorTaskTag);
        header.setDataSegmentLength(dataLength);
    }

    /** Wraps the header if opcode and lengths are right. */
    static @Nullable ProtocolError check(byte[] pdu, Pdu header, Opcode expected) {
        if (pdu.length < Pdu.HEADER_LENGTH) {
            return ProtocolError.protocolError("login PDU of " + pdu.length + " octets");
        }
        header.wrap(MemorySegment.ofArray(pdu), 0);
        if (header.opcodeCode() != expected.code()) {
            // RFC 7143 section 6.3: no other PDU during login
            return ProtocolError.login(
                    LoginStatus.INVALID_DURING_LOGIN,
                    "opcode 0x" + Integer.toHexString(header.opcodeCode()) + " during login");
        }
        int needed = Pdu.HEADER_LENGTH + header.ahsLength() + header.dataSegmentLength();
        if (pdu.length < needed) {
            return ProtocolError.protocolError("login PDU of " + pdu.length + " octets announces " + needed);
        }
        return null;
    }

    static boolean isTransit(Pdu header) {
        return header.flag(Pdu.FINAL);
    }

    static @Nullable LoginStage currentStage(Pdu header) {
        return LoginStage.of((header.byteAt(Pdu.FLAGS) >>> STAGE_SHIFT) & STAGE_MASK);
    }

    static @Nullable LoginStage nextStage(Pdu header) {
        return isTransit(header) ? LoginStage.of(header.byteAt(Pdu.FLAGS) & STAGE_MASK) : null;
    }

    static Isid isid(Pdu header) {
        return new Isid(header.longAt(ISID) >>> 16);
    }

    static int tsih(Pdu header) {
        return header.shortAt(TSIH);
    }

    static byte[] data(byte[] pdu, Pdu header) {
        int from = Pdu.HEADER_LENGTH + header.ahsLength();
        return Arrays.copyOfRange(pdu, from, from + header.dataSegmentLength());
    }
}
