package io.ffmiser.verbs;

/**
 * A post failed half-way, at the latest: the requests before {@link #badIndex} are posted and will complete, that one and the rest are not. ENOMEM
 * means that the queue is full.
 */
public final class WorkRequestException extends VerbsException {
    private static final long serialVersionUID = 1L;

    private final int badIndex;

    WorkRequestException(String operation, Errno errno, String object, int badIndex, int size) {
        super(
                operation,
                errno,
                "request " + badIndex + " of " + size + " on " + object,
                errno.equals(Errno.ENOMEM) ? "the queue is full: take completions first, or create it larger" : null);
        this.badIndex = badIndex;
    }

    /** The place of the first request that was not posted, from 0: how many were. */
    public int badIndex() {
        return badIndex;
    }
}
