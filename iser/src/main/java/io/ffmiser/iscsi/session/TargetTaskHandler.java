package io.ffmiser.iscsi.session;

/**
 * The SCSI layer as a target session sees it: the logical units of one node. CDBs pass through the session unread. All calls are on the
 * owner's thread.
 */
public interface TargetTaskHandler {
    /** Whether the LUN field names a logical unit of the node. */
    boolean hasLogicalUnit(long lun);

    /**
     * A command to be executed, in CmdSN order. Ends with one {@link TargetTask#complete}, unless {@link #abort} comes first. The CDB
     * can be read during the call only.
     */
    void execute(TargetTask task);

    /** Answers {@link TargetTask#sendDataIn}: the memory may be reused. Also after an abort, or when the connection is lost. */
    void dataInDelivered(TargetTask task);

    /** Answers {@link TargetTask#receiveDataOut}. After an abort, or when the connection is lost, the data need not be there. */
    void dataOutReceived(TargetTask task);

    /** Ends a task without a status; {@link TargetTask#abortCompleted} follows, during the call or later, when nothing uses its buffers. */
    void abort(TargetTask task);

    /** LOGICAL UNIT RESET; the unit's tasks have ended. */
    void reset(long lun);

    /** TARGET WARM RESET or COLD RESET: {@link #reset} of all units. */
    void resetAll();

    /** The session lives on but its commands were cleared: a unit attention 47h/7Fh for each nexus (RFC 7143 section 11.14.5). */
    void commandsCleared(TargetSession session);

    /**
     * Gets what the session's commands need in a connection's memory domain, which is new; before the final Login Response. {@link
     * #nexusLost} gives it back.
     *
     * @return false if resources are short: the login fails with 0x0302
     */
    boolean prepareNexus(TargetSession session, TargetConnection connection);

    /** Full feature phase begins, for the connection prepared last. */
    void nexusEstablished(TargetSession session);

    /** The session ended, and its tasks before. */
    void nexusLost(TargetSession session);
}
