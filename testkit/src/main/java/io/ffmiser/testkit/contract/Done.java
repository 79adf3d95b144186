package io.ffmiser.testkit.contract;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;

/** A completion, kept. */
public record Done(
        long workId, WorkStatus status, Operation operation, int byteLength, boolean invalidated, int invalidatedStag) {
    static Done of(Completion completion) {
        return new Done(
                completion.workId(),
                completion.status(),
                completion.operation(),
                completion.byteLength(),
                completion.invalidated(),
                completion.invalidatedStag());
    }

    boolean isReceive() {
        return status == WorkStatus.SUCCESS && operation == Operation.RECEIVE;
    }
}
