package io.ffmiser.initiator;

import io.ffmiser.text.PeerText;

/**
 * Something that an initiator was asked for did not work; the subclasses say what is known about it. What the message quotes of the
 * target is escaped.
 */
public class InitiatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InitiatorException(String message) {
        super(PeerText.escape(message));
    }

    public InitiatorException(String message, Throwable cause) {
        super(PeerText.escape(message), cause);
    }
}
