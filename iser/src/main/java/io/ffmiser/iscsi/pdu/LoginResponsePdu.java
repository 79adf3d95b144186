package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Login Response, RFC 7143 section 11.13. StatSN, ExpCmdSN and MaxCmdSN mean something only with status class 0.
 *
 * @param transit the T bit
 * @param continued the C bit
 * @param currentStage CSG
 * @param nextStage NSG; null when T is 0 (reserved then)
 * @param versionMax highest version the target supports
 * @param versionActive the version in use
 * @param statusClass with {@link #statusDetail}: see {@link #status()}
 * @param data key=value text, without padding; never changed after
 */
public record LoginResponsePdu(
        boolean transit,
        boolean continued,
        LoginStage currentStage,
        @Nullable LoginStage nextStage,
        int versionMax,
        int versionActive,
        Isid isid,
        int tsih,
        int initiatorTaskTag,
        int statSn,
        int expCmdSn,
        int maxCmdSn,
        int statusClass,
        int statusDetail,
        byte[] data) {
    // RFC 7143 section 11.13
    private static final int VERSION_MAX = 2;
    private static final int VERSION_ACTIVE = 3;
    private static final int STATUS_CLASS = 36;
    private static final int STATUS_DETAIL = 37;

    public LoginStatus status() {
        return LoginStatus.of(statusClass, statusDetail);
    }

    /** BHS then data, padded to 4 octets. */
    public byte[] encode() {
        byte[] pdu = LoginHeader.allocate(data);
        ResponsePdu header = new ResponsePdu();
        header.wrapCleared(
                MemorySegment.ofArray(pdu),
                0,
                Opcode.LOGIN_RESPONSE,
                LoginHeader.flags(transit, continued, currentStage, nextStage));
        header.setByteAt(VERSION_MAX, versionMax);
        header.setByteAt(VERSION_ACTIVE, versionActive);
        LoginHeader.write(header, isid, tsih, initiatorTaskTag, data.length);
        header.setNumbers(statSn, expCmdSn, maxCmdSn);
        header.setByteAt(STATUS_CLASS, statusClass);
        header.setByteAt(STATUS_DETAIL, statusDetail);
        return pdu;
    }

    /**
     * Reads any octets.
     *
     * @param pdu BHS, AHS if any, then data, with or without padding
     */
    public static Decoded<LoginResponsePdu> decode(byte[] pdu) {
        ResponsePdu header = new ResponsePdu();
        ProtocolError error = LoginHeader.check(pdu, header, Opcode.LOGIN_RESPONSE);
        if (error != null) {
            return new Decoded.Malformed<>(error);
        }
        LoginStage current = LoginHeader.currentStage(header);
        LoginStage next = LoginHeader.nextStage(header);
        if (current == null || (LoginHeader.isTransit(header) && next == null)) {
            return new Decoded.Malformed<>(ProtocolError.invalidField("login stage 2 is reserved"));
        }
        return new Decoded.Value<>(new LoginResponsePdu(
                LoginHeader.isTransit(header),
                header.flag(Pdu.CONTINUE),
                current,
                next,
                header.byteAt(VERSION_MAX),
                header.byteAt(VERSION_ACTIVE),
                LoginHeader.isid(header),
                LoginHeader.tsih(header),
                header.initiatorTaskTag(),
                header.statSn(),
                header.expCmdSn(),
                header.maxCmdSn(),
                header.byteAt(STATUS_CLASS),
                header.byteAt(STATUS_DETAIL),
                LoginHeader.data(pdu, header)));
    }
}
