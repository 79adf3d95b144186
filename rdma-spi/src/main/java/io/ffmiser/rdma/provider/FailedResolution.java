package io.ffmiser.rdma.provider;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ResolveHandler;

/** A search for a way that failed before it began: its handler learns of it in a coming poll, unless it is cancelled before. */
public final class FailedResolution implements Poller.Resolution, Runnable {
    private final ResolveHandler handler;
    private final DisconnectCause cause;
    private boolean over;

    private FailedResolution(ResolveHandler handler, DisconnectCause cause) {
        this.handler = handler;
        this.cause = cause;
    }

    /** Has the handler told in a coming {@link Poller#poll()}. */
    public static Poller.Resolution of(Poller poller, ResolveHandler handler, DisconnectCause cause) {
        FailedResolution failed = new FailedResolution(handler, cause);
        poller.execute(failed);
        return failed;
    }

    @Override
    public void run() {
        if (!over) {
            over = true;
            handler.onResolveFailed(cause);
        }
    }

    @Override
    public void cancel() {
        over = true;
    }
}
