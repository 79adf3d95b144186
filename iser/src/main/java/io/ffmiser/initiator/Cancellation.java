package io.ffmiser.initiator;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The commands of one future, which end when its caller has done with it. On the poller's thread. */
final class Cancellation {
    private final Set<ScsiCall> running = new LinkedHashSet<>();
    private boolean requested;

    /**
     * Begins work whose future may be cancelled. Thread-safe.
     *
     * @param work gives its commands to the cancellation
     */
    static <T> CompletableFuture<T> begin(PollerDriver driver, Function<Cancellation, CompletableFuture<T>> work) {
        Cancellation cancellation = new Cancellation();
        return driver.forCaller(work.apply(cancellation), cancellation::request);
    }

    /**
     * A command begins.
     *
     * @throws CommandAbortedException if nothing more is wanted
     */
    void add(ScsiCall call) {
        if (requested) {
            throw new CommandAbortedException("cancelled before it was sent");
        }
        running.add(call);
    }

    /** A command is done. */
    void remove(ScsiCall call) {
        running.remove(call);
    }

    private void request() {
        requested = true;
        List.copyOf(running).forEach(ScsiCall::cancel);
    }
}
