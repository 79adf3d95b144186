package io.ffmiser.iwarp;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;

/** The flyweight that a connection shows its handler. */
final class IwarpCompletion implements Completion {
    private long workId;
    private WorkStatus status = WorkStatus.SUCCESS;
    private Operation operation = Operation.SEND;
    private int byteLength;
    private boolean invalidated;
    private int invalidatedStag;

    IwarpCompletion of(long newWorkId, WorkStatus newStatus, Operation newOperation, int newByteLength) {
        workId = newWorkId;
        status = newStatus;
        operation = newOperation;
        byteLength = newByteLength;
        invalidated = false;
        invalidatedStag = 0;
        return this;
    }

    IwarpCompletion invalidating(int stag) {
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
