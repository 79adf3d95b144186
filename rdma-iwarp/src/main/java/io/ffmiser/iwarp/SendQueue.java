package io.ffmiser.iwarp;

import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import org.jspecify.annotations.Nullable;

/**
 * The send queue: a ring of reused requests, in posting order those not completed, and behind them those of a batch that is
 * being built. Positions count up for ever; a request's place is its position modulo the depth.
 */
final class SendQueue implements SendBatch {
    private final IwarpConnection connection;
    private final SendRequest[] ring;
    private final int maxSge;

    /** The oldest that has a place. */
    private long head;

    /** The oldest that has not completed. */
    private long done;

    /** The next whose transmission begins. */
    private long next;

    /** Behind the last posted. */
    private long tail;

    /** Behind the last of the batch being built. */
    private long building;

    /** No request from here on is transmitted. */
    private long end = Long.MAX_VALUE;

    /** The oldest RDMA Read that waits for its response is at or behind this. */
    private long oldestRead;

    private int readsOutstanding;

    SendQueue(IwarpConnection connection, int depth, int maxSge) {
        this.connection = connection;
        this.maxSge = maxSge;
        ring = new SendRequest[depth];
        for (int i = 0; i < depth; i++) {
            ring[i] = new SendRequest(maxSge);
        }
    }

    @Override
    public SendBatch send(long workId, int flags) {
        RdmapOpcode opcode = RdmapOpcode.send((flags & SOLICITED) != 0, false);
        begin(opcode, Operation.SEND, workId, 0, 0, flags);
        return this;
    }

    @Override
    public SendBatch sendWithInvalidate(long workId, int remoteStag, int flags) {
        RdmapOpcode opcode = RdmapOpcode.send((flags & SOLICITED) != 0, true);
        begin(opcode, Operation.SEND, workId, remoteStag, 0, flags);
        return this;
    }

    @Override
    public SendBatch rdmaWrite(long workId, int remoteStag, long remoteOffset, int flags) {
        begin(RdmapOpcode.RDMA_WRITE, Operation.RDMA_WRITE, workId, remoteStag, remoteOffset, flags);
        return this;
    }

    @Override
    public SendBatch rdmaRead(long workId, int remoteStag, long remoteOffset, int flags) {
        begin(RdmapOpcode.READ_REQUEST, Operation.RDMA_READ, workId, remoteStag, remoteOffset, flags);
        return this;
    }

    private void begin(RdmapOpcode opcode, Operation operation, long workId, int stag, long taggedOffset, int flags) {
        if (connection.isClosed()) {
            abandon();
            throw new IllegalStateException("the connection is closed");
        }
        if (building - head == ring.length) {
            abandon();
            throw new IllegalStateException("the send queue is full, its depth is " + ring.length);
        }
        SendRequest request = at(building++);
        request.begin(opcode, operation, workId, stag, taggedOffset);
        request.signaled = (flags & SIGNALED) != 0;
        request.fenced = (flags & FENCE) != 0;
    }

    @Override
    public SendBatch sge(MemoryRegion region, long offset, int length) {
        if (building == tail) {
            throw new IllegalStateException("no request was begun to add memory to");
        }
        SendRequest request = at(building - 1);
        try {
            IwarpRegion own = connection.own(region);
            own.checkRange(offset, length);
            int most = request.isRead() ? 1 : maxSge;
            if (request.entries == most) {
                throw new IllegalStateException(
                        request.operation + " takes " + most + " scatter/gather entries here, not more");
            }
            if (length > Integer.MAX_VALUE - request.length) {
                throw new IllegalStateException("the message is longer than " + Integer.MAX_VALUE + " bytes");
            }
            request.add(own, offset, length);
        } catch (RuntimeException | Error e) {
            abandon();
            throw e;
        }
        return this;
    }

    @Override
    public void post() {
        if (building > tail) {
            tail = building;
            connection.posted();
        }
    }

    /** Empties the batch. */
    private void abandon() {
        while (building > tail) {
            at(--building).release();
        }
    }

    private SendRequest at(long position) {
        return ring[(int) (position % ring.length)];
    }

    int free() {
        return ring.length - (int) (building - head);
    }

    /** The next to transmit; null if there is none, or what comes next has to wait for RDMA Reads. */
    @Nullable
    SendRequest next(int ord) {
        if (next >= Math.min(tail, end)) {
            return null;
        }
        SendRequest request = at(next);
        // RFC 5040 section 6.1: never more reads outstanding than ORD. With an ORD of 0 the read is refused, not kept
        // waiting.
        boolean waits = readsOutstanding > 0 && (request.fenced || (request.isRead() && readsOutstanding >= ord));
        return waits ? null : request;
    }

    /** The transmission of the request has begun. */
    void began(SendRequest request) {
        if (request.isRead()) {
            if (readsOutstanding++ == 0) {
                oldestRead = next;
            }
        }
        next++;
    }

    int readsOutstanding() {
        return readsOutstanding;
    }

    /** The RDMA Read whose response comes next, or null. */
    @Nullable
    SendRequest oldestRead() {
        if (readsOutstanding == 0) {
            return null;
        }
        // The places of what has completed may be taken again, by other Reads.
        oldestRead = Math.max(oldestRead, done);
        while (!at(oldestRead).isRead() || at(oldestRead).answered) {
            oldestRead++;
        }
        return at(oldestRead);
    }

    /** The response of {@link #oldestRead()} is complete. */
    void answered(SendRequest read) {
        read.answered = true;
        readsOutstanding--;
    }

    /**
     * Passes over what has completed, in order, up to the next that is to be reported, which it returns; null if there is none. An
     * unsignaled one keeps its place until then.
     */
    @Nullable
    SendRequest completed(long written) {
        while (done < next && at(done).isComplete(written)) {
            SendRequest request = at(done++);
            if (request.signaled) {
                return request;
            }
        }
        return null;
    }

    /** Frees the places of all that {@link #completed} has passed. */
    void freeCompleted() {
        while (head < done) {
            at(head).release();
            head++;
        }
    }

    /** The oldest that has not completed, as if it had; null if there is none. */
    @Nullable
    SendRequest abort() {
        if (done == tail) {
            return null;
        }
        SendRequest request = at(done++);
        next = Math.max(next, done);
        return request;
    }

    /** No request posted from now on is transmitted. */
    void seal() {
        end = tail;
    }

    /** Whether all that was posted before {@link #seal()} has completed. */
    boolean isDrained() {
        return done >= Math.min(tail, end);
    }

    /** Ends the STags of all outstanding Reads. */
    void invalidateSinks(StagTable stags) {
        for (SendRequest request : ring) {
            request.leaveSink(stags);
        }
    }

    /** Forgets everything, for the connection's close. */
    void clear() {
        abandon();
        while (head < tail) {
            at(head).release();
            head++;
        }
        done = head;
        next = head;
        readsOutstanding = 0;
    }
}
