package io.ffmiser.testkit.sim;

/** The code under test broke a rule that the fabric watches, such as freeing a buffer that posted work still names. */
public final class SimViolation extends AssertionError {
    private static final long serialVersionUID = 1L;

    SimViolation(String message) {
        super(message);
    }
}
