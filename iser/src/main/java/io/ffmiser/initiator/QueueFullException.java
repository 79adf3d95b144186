package io.ffmiser.initiator;

/** The session's bound on waiting requests ({@link QueueLimits#requestsWaiting()}) is reached: submit again when one is done. */
public final class QueueFullException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public QueueFullException(String message) {
        super(message);
    }
}
