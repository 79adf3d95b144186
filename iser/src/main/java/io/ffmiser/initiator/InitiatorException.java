package io.ffmiser.initiator;

/** Something that an initiator was asked for did not work; the subclasses say what is known about it. */
public class InitiatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InitiatorException(String message) {
        super(message);
    }

    public InitiatorException(String message, Throwable cause) {
        super(message, cause);
    }
}
