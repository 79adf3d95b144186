package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;

/** The flyweight of one connection's completions. */
final class NativeCompletion implements Completion {
    private long workId;
    private WorkStatus status = WorkStatus.SUCCESS;
    private Operation operation = Operation.SEND;
    private int byteLength;
    private boolean invalidated;
    private int invalidatedStag;

    NativeCompletion of(long newWorkId, WorkStatus newStatus, Operation newOperation, int newByteLength) {
        workId = newWorkId;
        status = newStatus;
        operation = newOperation;
        byteLength = newByteLength;
        invalidated = false;
        invalidatedStag = 0;
        return this;
    }

    void invalidating(int stag) {
        invalidated = true;
        invalidatedStag = stag;
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
