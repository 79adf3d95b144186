package io.ffmiser.initiator;

/** The command was aborted by a time limit, the caller or a reset ({@link Outcome#TIMED_OUT}, {@link Outcome#ABORTED}). */
public final class CommandAbortedException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public CommandAbortedException(String message) {
        super(message);
    }
}
