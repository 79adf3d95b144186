package io.ffmiser.iscsi.session;

import org.jspecify.annotations.Nullable;

/** What several steps have thrown, each of which is done whatever the others throw. */
public final class Failures {
    private @Nullable Throwable first;

    /** Does a step, and keeps what it throws. */
    public void hold(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            Throwable before = first;
            if (before == null) {
                first = e;
            } else if (!before.equals(e)) {
                before.addSuppressed(e);
            }
        }
    }

    /** Throws the first of them, if there is one. */
    public void rethrow() {
        Throwable thrown = first;
        first = null;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }
}
