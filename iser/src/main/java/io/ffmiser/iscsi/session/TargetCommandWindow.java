package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.SerialNumber;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The command numbering of a session as its target keeps it (RFC 7143 section 4.2.2.1): ExpCmdSN, MaxCmdSN, and the requests that
 * arrived before their turn. All numbers compare by serial arithmetic; MaxCmdSN never goes back.
 *
 * <p>Single-threaded, like its session.
 */
final class TargetCommandWindow {
    private final @Nullable InboundPdu[] held;
    private final boolean[] skipped;
    private final int mask;
    private final Pdu header = new Pdu();
    private int expected;
    private int maximum;
    private int heldCount;
    /** Unsolicited data of SCSI Commands that are held, in the order in which it came. */
    private final ArrayDeque<InboundPdu> heldData = new ArrayDeque<>();

    /** @param largest the widest that the window will ever be */
    TargetCommandWindow(int largest) {
        int slots = Integer.highestOneBit(Math.max(1, largest - 1)) << 1;
        held = new InboundPdu[slots];
        skipped = new boolean[slots];
        mask = slots - 1;
    }

    /** Starts with the CmdSN of the leading login, and a closed window. */
    void start(int cmdSn) {
        expected = cmdSn;
        maximum = cmdSn - 1;
    }

    /** ExpCmdSN. */
    int expected() {
        return expected;
    }

    /** MaxCmdSN. */
    int maximum() {
        return maximum;
    }

    /** How many requests may come before it is closed. */
    int size() {
        return maximum - expected + 1;
    }

    /** How many arrived before their turn. */
    int heldCount() {
        return heldCount;
    }

    boolean contains(int cmdSn) {
        return SerialNumber.isWithin(cmdSn, expected, maximum);
    }

    /** Whether a request that is not the next one came before, or was given up; it is within the window. */
    boolean isKnown(int cmdSn) {
        return held[cmdSn & mask] != null || skipped[cmdSn & mask];
    }

    /** Whether a SCSI Command with that tag arrived before its turn. */
    boolean holdsCommand(int initiatorTaskTag) {
        for (int i = 0, left = heldCount; left > 0; i++) {
            InboundPdu pdu = held[i];
            if (pdu != null) {
                left--;
                header.wrap(pdu.segment(), pdu.headerOffset());
                if (header.opcode() == Opcode.SCSI_COMMAND && header.initiatorTaskTag() == initiatorTaskTag) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Keeps unsolicited data of a SCSI Command that is held, within the receives that are there for the requests held: those of the
     * requests still missing are not touched.
     *
     * @param pdusPerRequest Data-Out PDUs that each request of the window has a receive for
     * @return false if there are as many already: the data is dropped
     */
    boolean holdData(InboundPdu pdu, int pdusPerRequest) {
        return heldData.size() < heldCount * pdusPerRequest && heldData.add(pdu.retain());
    }

    /** The oldest Data-Out held with that tag, which is then the caller's to release; null if there is none. */
    @Nullable
    InboundPdu takeData(int initiatorTaskTag) {
        for (Iterator<InboundPdu> each = heldData.iterator(); each.hasNext(); ) {
            InboundPdu pdu = each.next();
            header.wrap(pdu.segment(), pdu.headerOffset());
            if (header.initiatorTaskTag() == initiatorTaskTag) {
                each.remove();
                return pdu;
            }
        }
        return null;
    }

    /** Opens the window to a number of requests, if that moves MaxCmdSN forward. */
    void open(int requests) {
        maximum = SerialNumber.max(maximum, expected + Math.min(requests, mask + 1) - 1);
    }

    /** Takes the request of ExpCmdSN: what is answered while it is executed counts it as received. */
    void take() {
        expected++;
    }

    /** The request just taken is rejected: it was not received. */
    void untake() {
        expected--;
    }

    /** Awaits the next request, past those that were given up; to be called when one was taken. */
    void passSkipped() {
        while (skipped[expected & mask] && SerialNumber.isLessOrEqual(expected, maximum)) {
            skipped[expected & mask] = false;
            expected++;
        }
    }

    /**
     * Keeps a request that is not the next one; it is within the window.
     *
     * @return false if that number came before: the request is dropped
     */
    boolean hold(int cmdSn, InboundPdu pdu) {
        int slot = cmdSn & mask;
        if (held[slot] != null || skipped[slot]) {
            return false;
        }
        held[slot] = pdu.retain();
        heldCount++;
        return true;
    }

    /** The request of ExpCmdSN if it was held, which is then the caller's to release; else null. */
    @Nullable
    InboundPdu takeNext() {
        if (heldCount == 0) {
            return null;
        }
        int slot = expected & mask;
        InboundPdu pdu = held[slot];
        if (pdu != null) {
            held[slot] = null;
            heldCount--;
        }
        return pdu;
    }

    /**
     * Considers a number received whose request has not come, or has come and waits (RFC 7143 section 11.6.1, ABORT TASK). It is within
     * the window.
     *
     * @return the request that waited, to be released; null if none did
     */
    @Nullable
    InboundPdu skip(int cmdSn) {
        int slot = cmdSn & mask;
        InboundPdu waiting = held[slot];
        if (waiting != null) {
            held[slot] = null;
            heldCount--;
        }
        skipped[slot] = true;
        passSkipped();
        return waiting;
    }

    /**
     * Forgets all that is held.
     *
     * @param release false when the connection is gone, and its PDUs with it
     */
    void releaseHeld(boolean release) {
        for (int i = 0; i < held.length; i++) {
            InboundPdu pdu = held[i];
            held[i] = null;
            skipped[i] = false;
            if (pdu != null && release) {
                pdu.release();
            }
        }
        heldCount = 0;
        for (InboundPdu pdu = heldData.poll(); pdu != null; pdu = heldData.poll()) {
            if (release) {
                pdu.release();
            }
        }
    }
}
