package io.ffmiser.initiator;

/**
 * A flush that failed since writes acknowledged before it may be lost ({@link Outcome#UNFLUSHED_WRITES}). The session goes on, and tells of
 * one loss once: after this, writes that were made since the last flush that succeeded are to be written again before the next flush.
 */
public final class UnflushedWritesException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public UnflushedWritesException(String message) {
        super(message);
    }
}
