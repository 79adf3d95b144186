package io.ffmiser.iscsi.pdu;

/** What PDUs from target to initiator share: StatSN, ExpCmdSN and MaxCmdSN (RFC 7143 section 4.2.2). */
public class ResponsePdu extends Pdu {
    private static final int STAT_SN = 24;
    private static final int EXP_CMD_SN = 28;
    private static final int MAX_CMD_SN = 32;

    public final int statSn() {
        return intAt(STAT_SN);
    }

    public final void setStatSn(int statSn) {
        setIntAt(STAT_SN, statSn);
    }

    public final int expCmdSn() {
        return intAt(EXP_CMD_SN);
    }

    public final int maxCmdSn() {
        return intAt(MAX_CMD_SN);
    }

    /** Writes all three. */
    public final void setNumbers(int statSn, int expCmdSn, int maxCmdSn) {
        setIntAt(STAT_SN, statSn);
        setIntAt(EXP_CMD_SN, expCmdSn);
        setIntAt(MAX_CMD_SN, maxCmdSn);
    }
}
