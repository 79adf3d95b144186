package io.ffmiser.rdma;

/**
 * A control operation (open, register, listen, resolve, connect) failed. What goes wrong with posted work is not an exception:
 * it is the {@link WorkStatus} of a completion.
 */
public class RdmaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RdmaException(String message) {
        super(message);
    }

    public RdmaException(String message, Throwable cause) {
        super(message, cause);
    }
}
