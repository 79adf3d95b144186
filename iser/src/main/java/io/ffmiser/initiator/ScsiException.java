package io.ffmiser.initiator;

import org.jspecify.annotations.Nullable;

/** A command ended with another status than GOOD. */
public final class ScsiException extends InitiatorException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient @Nullable SenseData sense;

    /**
     * Makes one.
     *
     * @param what the command, for the message
     * @param status SAM-5 status
     * @param sense what the target said about it
     */
    public ScsiException(String what, int status, @Nullable SenseData sense) {
        super(what + ": " + statusText(status) + (sense == null ? "" : ", " + sense));
        this.status = status;
        this.sense = sense;
    }

    /** SAM-5 status, such as 2 for CHECK CONDITION. */
    public int status() {
        return status;
    }

    /** Null where the target gave none, or none that could be read. */
    public @Nullable SenseData sense() {
        return sense;
    }

    private static String statusText(int status) {
        return switch (status) {
            case 0x00 -> "GOOD";
            case 0x02 -> "CHECK CONDITION";
            case 0x04 -> "CONDITION MET";
            case 0x08 -> "BUSY";
            case 0x18 -> "RESERVATION CONFLICT";
            case 0x28 -> "TASK SET FULL";
            case 0x30 -> "ACA ACTIVE";
            case 0x40 -> "TASK ABORTED";
            default -> "status 0x" + Integer.toHexString(status);
        };
    }
}
