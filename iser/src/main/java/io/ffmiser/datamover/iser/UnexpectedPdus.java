package io.ffmiser.datamover.iser;

/**
 * Counts the unexpected PDUs that are outstanding towards the peer, which has declared how many it has room for (RFC 7145 section
 * 8.1, MaxOutstandingUnexpectedPDUs).
 *
 * <p>Each entry is retired when the peer acknowledges a sequence number: for a target's PDU the StatSN after its own, known at once;
 * for an initiator's immediate PDU the CmdSN after that of a later non-immediate one.
 */
final class UnexpectedPdus {
    /** At most so many are tracked, whatever larger limit the peer declared. */
    static final int MAX_TRACKED = 1024;

    private final boolean unlimited;
    private final int[] sequence;
    private final int[] retireAt;
    private final int[] tag;
    private final boolean[] sealed;
    private int count;

    /**
     * @param declared by the peer; 0 is no limit (RFC 7145 section 6.7)
     */
    UnexpectedPdus(long declared) {
        unlimited = declared == 0;
        int size = unlimited ? 0 : (int) Math.min(declared, MAX_TRACKED);
        sequence = new int[size];
        retireAt = new int[size];
        tag = new int[size];
        sealed = new boolean[size];
    }

    int credits() {
        return unlimited ? Integer.MAX_VALUE : sequence.length - count;
    }

    /** An initiator's immediate PDU with that CmdSN is sent. */
    void immediateSent(int cmdSn) {
        add(cmdSn, 0, Bhs.RESERVED_TAG, false);
    }

    /** An initiator's non-immediate PDU is sent: its acknowledgement retires the immediate ones up to its CmdSN. */
    void nonImmediateSent(int cmdSn) {
        for (int at = 0; at < count; at++) {
            if (!sealed[at] && cmdSn - sequence[at] >= 0) {
                retireAt[at] = cmdSn + 1;
                sealed[at] = true;
            }
        }
    }

    /**
     * A target's unexpected PDU with that StatSN is sent.
     *
     * @param targetTransferTag of a NOP-In ping, else the reserved tag
     */
    void statusSent(int statSn, int targetTransferTag) {
        add(statSn, statSn + 1, targetTransferTag, true);
    }

    /** The peer expects that ExpCmdSN or ExpStatSN next (RFC 1982 arithmetic). */
    void acknowledged(int expected) {
        for (int at = count - 1; at >= 0; at--) {
            if (sealed[at] && expected - retireAt[at] >= 0) {
                remove(at);
            }
        }
    }

    /** The peer answered a ping. */
    void answered(int targetTransferTag) {
        if (targetTransferTag == Bhs.RESERVED_TAG) {
            return;
        }
        for (int at = count - 1; at >= 0; at--) {
            if (tag[at] == targetTransferTag) {
                remove(at);
                return;
            }
        }
    }

    private void add(int sequenceNumber, int retireSequence, int transferTag, boolean isSealed) {
        if (unlimited) {
            return;
        }
        if (count == sequence.length) {
            throw new IllegalStateException(
                    "the peer has room for " + sequence.length + " unexpected PDUs, all are outstanding");
        }
        sequence[count] = sequenceNumber;
        retireAt[count] = retireSequence;
        tag[count] = transferTag;
        sealed[count] = isSealed;
        count++;
    }

    private void remove(int at) {
        count--;
        sequence[at] = sequence[count];
        retireAt[at] = retireAt[count];
        tag[at] = tag[count];
        sealed[at] = sealed[count];
    }
}
