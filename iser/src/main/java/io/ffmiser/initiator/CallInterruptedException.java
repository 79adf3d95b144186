package io.ffmiser.initiator;

/**
 * The thread was interrupted in a blocking call, which has given up: a login or discovery is ended, commands are being aborted; a reset
 * or a logout goes on. The thread's interrupt status is kept. A command may have been carried out all the same, and its buffer is in use
 * until it has ended (see {@link RegisteredBuffer#close}).
 */
public final class CallInterruptedException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    public CallInterruptedException(String message) {
        super(message);
    }
}
