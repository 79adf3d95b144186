package io.ffmiser.store;

/** A store could not read, write or flush: a medium error to the initiator, or, out of space, a write-protected disk. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean outOfSpace;

    public StoreException(String message) {
        super(message);
        this.outOfSpace = false;
    }

    public StoreException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private StoreException(String message, Throwable cause, boolean outOfSpace) {
        super(message, cause);
        this.outOfSpace = outOfSpace;
    }

    /** A thin store that cannot grow: what was written before is intact. */
    public static StoreException outOfSpace(String message, Throwable cause) {
        return new StoreException(message, cause, true);
    }

    /** Whether space, not the medium, is what lacks. */
    public boolean isOutOfSpace() {
        return outOfSpace;
    }
}
