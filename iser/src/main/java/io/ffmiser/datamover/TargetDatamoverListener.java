package io.ffmiser.datamover;

/**
 * The calls up that come at the target. Data_ACK_Notify is not among them: it needs an error recovery level above 0 (RFC 7145 section
 * 7.3.5).
 */
public interface TargetDatamoverListener extends DatamoverListener {
    /**
     * Data_Completion_Notify: a {@link TargetDatamover#putData} or {@link TargetDatamover#getData} with notify is done.
     *
     * @param sn its DataSN or R2TSN
     */
    void dataCompletionNotify(int initiatorTaskTag, int sn);

    /** The numbers for the PDUs that the datamover makes itself; asked in full feature phase. */
    SequenceNumbers sequenceNumbers();
}
