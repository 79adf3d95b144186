package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.TargetDatamover;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Moves the data of one connection's tasks: Put_Data and Get_Data in pieces of at most MaxBurstLength, unsolicited data by a copy out of
 * the PDUs it came in. Transfers of a task are answered in the order they were asked for.
 */
final class TargetDataFlow {
    private final TargetDatamover datamover;
    private final TargetTaskHandler handler;
    private final TargetStatistics statistics;
    private final DataDescriptor descriptor = new DataDescriptor();
    private final int maxBurstLength;
    private final int operationLimit;
    private int operations;
    /** Each direction by itself: an initiator that keeps taking read data may still owe write data. */
    private final TargetProgress dataIn;

    private final TargetProgress dataOut;
    private boolean lost;
    /** Tasks that wait for an operation to complete, in order. */
    private final ArrayDeque<TargetTask> blocked = new ArrayDeque<>();

    /** @param operationLimit Put_Data and Get_Data calls outstanding at once, at most */
    TargetDataFlow(
            TargetDatamover datamover,
            TargetTaskHandler handler,
            TargetStatistics statistics,
            int maxBurstLength,
            int operationLimit) {
        this.datamover = datamover;
        this.handler = handler;
        this.statistics = statistics;
        this.maxBurstLength = maxBurstLength;
        this.operationLimit = operationLimit;
        dataIn = new TargetProgress(operationLimit);
        dataOut = new TargetProgress(operationLimit);
    }

    /** Issues what it can of a task's transfers, then answers those that are done. */
    void advance(TargetTask task) {
        while (task.transfersIssued < task.transferCount() && !task.isBlocked) {
            if (!issue(task, task.transfer(task.transfersIssued))) {
                break;
            }
            task.transfersIssued++;
        }
        answer(task);
    }

    /** Data_Completion_Notify. */
    void completed(TargetTask task, int sn) {
        operations--;
        for (int i = 0; i < task.transferCount(); i++) {
            TargetTransfer transfer = task.transfer(i);
            if (transfer.hasPiece(sn)) {
                transfer.outstanding--;
                progress(transfer).ended(transfer.pieceLength(sn, maxBurstLength));
                break;
            }
        }
        answer(task);
        unblock();
    }

    private TargetProgress progress(TargetTransfer transfer) {
        return transfer.dataIn ? dataIn : dataOut;
    }

    private TargetProgress other(TargetTransfer transfer) {
        return transfer.dataIn ? dataOut : dataIn;
    }

    /** A tick begins: {@link #isSlow} follows for each task. */
    void tick() {
        dataIn.tick();
        dataOut.tick();
    }

    /**
     * Whether a task's data has been with the initiator for too long. What waits behind others of the connection is as fast as these; what
     * waits for the other direction (an RDMA Read goes out behind the RDMA Writes before it) waits for nobody yet.
     *
     * @param sinceNanos since the last call
     */
    boolean isSlow(TargetTask task, long sinceNanos, TargetSessionSettings limits) {
        TargetTransferTime time = task.transferTime();
        if (task.transferCount() == 0 || task.transfer(0).outstanding == 0) {
            return time.isOver(TargetTransferTime.Place.ELSEWHERE, sinceNanos, 0, limits);
        }
        TargetTransfer oldest = task.transfer(0);
        TargetProgress own = progress(oldest);
        TargetTransferTime.Place place = TargetTransferTime.Place.FIRST;
        if (other(oldest).endedCount() < oldest.othersBefore) {
            place = TargetTransferTime.Place.ELSEWHERE;
        } else if (own.endedCount() < oldest.before) {
            place = TargetTransferTime.Place.QUEUED;
        }
        return time.isOver(place, sinceNanos, own.octetsInTick(), limits);
    }

    /** Whether data that the datamover has were not moved at all for so long. */
    boolean isStalled(long nowNanos, long limitNanos) {
        // Both are asked: each notes the time.
        boolean inStalled = dataIn.isStalled(dataOut, nowNanos, limitNanos);
        boolean outStalled = dataOut.isStalled(dataIn, nowNanos, limitNanos);
        return inStalled || outStalled;
    }

    /** The task is being aborted: what the datamover does not have yet will not be moved. */
    void cancelUnissued(TargetTask task) {
        for (int i = task.transfersIssued; i < task.transferCount(); i++) {
            task.transfer(i).issued = true;
        }
        task.transfersIssued = task.transferCount();
        if (task.isBlocked) {
            task.isBlocked = false;
            blocked.remove(task);
        }
        answer(task);
    }

    /** The connection is gone, and the datamover has given back all memory: everything is answered. */
    void connectionLost(TargetTask task) {
        lost = true;
        operations = 0;
        for (int i = 0; i < task.transferCount(); i++) {
            task.transfer(i).outstanding = 0;
        }
        cancelUnissued(task);
    }

    private boolean issue(TargetTask task, TargetTransfer transfer) {
        boolean useless = lost || task.state == TargetTask.State.ABORTING;
        if (!useless && !transfer.dataIn) {
            if (task.unsolicitedOpen) {
                return false;
            }
            copyUnsolicited(task, transfer);
        }
        if (transfer.outstanding == 0) {
            transfer.firstPiece(task.nextTransferSn);
        }
        while (!useless && transfer.length > 0) {
            if (operations == operationLimit) {
                task.isBlocked = true;
                blocked.add(task);
                return false;
            }
            issuePiece(task, transfer);
        }
        transfer.issued = true;
        return true;
    }

    private void issuePiece(TargetTask task, TargetTransfer transfer) {
        int piece = Math.min(transfer.length, maxBurstLength);
        int sn = task.nextTransferSn++;
        transfer.nextSn = task.nextTransferSn;
        if (transfer.outstanding == 0) {
            transfer.before = progress(transfer).begunCount();
            transfer.othersBefore = other(transfer).begunCount();
        }
        transfer.outstanding++;
        progress(transfer).begun(other(transfer));
        operations++;
        task.connection().moved();
        descriptor.set(transfer.memory(), transfer.offset, piece);
        long bufferOffset = transfer.bufferOffset;
        transfer.offset += piece;
        transfer.bufferOffset += piece;
        transfer.length -= piece;
        if (transfer.dataIn) {
            datamover.putData(task.initiatorTaskTag(), sn, bufferOffset, descriptor, true);
        } else {
            datamover.getData(task.initiatorTaskTag(), sn, bufferOffset, descriptor, true);
        }
    }

    /** Copies the part of a transfer that came unsolicited; what remains is solicited. */
    private void copyUnsolicited(TargetTask task, TargetTransfer transfer) {
        for (int i = 0; i < task.pieceCount() && transfer.length > 0; i++) {
            InboundPdu pdu = task.piece(i);
            long start = task.pieceStart(i);
            long within = transfer.bufferOffset - start;
            if (within < 0 || within >= pdu.dataLength()) {
                continue;
            }
            int octets = (int) Math.min(pdu.dataLength() - within, transfer.length);
            MemorySegment.copy(
                    pdu.segment(), pdu.dataOffset() + within, transfer.memory().segment(), transfer.offset, octets);
            statistics.immediateBytes += octets;
            transfer.offset += octets;
            transfer.bufferOffset += octets;
            transfer.length -= octets;
        }
    }

    private void answer(TargetTask task) {
        while (task.transferCount() > 0 && task.transfer(0).isDone() && task.transfersIssued > 0) {
            boolean dataIn = task.transfer(0).dataIn;
            task.removeOldestTransfer();
            if (dataIn) {
                handler.dataInDelivered(task);
            } else {
                handler.dataOutReceived(task);
            }
        }
        if (task.state == TargetTask.State.COMPLETED || task.state == TargetTask.State.RESPONDED) {
            task.session().transfersAdvanced(task);
        }
    }

    private void unblock() {
        while (operations < operationLimit) {
            TargetTask task = blocked.poll();
            if (task == null) {
                return;
            }
            task.isBlocked = false;
            advance(task);
        }
    }
}
