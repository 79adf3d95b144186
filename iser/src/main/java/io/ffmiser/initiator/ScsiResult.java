package io.ffmiser.initiator;

/**
 * What {@link Session#execute} brought back.
 *
 * @param status SAM-5 status: 0 is GOOD, 2 is CHECK CONDITION
 * @param sense the sense data as received, empty if there is none
 * @param dataIn what the target transferred, no more
 * @param residual how many bytes of the expected transfer were not moved (underflow); negative, how many more there were (overflow)
 */
public record ScsiResult(int status, byte[] sense, byte[] dataIn, int residual) {
    /** Whether the status is GOOD. */
    public boolean isGood() {
        return status == 0;
    }

    /**
     * Itself, if the status is GOOD.
     *
     * @param what for the message, such as {@code INQUIRY of LUN 0}
     * @throws ScsiException if it is not
     */
    public ScsiResult orThrow(String what) {
        if (status != 0) {
            throw new ScsiException(what, status, SenseData.parse(sense));
        }
        return this;
    }
}
