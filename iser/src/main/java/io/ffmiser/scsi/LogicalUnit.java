package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;

/**
 * A logical unit's device server and task sets, one for each nexus. One owning thread makes all calls. Every command given to {@link
 * #execute} ends with exactly one {@link TransportServices#sendCommandComplete}, unless it is aborted first, which {@link AbortListener}
 * reports.
 */
public interface LogicalUnit {
    /** Begins the command; it may wait in the task set for its task attribute. */
    void execute(ScsiCommand command);

    /** Answers {@link TransportServices#requestBuffer}. */
    void bufferGranted(ScsiCommand command, RegisteredMemory memory, long offset, int length);

    /** Answers {@link TransportServices#sendDataIn}. */
    void dataInDelivered(ScsiCommand command);

    /** Answers {@link TransportServices#receiveDataOut}. */
    void dataOutReceived(ScsiCommand command);

    /**
     * Aborts one command: no status is sent. The listener is told once neither store nor transport uses its buffers (an outstanding
     * data service call must still be answered first).
     */
    void abort(ScsiCommand command, AbortListener listener);

    /** Whether a store is at work for the command, and may use its buffers. */
    boolean isInStore(ScsiCommand command);

    /** A nexus begins: its unit attention (29h/00h power on; {@link Nexus#addUnitAttention} adds others) is pending. */
    void nexusEstablished(Nexus nexus);

    /** A nexus is lost; its commands were aborted before. */
    void nexusLost(Nexus nexus);

    /**
     * LOGICAL UNIT RESET (SAM-5 section 6.3.3): drops reservations and sets a unit attention for every nexus. Commands were aborted
     * before.
     */
    void reset();

    /** Tells when an aborted command uses nothing any more. */
    @FunctionalInterface
    interface AbortListener {
        void aborted(ScsiCommand command);
    }
}
