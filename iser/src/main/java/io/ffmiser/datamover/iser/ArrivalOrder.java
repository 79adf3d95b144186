package io.ffmiser.datamover.iser;

import org.jspecify.annotations.Nullable;

/**
 * PDUs that have arrived and wait to be notified in the order of their arrival: behind one whose task has STags that are still valid. iSCSI
 * takes its numbers (StatSN, ExpCmdSN) in that order alone (RFC 7143 section 4.2.2.2).
 */
final class ArrivalOrder {
    private ReceiveBuffers.@Nullable Arrived first;
    private ReceiveBuffers.@Nullable Arrived last;

    boolean isEmpty() {
        return first == null;
    }

    /** Appends a PDU, which is held from now on. */
    void hold(ReceiveBuffers.Arrived pdu, boolean ready) {
        pdu.hold(ready);
        if (last == null) {
            first = pdu;
        } else {
            last.next(pdu);
        }
        last = pdu;
    }

    /** Removes the first PDU and ends its hold; null if there is none, or it is not ready. */
    ReceiveBuffers.@Nullable Arrived takeReady() {
        ReceiveBuffers.Arrived taken = first;
        if (taken == null || !taken.isReady()) {
            return null;
        }
        first = taken.next();
        if (first == null) {
            last = null;
        }
        taken.next(null);
        taken.unhold();
        return taken;
    }
}
