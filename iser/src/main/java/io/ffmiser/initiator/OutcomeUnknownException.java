package io.ffmiser.initiator;

/** The command was sent and its answer is not known; it may or may not have been carried out ({@link Outcome#OUTCOME_UNKNOWN}). */
public final class OutcomeUnknownException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(String message) {
        super(message);
    }
}
