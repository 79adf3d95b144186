package io.ffmiser.verbs;

/** There is no RDMA to be had in this process; the message says what to install, load, set or allow. */
public final class VerbsUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is missing. */
    public enum Reason {
        /** The operating system or the processor is not one that the bindings were generated for. */
        UNSUPPORTED_PLATFORM,
        /** The JVM does not let this module call native code. */
        NO_NATIVE_ACCESS,
        /** The shared library is not installed. */
        NO_LIBRARY,
        /** The shared library is older than the oldest that the bindings run with, rdma-core 30. */
        OLD_LIBRARY,
        /** The kernel has no RDMA: its modules are not loaded. */
        NO_KERNEL_SUPPORT,
        /** The device files are not this user's to open. */
        NO_PERMISSION,
        /** Listing the devices failed otherwise: the cause says how. */
        FAILED
    }

    private final Reason reason;

    /**
     * @param reason what is missing
     * @param message what is missing and what to do about it
     */
    public VerbsUnavailableException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** @see #VerbsUnavailableException(Reason, String, Throwable) */
    public VerbsUnavailableException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
