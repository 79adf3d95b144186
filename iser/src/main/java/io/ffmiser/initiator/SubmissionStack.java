package io.ffmiser.initiator;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Requests that other threads handed over, linked through themselves: nothing is allocated. */
final class SubmissionStack {
    private final AtomicReference<@Nullable ScsiRequest> top = new AtomicReference<>();

    /**
     * Adds one; any thread.
     *
     * @return whether it was empty: the poller must be told
     */
    boolean push(ScsiRequest request) {
        ScsiRequest below;
        do {
            below = top.get();
            request.next = below;
        } while (!top.compareAndSet(below, request));
        return below == null;
    }

    /** Takes all, the first one pushed first, linked by {@link ScsiRequest#next}; null if there is none. */
    @Nullable
    ScsiRequest takeAll() {
        ScsiRequest at = top.getAndSet(null);
        ScsiRequest first = null;
        while (at != null) {
            ScsiRequest below = at.next;
            at.next = first;
            first = at;
            at = below;
        }
        return first;
    }
}
