package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.MemorySegment;

/**
 * One receive and one send buffer of 8268 octets (28 iSER header, 48 BHS, 8192 data) for the Login Phase: one PDU is outstanding in
 * each direction. Given back once the login is over, so that an idle connection does not pay for it.
 */
final class LoginBuffers implements AutoCloseable {
    static final int LENGTH = IserHeader.CONTROL_LENGTH + LoginChannel.MAX_DATA_SEGMENT_LENGTH;

    private final MemoryRegion region;
    private boolean receivePosted;
    private boolean sending;

    LoginBuffers(ProtectionDomain domain) {
        region = domain.allocate(2L * LENGTH, Access.LOCAL_WRITE);
    }

    /** Posts the receive unless it is posted. */
    void postReceive(Connection connection) {
        if (!receivePosted) {
            receivePosted = true;
            connection.postReceive(WorkId.of(WorkId.LOGIN_RECEIVE, 0), region, 0, LENGTH);
        }
    }

    void received() {
        receivePosted = false;
    }

    boolean isSending() {
        return sending;
    }

    void sent() {
        sending = false;
    }

    /** No work names the memory. */
    boolean isIdle() {
        return !receivePosted && !sending;
    }

    MemorySegment segment() {
        return region.segment();
    }

    /** Begins the Send of a PDU, behind an iSER header that names no STag. */
    void send(SendBatch batch, byte[] pdu) {
        sending = true;
        IserHeader.writeControl(region.segment(), LENGTH);
        MemorySegment.copy(
                MemorySegment.ofArray(pdu), 0, region.segment(), LENGTH + (long) IserHeader.LENGTH, pdu.length);
        batch.send(WorkId.of(WorkId.LOGIN_SEND, 0), SendBatch.SIGNALED)
                .sge(region, LENGTH, IserHeader.LENGTH + pdu.length);
    }

    @Override
    public void close() {
        region.close();
    }
}
