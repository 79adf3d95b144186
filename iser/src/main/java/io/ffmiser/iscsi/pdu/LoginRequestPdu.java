package io.ffmiser.iscsi.pdu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Login Request, RFC 7143 section 11.12.
 *
 * @param transit the T bit
 * @param continued the C bit
 * @param currentStage CSG
 * @param nextStage NSG; null when T is 0 (reserved then)
 * @param versionMax highest version the initiator supports
 * @param versionMin lowest
 * @param data key=value text, without padding; never changed after
 */
public record LoginRequestPdu(
        boolean transit,
        boolean continued,
        LoginStage currentStage,
        @Nullable LoginStage nextStage,
        int versionMax,
        int versionMin,
        Isid isid,
        int tsih,
        int initiatorTaskTag,
        int cid,
        int cmdSn,
        int expStatSn,
        byte[] data) {
    // RFC 7143 section 11.12
    private static final int VERSION_MAX = 2;
    private static final int VERSION_MIN = 3;
    private static final int CID = 20;

    /** BHS then data, padded to 4 octets. */
    public byte[] encode() {
        byte[] pdu = LoginHeader.allocate(data);
        RequestPdu header = new RequestPdu();
        header.wrapCleared(
                MemorySegment.ofArray(pdu),
                0,
                Opcode.LOGIN_REQUEST,
                LoginHeader.flags(transit, continued, currentStage, nextStage));
        // section 11.12: a Login Request is always immediate
        header.setImmediate(true);
        header.setByteAt(VERSION_MAX, versionMax);
        header.setByteAt(VERSION_MIN, versionMin);
        LoginHeader.write(header, isid, tsih, initiatorTaskTag, data.length);
        header.setShortAt(CID, cid);
        header.setCmdSn(cmdSn);
        header.setExpStatSn(expStatSn);
        return pdu;
    }

    /**
     * Reads any octets.
     *
     * @param pdu BHS, AHS if any, then data, with or without padding
     */
    public static Decoded<LoginRequestPdu> decode(byte[] pdu) {
        RequestPdu header = new RequestPdu();
        ProtocolError error = LoginHeader.check(pdu, header, Opcode.LOGIN_REQUEST);
        if (error != null) {
            return new Decoded.Malformed<>(error);
        }
        LoginStage current = LoginHeader.currentStage(header);
        LoginStage next = LoginHeader.nextStage(header);
        if (current == null || (LoginHeader.isTransit(header) && next == null)) {
            return new Decoded.Malformed<>(ProtocolError.invalidField("login stage 2 is reserved"));
        }
        return new Decoded.Value<>(new LoginRequestPdu(
                LoginHeader.isTransit(header),
                header.flag(Pdu.CONTINUE),
                current,
                next,
                header.byteAt(VERSION_MAX),
                header.byteAt(VERSION_MIN),
                LoginHeader.isid(header),
                LoginHeader.tsih(header),
                header.initiatorTaskTag(),
                header.shortAt(CID),
                header.cmdSn(),
                header.expStatSn(),
                LoginHeader.data(pdu, header)));
    }
}
