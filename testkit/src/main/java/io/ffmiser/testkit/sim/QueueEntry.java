package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;
import org.jspecify.annotations.Nullable;

/** What waits in a poller to be handled: a completion, a connection event, or a call. Reused; it is the completion flyweight. */
final class QueueEntry implements Completion {
    enum Kind {
        SEND_COMPLETION,
        RECEIVE_COMPLETION,
        /** The completion of a request that never took a place in a queue. */
        FLUSHED_POST,
        ESTABLISHED,
        DISCONNECTED,
        CALL
    }

    Kind kind = Kind.CALL;

    @Nullable
    SimConnection connection;

    @Nullable
    Runnable call;

    long workId;
    WorkStatus status = WorkStatus.SUCCESS;
    Operation operation = Operation.SEND;
    int byteLength;
    boolean invalidated;
    int invalidatedStag;
    /** For a send completion: the place in the send queue up to which everything is free once this is reported. */
    long freesUpTo;

    @Override
    public long workId() {
        return workId;
    }

    @Override
    public WorkStatus status() {
        return status;
    }

    @Override
    public Operation operation() {
        return operation;
    }

    @Override
    public int byteLength() {
        return byteLength;
    }

    @Override
    public boolean invalidated() {
        return invalidated;
    }

    @Override
    public int invalidatedStag() {
        return invalidatedStag;
    }

    @Override
    public String toString() {
        return kind + " " + operation + " " + workId + " " + status;
    }
}
