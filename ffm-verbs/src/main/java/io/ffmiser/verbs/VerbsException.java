package io.ffmiser.verbs;

import org.jspecify.annotations.Nullable;

/**
 * A call into libibverbs or librdmacm failed. Misuse of this library is an {@link IllegalStateException} or an
 * {@link IllegalArgumentException} instead, and the fate of posted work is the {@link WorkCompletionStatus} of its completion.
 */
public class VerbsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;

    /**
     * @param operation the C function, such as {@code ibv_reg_mr}
     * @param errno what it failed with
     * @param object what it was about, such as {@code device rxe0}
     * @param advice what may be done about it, or null
     */
    public VerbsException(String operation, Errno errno, String object, @Nullable String advice) {
        super(operation + " failed with " + errno + " for " + object + (advice == null ? "" : ": " + advice));
        this.operation = operation;
        this.errno = errno.number();
    }

    /** The C function that failed. */
    public String operation() {
        return operation;
    }

    /** What it failed with. */
    public Errno errno() {
        return new Errno(errno);
    }
}
