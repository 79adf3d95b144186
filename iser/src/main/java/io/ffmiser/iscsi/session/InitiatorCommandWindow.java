package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.SerialNumber;

/** The numbers of a session with one connection: CmdSN and its window, ExpStatSN (RFC 7143 section 4.2.2). */
final class InitiatorCommandWindow {
    private int cmdSn;
    private int expCmdSn;
    private int maxCmdSn;
    private int expStatSn;

    /** Takes the numbers over from the Login Phase, whose requests did not advance CmdSN. */
    void begin(int initialCmdSn, int initialMaxCmdSn, int initialExpStatSn) {
        cmdSn = initialCmdSn;
        expCmdSn = initialCmdSn;
        maxCmdSn = initialCmdSn - 1;
        expStatSn = initialExpStatSn;
        update(initialCmdSn, initialMaxCmdSn);
    }

    /** Whether the next non-immediate request may be sent. */
    boolean isOpen() {
        return SerialNumber.isLessOrEqual(cmdSn, maxCmdSn);
    }

    /** The CmdSN of a non-immediate request, which advances it. */
    int take() {
        return cmdSn++;
    }

    /** The CmdSN that the next request carries, which an immediate one does not advance (S2). */
    int next() {
        return cmdSn;
    }

    /** Whether the target has said that it received the request of that CmdSN. */
    boolean isReceived(int sn) {
        return SerialNumber.isLess(sn, expCmdSn);
    }

    int expStatSn() {
        return expStatSn;
    }

    /** Takes ExpCmdSN and MaxCmdSN of a PDU, each only forward (RFC 7143 section 4.2.2.1). */
    void update(ResponsePdu pdu) {
        update(pdu.expCmdSn(), pdu.maxCmdSn());
    }

    private void update(int newExpCmdSn, int newMaxCmdSn) {
        if (SerialNumber.isLess(newMaxCmdSn, newExpCmdSn - 1)) {
            return;
        }
        // Nobody can expect what was not sent: such a number, taken, would let stale ones look new.
        if (SerialNumber.isGreater(newExpCmdSn, expCmdSn) && SerialNumber.isLessOrEqual(newExpCmdSn, cmdSn)) {
            expCmdSn = newExpCmdSn;
        }
        if (SerialNumber.isGreater(newMaxCmdSn, maxCmdSn)) {
            maxCmdSn = newMaxCmdSn;
        }
    }

    /**
     * Takes the StatSN of a PDU that carries status.
     *
     * @return false if another one was due: a status was lost or repeated, which the transport rules out
     */
    boolean takeStatus(int statSn) {
        if (statSn != expStatSn) {
            return false;
        }
        expStatSn++;
        return true;
    }
}
