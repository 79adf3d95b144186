package io.ffmiser.initiator;

import io.ffmiser.iscsi.session.InitiatorSession;
import io.ffmiser.rdma.Poller;
import org.jspecify.annotations.Nullable;

/** Lets time pass for a session, some times a second, so that its limits are checked. On the poller's thread. */
final class SessionTicks {
    private final Poller poller;
    private final long periodNanos;
    private final Runnable tick = this::tick;
    private @Nullable InitiatorSession session;
    private Poller.@Nullable Timer timer;

    SessionTicks(Poller poller, TimeLimits times) {
        this.poller = poller;
        periodNanos = SessionPlan.tickNanos(times);
    }

    void start(InitiatorSession newSession) {
        session = newSession;
        tick();
    }

    private void tick() {
        timer = null;
        InitiatorSession current = session;
        if (current != null) {
            timer = poller.schedule(periodNanos, tick);
            current.tick(poller.nanoTime(), 2 * periodNanos);
        }
    }

    void stop() {
        session = null;
        Poller.Timer current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}
