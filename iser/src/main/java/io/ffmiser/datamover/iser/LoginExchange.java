package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Carries the PDUs of the Login Phase, one outstanding in each direction, through one receive and one send buffer of 8268 octets (28 iSER
 * header, 48 BHS, 8192 data). The memory is given back once the login is over, so that an idle connection does not pay for it.
 */
final class LoginExchange implements AutoCloseable {
    private static final int LENGTH = IserHeader.CONTROL_LENGTH + LoginChannel.MAX_DATA_SEGMENT_LENGTH;

    /** What it takes of memory. */
    static final long BYTES = 2L * LENGTH;

    private final MemoryRegion region;
    private boolean receivePosted;
    private boolean sending;
    /** A PDU that waits for the Send of the one before it to complete. */
    private byte @Nullable [] waiting;

    LoginExchange(ProtectionDomain domain) {
        region = domain.allocate(BYTES, Access.LOCAL_WRITE);
    }

    /** Posts the receive of the next PDU unless it is posted. */
    void postReceive(Connection connection) {
        if (!receivePosted) {
            receivePosted = true;
            connection.postReceive(WorkId.of(WorkId.LOGIN_RECEIVE, 0), region, 0, LENGTH);
        }
    }

    /**
     * Takes the PDU out of what arrived.
     *
     * @return BHS, AHS and data without padding; null for an iSER format error
     */
    byte @Nullable [] received(int length) {
        receivePosted = false;
        MemorySegment segment = region.segment();
        if (IserHeader.form(segment, 0, length) != IserHeader.Form.CONTROL) {
            return null;
        }
        int expected = IserHeader.CONTROL_LENGTH
                + Bhs.ahsLength(segment, IserHeader.LENGTH)
                + Bhs.dataLength(segment, IserHeader.LENGTH);
        if (length < expected || length > expected + 3) {
            return null;
        }
        byte[] pdu = new byte[expected - IserHeader.LENGTH];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, IserHeader.LENGTH, pdu, 0, pdu.length);
        return pdu;
    }

    /**
     * Begins the Send of a PDU, behind an iSER header that names no STag, or keeps it until the buffer is free.
     *
     * @return whether the batch has it
     * @throws IllegalArgumentException if it is too short or too long
     * @throws IllegalStateException if one is waiting already
     */
    boolean send(SendBatch batch, byte[] pdu) {
        if (pdu.length < Bhs.LENGTH || pdu.length > LENGTH - IserHeader.LENGTH) {
            throw new IllegalArgumentException("login PDU of " + pdu.length + " octets");
        }
        if (sending) {
            IserConnection.require(waiting == null, "a login PDU waits already");
            waiting = pdu.clone();
            return false;
        }
        sending = true;
        MemorySegment segment = region.segment();
        IserHeader.writeControl(segment, LENGTH);
        MemorySegment.copy(pdu, 0, segment, ValueLayout.JAVA_BYTE, LENGTH + (long) IserHeader.LENGTH, pdu.length);
        batch.send(WorkId.of(WorkId.LOGIN_SEND, 0), SendBatch.SIGNALED)
                .sge(region, LENGTH, IserHeader.LENGTH + pdu.length);
        return true;
    }

    /** A Send completed. Returns whether the batch has the one that waited for it. */
    boolean sent(SendBatch batch) {
        sending = false;
        byte[] next = waiting;
        waiting = null;
        return next != null && send(batch, next);
    }

    boolean isWaiting() {
        return waiting != null;
    }

    /** No work names the memory. */
    boolean isIdle() {
        return !receivePosted && !sending;
    }

    @Override
    public void close() {
        region.close();
    }
}
