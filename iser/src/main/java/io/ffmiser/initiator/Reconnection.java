package io.ffmiser.initiator;

import io.ffmiser.rdma.Poller;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Decides when to log in again after a loss, and when to give up ({@link ReconnectPolicy}). On the poller's thread. */
final class Reconnection {
    private final Poller poller;
    private final ReconnectPolicy policy;
    private final Runnable attempt;
    private long lostAt;
    private long loggedInAt;
    /** Before the first login nothing was lost. */
    private boolean settled = true;

    private int attempts;
    private long delayNanos;
    private Poller.@Nullable Timer timer;

    Reconnection(Poller poller, ReconnectPolicy policy, Runnable attempt) {
        this.poller = poller;
        this.policy = policy;
        this.attempt = attempt;
    }

    /**
     * The connection was lost. One that was of no use counts as one more attempt that failed, however long it lasted: else a target that
     * admits a login and drops it, or never opens its window, would be asked without end. The time that it lasted does not count.
     *
     * @param wait what the target wants to have passed first (Time2Wait, RFC 7143 section 13.15)
     * @return false if there is to be no attempt
     */
    boolean begin(Duration wait) {
        long now = poller.nanoTime();
        if (settled) {
            settled = false;
            lostAt = now;
            attempts = 0;
            delayNanos = policy.firstDelay().toNanos();
            return next(wait.toNanos());
        }
        lostAt += now - loggedInAt;
        return next(Math.max(wait.toNanos(), takeDelay()));
    }

    /**
     * An attempt failed.
     *
     * @return false if there is to be no other
     */
    boolean again() {
        return next(takeDelay());
    }

    private long takeDelay() {
        long delay = delayNanos;
        delayNanos = Math.min(2 * delay, policy.maxDelay().toNanos());
        return delay;
    }

    /** An attempt succeeded. */
    void loggedIn() {
        loggedInAt = poller.nanoTime();
    }

    /**
     * The connection was lost when nobody wanted anything of it.
     *
     * @param answered whether the target answered a ping, or was not asked: then it is of use if it lasted
     */
    void endedIdle(boolean answered) {
        if (answered && poller.nanoTime() - loggedInAt > policy.maxDelay().toNanos()) {
            settled = true;
        }
    }

    /** The target answered a command: the connection is of use. */
    void settled() {
        settled = true;
    }

    private boolean next(long delay) {
        long spent = poller.nanoTime() - lostAt;
        if (attempts == policy.attempts() || spent + delay > policy.within().toNanos()) {
            return false;
        }
        attempts++;
        timer = poller.schedule(delay, () -> {
            timer = null;
            attempt.run();
        });
        return true;
    }

    int attempts() {
        return attempts;
    }

    void cancel() {
        Poller.Timer current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}
