package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.SerialNumber;

/** The numbers of a session with one connection: CmdSN and its window, ExpStatSN (RFC 7143 section 4.2.2). */
final class InitiatorCommandWindow {
    /** How far from the due one a StatSN may be: more responses than a target has on their way at once. A power of two. */
    static final int STATUS_WINDOW = 1024;

    private int cmdSn;
    private int expCmdSn;
    private int maxCmdSn;
    private int expStatSn;
    /** A bit for each StatSN after ExpStatSN that has come already. */
    private final long[] ahead = new long[STATUS_WINDOW / Long.SIZE];

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
     * Takes the StatSN of a PDU that carries status. ExpStatSN goes on to the first one that has not come yet.
     *
     * <p>The transport keeps the order and loses nothing, but Linux's target draws the number of a response and sends the response in two
     * steps, on several processors: responses pass each other, and as nothing guards the counter, two may have one number. A number that
     * comes early or again is therefore no error. Which command a response is for its tag says, and a tag is answered once.
     *
     * @return false if it is {@link #STATUS_WINDOW} or more from the one that is due, which then never came
     */
    boolean takeStatus(int statSn) {
        int distance = statSn - expStatSn;
        if (distance >= STATUS_WINDOW || distance <= -STATUS_WINDOW) {
            return false;
        }
        if (distance > 0) {
            ahead[word(statSn)] |= 1L << statSn;
        } else if (distance == 0) {
            expStatSn++;
            while ((ahead[word(expStatSn)] & 1L << expStatSn) != 0) {
                ahead[word(expStatSn)] &= ~(1L << expStatSn);
                expStatSn++;
            }
        }
        return true;
    }

    private static int word(int statSn) {
        return (statSn & STATUS_WINDOW - 1) / Long.SIZE;
    }
}
