package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.SendWorkRequest;
import io.ffmiser.verbs.SendWorkRequests;
import io.ffmiser.verbs.WorkRequestException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The user's requests on the send queue: a ring with those that are outstanding, oldest first, and behind them the batch that is being
 * built. What is posted before the connection is up is held. What cannot be executed, by what is known here, is not given to the
 * device: it, and what follows it, stays in the ring to be reported.
 */
final class SendQueue implements SendBatch, AutoCloseable {
    /** The device reports that it is done. */
    private static final byte FROM_DEVICE = 1;
    /** The user is told so. */
    private static final byte TO_USER = 2;

    private final NativeConnection connection;
    private final int depth;
    private final int mask;
    private final int maxSge;
    private final int maxReadSge;
    private final long maxMessageBytes;
    private final int maxInlineBytes;
    private final long base;
    private final long[] workIds;
    private final long[] bytes;
    private final byte[] flags;
    private final Operation[] operations;
    private final int[] entries;
    private final @Nullable WorkStatus[] results;
    private final @Nullable NativeRegion[] regions;
    private final Queue<SendWorkRequests> held = new ArrayDeque<>();

    private SendWorkRequests batch;
    private @Nullable SendWorkRequest current;
    private int head;
    /** Behind the last that the device was given. */
    private int given;
    /** Behind the last that was posted. */
    private int posted;
    /** Behind the last that was begun. */
    private int tail;

    /** Behind the last that is known to be done. */
    private int doneTo;

    /** Behind the last that is known to have succeeded. */
    private int succeededTo;

    /** One has been reported that did not succeed. */
    private boolean failed;

    private int signaledGiven;
    private @Nullable WorkStatus obstacle;
    private int obstacleAt;

    /**
     * @param maxInlineBytes how long a Send may be that the device is given with its data
     * @param base what {@link WorkRequestId#base} gives for it
     */
    SendQueue(
            NativeConnection connection,
            int depth,
            int maxSge,
            int maxReadSge,
            long maxMessageBytes,
            int maxInlineBytes,
            long base) {
        this.connection = connection;
        this.depth = depth;
        this.maxSge = maxSge;
        this.maxReadSge = maxReadSge;
        this.maxMessageBytes = maxMessageBytes;
        this.maxInlineBytes = maxInlineBytes;
        this.base = base;
        int size = Integer.highestOneBit(depth * 2 - 1);
        mask = size - 1;
        workIds = new long[size];
        bytes = new long[size];
        flags = new byte[size];
        operations = new Operation[size];
        Arrays.fill(operations, Operation.SEND);
        entries = new int[size];
        results = new @Nullable WorkStatus[size];
        regions = new @Nullable NativeRegion[size * maxSge];
        batch = new SendWorkRequests(depth, maxSge);
    }

    int free() {
        return depth - (tail - head);
    }

    // Building.

    @Override
    public SendBatch send(long workId, int sendFlags) {
        begin(Operation.SEND, workId, sendFlags);
        return this;
    }

    @Override
    public SendBatch sendWithInvalidate(long workId, int remoteStag, int sendFlags) {
        SendWorkRequest request = begin(Operation.SEND, workId, sendFlags);
        if (request != null) {
            // siw takes the key from where Writes and Reads have it (rdma-core, providers/siw/siw.c, push_send_wqe).
            request.rdmaWrite(0, remoteStag).sendWithInvalidate(remoteStag);
        }
        return this;
    }

    @Override
    public SendBatch rdmaWrite(long workId, int remoteStag, long remoteOffset, int sendFlags) {
        SendWorkRequest request = begin(Operation.RDMA_WRITE, workId, sendFlags);
        if (request != null) {
            request.rdmaWrite(remoteOffset, remoteStag);
        }
        return this;
    }

    @Override
    public SendBatch rdmaRead(long workId, int remoteStag, long remoteOffset, int sendFlags) {
        SendWorkRequest request = begin(Operation.RDMA_READ, workId, sendFlags);
        if (request != null) {
            request.rdmaRead(remoteOffset, remoteStag);
            if (connection.hasNoReads()) {
                stopAtLast(WorkStatus.LOCAL_OPERATION_ERROR);
            }
        }
        return this;
    }

    /** Begins a request: in the ring, and, unless one before it cannot be executed, for the device. */
    private @Nullable SendWorkRequest begin(Operation operation, long workId, int sendFlags) {
        if (connection.isClosed()) {
            throw new IllegalStateException("the connection is closed");
        }
        if (free() == 0) {
            abort();
            throw new IllegalStateException("the send queue is full, it holds " + depth);
        }
        finishCurrent();
        int place = tail & mask;
        workIds[place] = workId;
        bytes[place] = 0;
        operations[place] = operation;
        boolean user = (sendFlags & SIGNALED) != 0;
        // On iWARP, what is posted behind a Read may complete before it, so that only its own completion tells of it.
        boolean device = user || (operation == Operation.RDMA_READ && connection.isIwarp());
        flags[place] = (byte) ((device ? FROM_DEVICE : 0) | (user ? TO_USER : 0));
        entries[place] = 0;
        results[place] = null;
        SendWorkRequest request = null;
        if (obstacle == null) {
            request = batch.add(WorkRequestId.of(base, tail));
            if (device) {
                request.signaled();
            }
            if ((sendFlags & SOLICITED) != 0) {
                request.solicited();
            }
            if ((sendFlags & FENCE) != 0) {
                request.fence();
            }
        }
        current = request;
        tail++;
        return request;
    }

    /** The request begun last is complete: a short Send goes with its data. */
    private void finishCurrent() {
        SendWorkRequest request = current;
        current = null;
        int place = tail - 1 & mask;
        if (request != null
                && operations[place] == Operation.SEND
                && bytes[place] > 0
                && bytes[place] <= maxInlineBytes) {
            request.inline();
        }
    }

    /** The request begun last cannot be executed: neither it nor what follows goes to the device. */
    private void stopAtLast(WorkStatus status) {
        if (obstacle == null) {
            obstacle = status;
            obstacleAt = tail - 1;
            batch.truncate(batch.size() - 1);
            current = null;
        }
    }

    @Override
    public SendBatch sge(MemoryRegion region, long offset, int length) {
        if (tail == posted) {
            throw new IllegalStateException("no request has been begun");
        }
        int place = tail - 1 & mask;
        boolean isRead = operations[place] == Operation.RDMA_READ;
        NativeRegion own;
        try {
            own = connection.own(region);
            own.checkRange(offset, length);
            int most = isRead ? maxReadSge : maxSge;
            if (entries[place] == most) {
                throw new IllegalStateException("the request has its " + most + " entries already");
            }
            if (bytes[place] + length > maxMessageBytes) {
                throw new IllegalStateException("the message is longer than the device can: " + maxMessageBytes);
            }
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            abort();
            throw e;
        }
        if (isRead && (own.rights() & Access.LOCAL_WRITE) == 0) {
            stopAtLast(WorkStatus.LOCAL_PROTECTION_ERROR);
        }
        regions[place * maxSge + entries[place]++] = own;
        bytes[place] += length;
        own.use();
        SendWorkRequest request = current;
        if (request != null && length > 0) { // to some devices, a length of zero is 2 GiB
            request.element(own.registration(), offset, length);
        }
        return this;
    }

    /** Forgets what was begun since the last post. */
    private void abort() {
        while (tail != posted) {
            release(--tail & mask);
        }
        batch.clear();
        current = null;
        if (obstacle != null && obstacleAt - posted >= 0) {
            obstacle = null;
        }
    }

    @Override
    public void post() {
        if (connection.isClosed()) {
            throw new IllegalStateException("the connection is closed");
        }
        if (tail == posted) {
            return;
        }
        finishCurrent();
        posted = tail;
        connection.posted();
    }

    /** Keeps what was posted until {@link #giveHeld}. */
    void hold() {
        if (!batch.isEmpty()) {
            held.add(batch);
            batch = new SendWorkRequests(depth, maxSge);
        }
    }

    /** Does without the requests that the device would have been given. */
    void withhold() {
        batch.clear();
    }

    /** Gives the device what was held. */
    void giveHeld(QueuePair queuePair) {
        for (SendWorkRequests each = held.poll(); each != null; each = held.poll()) {
            try {
                give(queuePair, each);
            } finally {
                each.close();
            }
        }
    }

    /** Gives the device what was posted, with one doorbell. */
    void give(QueuePair queuePair) {
        give(queuePair, batch);
    }

    private void give(QueuePair queuePair, SendWorkRequests requests) {
        int end = given; // and stays there when nothing is posted, as inline data's arena is closed
        try {
            queuePair.postSend(requests);
            end = given + requests.size();
        } catch (WorkRequestException e) {
            end = given + e.badIndex();
            throw e;
        } finally {
            requests.clear();
            for (; given != end; given++) {
                signaledGiven += flags[given & mask] & FROM_DEVICE;
            }
        }
    }

    /** How the request ends that could not be executed; null where there is none. */
    @Nullable
    WorkStatus obstacle() {
        return obstacle;
    }

    // Completing.

    /** How many completions the device owes for signaled requests. */
    int signaledOnDevice() {
        return signaledGiven;
    }

    /** Whether nothing that the device was given is outstanding. */
    boolean isDrained() {
        return head == given;
    }

    /** Whether the last that the device was given reports no completion when it is done. */
    boolean endsUnsignaled() {
        return head != given && (flags[(given - 1) & mask] & FROM_DEVICE) == 0;
    }

    /** The place behind all that the device was given. */
    int end() {
        return given;
    }

    /** Whether that request is outstanding on the device. */
    boolean isOnDevice(int sequence) {
        return sequence - head >= 0 && sequence - given < 0;
    }

    /** The device says how that one has ended. */
    void completed(int sequence, WorkStatus status) {
        int place = sequence & mask;
        if (results[place] == null) {
            signaledGiven -= flags[place] & FROM_DEVICE;
        }
        results[place] = status;
        doneTo = later(doneTo, sequence + 1);
        if (status == WorkStatus.SUCCESS) {
            succeededTo = later(succeededTo, sequence + 1);
        }
    }

    /** Those before that place have succeeded, but for signaled ones of which the device has said nothing. */
    void succeededBefore(int end) {
        doneTo = later(doneTo, end);
        succeededTo = later(succeededTo, end);
    }

    private static int later(int one, int other) {
        return one - other > 0 ? one : other;
    }

    /** Whether the oldest outstanding one is done; {@link #remove} takes it away. */
    boolean isHeadDone() {
        return head != given && (results[head & mask] != null || isHeadSilent());
    }

    /** Whether the oldest is an unsignaled one that is done because a later one is. */
    private boolean isHeadSilent() {
        return head != given
                && (flags[head & mask] & FROM_DEVICE) == 0
                && results[head & mask] == null
                && head - doneTo < 0;
    }

    /**
     * How the oldest has ended, if that {@link #isHeadDone}.
     *
     * @param flushIsSilent the device has flushed, and does not tell of unsignaled ones that it flushes
     */
    WorkStatus headStatus(boolean flushIsSilent) {
        WorkStatus result = results[head & mask];
        if (result == null) {
            result = flushIsSilent && head - succeededTo >= 0 ? WorkStatus.FLUSHED : WorkStatus.SUCCESS;
        }
        return inOrder(result);
    }

    /** Nothing succeeds behind a failure: siw says so of what it had sent already when a Read was lost that was posted before. */
    private WorkStatus inOrder(WorkStatus status) {
        if (failed && status == WorkStatus.SUCCESS) {
            return WorkStatus.FLUSHED;
        }
        failed |= status != WorkStatus.SUCCESS;
        return status;
    }

    boolean isEmpty() {
        return head == posted;
    }

    boolean isSignaled() {
        return (flags[head & mask] & TO_USER) != 0;
    }

    long workId() {
        return workIds[head & mask];
    }

    Operation operation() {
        return operations[head & mask];
    }

    long byteLength() {
        return bytes[head & mask];
    }

    /** How the oldest ends when the connection has ended. */
    WorkStatus abortedStatus() {
        WorkStatus result = results[head & mask];
        if (head - given < 0 && result != null) {
            return inOrder(result);
        }
        return inOrder(obstacle != null && head == obstacleAt ? obstacle : WorkStatus.FLUSHED);
    }

    void remove() {
        int place = head & mask;
        if (head - given < 0) {
            signaledGiven -= results[place] == null ? flags[place] & FROM_DEVICE : 0;
        } else {
            given = head + 1; // the device was not given it
        }
        release(place);
        head++;
    }

    private void release(int place) {
        for (int i = 0; i < entries[place]; i++) {
            NativeRegion region = regions[place * maxSge + i];
            regions[place * maxSge + i] = null;
            if (region != null) {
                region.release();
            }
        }
        entries[place] = 0;
    }

    @Override
    public void close() {
        while (tail != head) {
            release(--tail & mask);
        }
        for (SendWorkRequests each : held) {
            each.close();
        }
        held.clear();
        batch.close();
    }
}
