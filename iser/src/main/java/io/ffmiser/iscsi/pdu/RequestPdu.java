package io.ffmiser.iscsi.pdu;

/** What PDUs from initiator to target share: the I bit, CmdSN and ExpStatSN (RFC 7143 sections 11.2.1.1 and 4.2.2). */
public class RequestPdu extends Pdu {
    static final int CMD_SN = 24;
    private static final int EXP_STAT_SN = 28;

    public final void setImmediate(boolean immediate) {
        setImmediateBit(immediate);
    }

    /** Meaningless in Data-Out and SNACK, which have none. */
    public final int cmdSn() {
        return intAt(CMD_SN);
    }

    public final void setCmdSn(int cmdSn) {
        setIntAt(CMD_SN, cmdSn);
    }

    public final int expStatSn() {
        return intAt(EXP_STAT_SN);
    }

    public final void setExpStatSn(int expStatSn) {
        setIntAt(EXP_STAT_SN, expStatSn);
    }
}
