package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.DataOutPdu;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts unsolicited Data-Out PDUs together. Over TCP an initiator may send as small ones as it likes (RFC 7143 section 11.7), and each would
 * keep a whole place until its command is done with. So data is read to behind the data before it, until that PDU is full; all that are
 * passed on are full but the last, which is what receives are counted for (RFC 7145 section 7.3.4), and have DataSNs of their own. Only
 * the data of commands that announced some; all other is passed on as it comes.
 */
final class UnsolicitedData {
    private final DataTransfers transfers;
    private final int capacity;
    private final Consumer<ReceivedPdu> listener;
    private final DataOutPdu view = new DataOutPdu();

    // Of tasks, by their places.
    private final boolean[] isAnnounced;
    private final @Nullable ReceivedPdu[] partial;
    private final int[] nextDataSn;
    private final long[] nextOffset;
    private final int[] passed;

    // Of the PDU that is being read.
    private int task = DataTransfers.NONE;
    private @Nullable ReceivedPdu earlier;
    private int behind;

    private boolean closed;

    /**
     * @param capacity octets of data that a place has room for
     * @param listener takes over what is passed on
     */
    UnsolicitedData(DataTransfers transfers, int capacity, Consumer<ReceivedPdu> listener) {
        this.transfers = transfers;
        this.capacity = capacity;
        this.listener = listener;
        int tasks = transfers.taskPlaces();
        isAnnounced = new boolean[tasks];
        partial = new ReceivedPdu[tasks];
        nextDataSn = new int[tasks];
        nextOffset = new long[tasks];
        passed = new int[tasks];
    }

    /** A command says that data follows it. */
    void announced(int of) {
        isAnnounced[of] = true;
    }

    /** The task has ended, as far as its tag goes. */
    void forget(int of) {
        ReceivedPdu kept = partial[of];
        partial[of] = null;
        isAnnounced[of] = false;
        nextDataSn[of] = 0;
        passed[of] = 0;
        if (kept != null) {
            kept.release();
        }
    }

    /** The connection has ended, and its places with it. */
    void close() {
        closed = true;
    }

    /** Says where its data goes. Returns what is wrong with it, or null. */
    @Nullable
    String headerArrived(ReceivedPdu pdu, PduReader reader) {
        view.wrap(pdu.segment(), 0);
        int of = transfers.task(view.initiatorTaskTag());
        task = of != DataTransfers.NONE && isAnnounced[of] ? of : DataTransfers.NONE;
        if (task == DataTransfers.NONE) {
            return null;
        }
        int length = pdu.dataLength();
        boolean isNext = nextDataSn[of] == 0 || view.bufferOffset() == nextOffset[of];
        if (view.dataSn() != nextDataSn[of] || !isNext || (length == 0 && !view.isFinal())) {
            return "protocol error: unsolicited Data-Out " + view.dataSn() + " with " + length + " octets at "
                    + view.bufferOffset();
        }
        nextDataSn[of]++;
        nextOffset[of] = view.bufferOffset() + length;
        ReceivedPdu before = partial[of];
        if (before != null) {
            earlier = (ReceivedPdu) before.retain();
            behind = Math.min(length, capacity - before.dataLength());
            reader.dataInto(before.segment(), before.dataOffset() + before.dataLength(), behind);
        }
        return null;
    }

    /** It has come. The place is this object's. */
    void arrived(ReceivedPdu pdu) {
        int of = task;
        ReceivedPdu before = earlier;
        task = DataTransfers.NONE;
        earlier = null;
        if (of == DataTransfers.NONE) {
            listener.accept(pdu);
            return;
        }
        view.wrap(pdu.segment(), 0);
        int tag = view.initiatorTaskTag();
        boolean isFinal = view.isFinal();
        isAnnounced[of] &= !isFinal;
        if (before == null) {
            keepOrPass(of, tag, pdu);
            return;
        }
        before.release();
        if (partial[of] != before) {
            // Its command is over.
            pdu.release();
            return;
        }
        int rest = pdu.dataLength() - behind;
        view.wrap(before.segment(), 0);
        view.setDataSegmentLength(before.dataLength() + behind);
        if (rest == 0) {
            view.setFinal(isFinal);
            pdu.release();
            keepOrPass(of, tag, before);
        } else {
            partial[of] = null;
            pass(of, before);
            if (closed) {
                return;
            }
            view.wrap(pdu.segment(), 0);
            view.setDataSegmentLength(rest);
            view.setBufferOffset(view.bufferOffset() + behind);
            keepOrPass(of, tag, pdu);
        }
    }

    private void keepOrPass(int of, int tag, ReceivedPdu pdu) {
        view.wrap(pdu.segment(), 0);
        if (transfers.task(tag) != of) {
            pdu.release();
        } else if (view.isFinal() || pdu.dataLength() == capacity) {
            partial[of] = null;
            pass(of, pdu);
        } else {
            partial[of] = pdu;
        }
    }

    private void pass(int of, ReceivedPdu pdu) {
        view.wrap(pdu.segment(), 0);
        view.setDataSn(passed[of]++);
        listener.accept(pdu);
    }
}
