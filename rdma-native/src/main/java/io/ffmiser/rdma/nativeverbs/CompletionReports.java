package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.rdma.provider.CompletionView;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletionFlag;
import io.ffmiser.verbs.WorkCompletionStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes of what the device reports of one connection what its handler is told: each request once, in the order of posting, also where the device
 * reports in another order, or not at all.
 */
final class CompletionReports {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionReports.class);

    private final NativeConnection connection;
    private final ConnectionHandler handler;
    private final NativeDevice device;
    private final NativeCounters counters;
    private final boolean softRoce;
    private final ReceiveQueue receives;
    private final SendQueue sends;
    private final ControlQueue controls;
    private final ExposureTable exposures;
    private final CompletionView completion = new CompletionView();

    CompletionReports(
            NativeConnection connection,
            ConnectionHandler handler,
            ReceiveQueue receives,
            SendQueue sends,
            ControlQueue controls,
            ExposureTable exposures) {
        this.connection = connection;
        this.handler = handler;
        this.device = connection.domain().device();
        this.counters = device.poller().counters();
        this.softRoce = device.isSoftRoce();
        this.receives = receives;
        this.sends = sends;
        this.controls = controls;
        this.exposures = exposures;
    }

    /** The device reports a request of this connection. */
    void completed(WorkCompletion of, long workRequestId) {
        int sequence = WorkRequestId.sequence(workRequestId);
        switch (WorkRequestId.queue(workRequestId)) {
            case WorkRequestId.RECEIVE -> receiveCompleted(of, sequence);
            case WorkRequestId.SEND -> sendCompleted(of, sequence);
            default -> controlCompleted(of, sequence);
        }
    }

    private void receiveCompleted(WorkCompletion of, int sequence) {
        if (!receives.isNext(sequence)) {
            LOG.error(
                    "{}: {}: a receive completed out of order", device.poller().name(), connection);
            connection.fail(new DisconnectCause.LocalError("the device completed receives out of order"));
            return;
        }
        receives.completed();
        long workId = receives.workId();
        if (!of.isSuccess()) {
            WorkStatus status = Causes.status(of.status());
            receives.remove();
            failed(of, workId, status, Operation.RECEIVE);
            return;
        }
        completion.of(workId, WorkStatus.SUCCESS, Operation.RECEIVE, of.byteCount());
        if (of.hasInvalidatedRkey() || (softRoce && of.hasFlag(WorkCompletionFlag.IP_CSUM_OK))) {
            int key = of.invalidatedRkey();
            NativeExposure exposure = exposures.find(key);
            if (exposure == null || !exposure.invalidatedByPeer(key)) {
                receives.remove();
                completion.of(workId, WorkStatus.REMOTE_INVALID_REQUEST, Operation.RECEIVE, 0);
                report();
                connection.fail(
                        new DisconnectCause.LocalError("the peer invalidated an STag that is not exposed to it"));
                return;
            }
            completion.invalidating(key);
        }
        receives.remove();
        report();
    }

    private void sendCompleted(WorkCompletion of, int sequence) {
        if (!sends.isOnDevice(sequence)) {
            return; // an unsignaled one that a later one has completed already
        }
        WorkStatus status = Causes.status(of.status());
        sends.completed(sequence, status);
        if (status != WorkStatus.SUCCESS && status != WorkStatus.FLUSHED) {
            connection.end(Causes.of(status, false, device.isPortDown(), detail(of, "send queue")));
        }
        reportSends();
        if (status == WorkStatus.FLUSHED) {
            connection.flushedUnasked();
        }
    }

    /**
     * Reports what has completed, in posting order: siw completes a Send before the Read that was posted before it. An unsignaled one is
     * done when a later one is.
     */
    private void reportSends() {
        boolean flushIsSilent = device.isIwarp() && connection.hasEnded(); // siw's is
        while (!connection.isClosed() && sends.isHeadDone()) {
            WorkStatus status = sends.headStatus(flushIsSilent);
            boolean report = sends.isSignaled() || status != WorkStatus.SUCCESS;
            int bytes = status == WorkStatus.SUCCESS ? count() : 0;
            completion.of(sends.workId(), status, sends.operation(), bytes);
            sends.remove();
            if (report) {
                report();
            }
        }
    }

    /** Counts what the oldest has moved; returns what its completion tells. */
    private int count() {
        long bytes = sends.byteLength();
        switch (sends.operation()) {
            case SEND -> counters.sendBytes += bytes;
            case RDMA_WRITE -> counters.rdmaWriteBytes += bytes;
            case RDMA_READ -> {
                counters.rdmaReadBytes += bytes;
                return (int) bytes;
            }
            case RECEIVE, LOCAL_INVALIDATE -> {}
        }
        return 0;
    }

    private void controlCompleted(WorkCompletion of, int sequence) {
        if (!controls.isOnDevice(sequence)) {
            return;
        }
        while (controls.head() != sequence) {
            controls.remove();
        }
        NativeExposure invalidated = controls.invalidated();
        long workId = controls.workId();
        int sendsBefore = controls.drained();
        controls.remove();
        if (of.isSuccess()) {
            sends.succeededBefore(sendsBefore);
            reportSends();
            if (invalidated != null && !connection.isClosed()) {
                invalidated.invalidated();
                completion.of(workId, WorkStatus.SUCCESS, Operation.LOCAL_INVALIDATE, 0);
                report();
            }
        } else if (invalidated != null) {
            failed(of, workId, Causes.status(of.status()), Operation.LOCAL_INVALIDATE);
        } else if (Causes.status(of.status()) != WorkStatus.FLUSHED) {
            connection.fail(new DisconnectCause.LocalError("a memory window was refused: " + of.status()));
        } else {
            connection.flushedUnasked();
        }
    }

    /** A receive or an invalidation ends that did not succeed; so does the connection. */
    private void failed(WorkCompletion of, long workId, WorkStatus status, Operation operation) {
        String detail = detail(of, operation.name());
        completion.of(workId, status, operation, 0);
        report();
        if (status == WorkStatus.FLUSHED) {
            connection.flushedUnasked();
        } else {
            connection.end(Causes.of(status, operation == Operation.RECEIVE, device.isPortDown(), detail));
        }
    }

    private String detail(WorkCompletion of, String what) {
        return of.isSuccess() || of.status() == WorkCompletionStatus.WR_FLUSH_ERR
                ? ""
                : what + ", " + of.status() + ", vendor " + of.vendorError() + device.portNote();
    }

    /** Reports what is left when the device will report no more. */
    int flush() {
        int work = 0;
        while (!connection.isClosed() && !sends.isEmpty()) {
            WorkStatus status = sends.abortedStatus();
            completion.of(sends.workId(), status, sends.operation(), 0);
            sends.remove();
            report();
            work++;
        }
        while (!connection.isClosed() && !controls.isEmpty()) {
            if (controls.invalidated() != null) {
                completion.of(controls.workId(), WorkStatus.FLUSHED, Operation.LOCAL_INVALIDATE, 0);
                controls.remove();
                report();
                work++;
            } else {
                controls.remove();
            }
        }
        while (!connection.isClosed() && !receives.isEmpty()) {
            completion.of(receives.workId(), WorkStatus.FLUSHED, Operation.RECEIVE, 0);
            receives.remove();
            report();
            work++;
        }
        return work;
    }

    private void report() {
        try {
            handler.onCompletion(connection, completion);
        } catch (Throwable e) {
            connection.thrown(e);
        }
    }
}
