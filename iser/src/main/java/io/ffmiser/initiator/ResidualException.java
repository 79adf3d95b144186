package io.ffmiser.initiator;

/**
 * A command whose data have a fixed length ended GOOD, and the target moved less than that, or had more (RFC 7143 section 11.4.5). The
 * data are not to be trusted: over RDMA nothing but the residual count says that a part of a buffer was not written.
 */
public final class ResidualException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    private final long residual;

    /**
     * Makes one.
     *
     * @param what the command, for the message
     * @param expected bytes of its data
     * @param residual bytes of them that were not moved; negative, bytes that there were beyond
     */
    public ResidualException(String what, long expected, long residual) {
        super(what + ": GOOD, but "
                + (residual > 0
                        ? residual + " of " + expected + " bytes were not moved (underflow)"
                        : "there were " + -residual + " bytes beyond the " + expected + " expected (overflow)"));
        this.residual = residual;
    }

    /** How many bytes were not moved; negative, how many there were beyond those expected. */
    public long residual() {
        return residual;
    }
}
