package io.ffmiser.initiator;

/**
 * What a session has done since it was made, summed over its connections: a snapshot.
 *
 * @param commandsSent SCSI commands, replayed ones each time
 * @param commandsCompleted that a target answered
 * @param readBytes asked for by completed reads
 * @param writtenBytes given by completed writes
 * @param immediateBytes of these, how many were copied into command PDUs
 * @param reconnects logins after a loss
 * @param replayed commands sent again after a loss
 * @param aborted commands ended by an abort or reset
 * @param pings NOP-Outs sent to see whether the target is there
 * @param rejects Reject PDUs received
 */
public record SessionCounters(
        long commandsSent,
        long commandsCompleted,
        long readBytes,
        long writtenBytes,
        long immediateBytes,
        long reconnects,
        long replayed,
        long aborted,
        long pings,
        long rejects) {}
