package io.ffmiser.initiator;

import org.jspecify.annotations.Nullable;

/** The session is closed or has failed for good ({@link Outcome#SESSION_ENDED}). */
public final class SessionEndedException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public SessionEndedException(String message, @Nullable Throwable cause) {
        super(message);
        if (cause != null) {
            initCause(cause);
        }
    }
}
