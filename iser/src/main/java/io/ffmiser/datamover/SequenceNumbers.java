package io.ffmiser.datamover;

/**
 * The target session's numbers (RFC 7143 section 4.2.2), as they are now: for the PDUs that a datamover makes itself, Data-In and R2T.
 * Whoever asks sends them to the initiator.
 */
public interface SequenceNumbers {
    /** The StatSN that the next status will have; asking does not use it up. */
    int nextStatSn();

    int expCmdSn();

    int maxCmdSn();
}
