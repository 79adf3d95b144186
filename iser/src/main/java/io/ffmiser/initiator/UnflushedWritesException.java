package io.ffmiser.initiator;

/** A flush that failed since writes acknowledged before it may be lost ({@link Outcome#UNFLUSHED_WRITES}). */
public final class UnflushedWritesException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public UnflushedWritesException(String message) {
        super(message);
    }
}
