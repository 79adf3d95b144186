package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;

/**
 * The SCSI transport protocol services of SAM-5 section 5.4.3 that a device server calls, for one I_T nexus; the answers come back
 * to {@link LogicalUnit}, for one command in the order of the calls, during the call or later, and also after an abort or a lost
 * connection. A call that has thrown is answered if it was taken: see {@link #unanswered}. All on the thread of the logical unit's owner.
 */
public interface TransportServices {
    /**
     * Asks for a piece of the bounded registered pool; {@link LogicalUnit#bufferGranted} follows, during the call or when one is free, but
     * not once the call has thrown.
     *
     * @param length wanted, in bytes; a shorter piece may be granted, but at least one chunk ({@link #chunkBytes()}) or the length
     */
    void requestBuffer(ScsiCommand command, int length);

    /** Takes back a {@link #requestBuffer} that waits. Returns false if none does: then the answer is on its way. */
    boolean withdrawBuffer(ScsiCommand command);

    /** How many calls of {@link #sendDataIn} and {@link #receiveDataOut} for the command were taken and have no answer yet. */
    int unanswered(ScsiCommand command);

    /** The size of the pool's chunks: no granted buffer is longer. A multiple of 4096, 8192 or more. */
    int chunkBytes();

    /** Gives back what was granted. */
    void releaseBuffer(ScsiCommand command, RegisteredMemory memory, long offset);

    /**
     * Send Data-In: moves read data to the initiator; {@link LogicalUnit#dataInDelivered} follows when the memory may be reused.
     *
     * @param bufferOffset where it goes in the application client's buffer
     */
    void sendDataIn(ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset);

    /**
     * Receive Data-Out: fetches write data (what came unsolicited is copied, the rest is solicited); {@link
     * LogicalUnit#dataOutReceived} follows when it is all there.
     */
    void receiveDataOut(ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset);

    /**
     * Send Command Complete: status, sense and how much data the command meant to transfer stand in the command.
     *
     * <p>Called with a {@link #sendDataIn} unanswered where the command was good, so that data and status leave together: the status
     * must reach the initiator behind the data, and {@link LogicalUnit#dataInDelivered} must still be called for it. The command
     * may be begun anew once both are done, not before.
     */
    void sendCommandComplete(ScsiCommand command);
}
