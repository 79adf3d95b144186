package io.ffmiser.rdma.provider;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;

/** The flyweight that a connection shows its handler, reused from completion to completion. */
public final class CompletionView implements Completion {
    private long workId;
    private WorkStatus status = WorkStatus.SUCCESS;
    private Operation operation = Operation.SEND;
    private int byteLength;
    private boolean invalidated;
    private int invalidatedStag;

    /** Shows a completion that invalidates nothing. */
    public CompletionView of(long newWorkId, WorkStatus newStatus, Operation newOperation, int newByteLength) {
        workId = newWorkId;
        status = newStatus;
        operation = newOperation;
        byteLength = newByteLength;
        invalidated = false;
        invalidatedStag = 0;
        return this;
    }

    /** Adds that the peer invalidated an STag of this side. */
    public CompletionView invalidating(int stag) {
        invalidated = true;
        invalidatedStag = stag;
        return this;
    }

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
}
