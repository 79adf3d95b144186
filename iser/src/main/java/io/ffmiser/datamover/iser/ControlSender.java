package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.SendBatch;

/**
 * The outbound half of a connection: builds the batch, and decides when its doorbell rings. Inside a call up everything is only
 * gathered; it rings when that call has returned and the receive of the PDU notified is posted again.
 */
final class ControlSender {
    private static final int HELLO_INDEX = Integer.MAX_VALUE;

    private final Connection connection;
    private int callsUp;
    private boolean gathered;

    ControlSender(Connection connection) {
        this.connection = connection;
    }

    SendBatch batch() {
        return connection.sendBatch();
    }

    void enterCallUp() {
        callsUp++;
    }

    void leaveCallUp() {
        callsUp--;
    }

    /** Something was added to the batch that may wait for the next doorbell. */
    void gathered() {
        gathered = true;
    }

    /** Rings the doorbell, unless a call up is under way: then it is rung when that has returned. */
    void post() {
        if (callsUp == 0) {
            postGathered();
        }
    }

    /** Rings the doorbell in any case: before the end, and before an invalidation, which is posted on its own. */
    void postGathered() {
        if (gathered) {
            gathered = false;
            connection.sendBatch().post();
        }
    }

    /**
     * Posts the Send of a PDU with everything gathered before it.
     *
     * @param stag to be invalidated at the peer, if {@code invalidate}
     */
    void transmit(SendBuffers.Place place, int length, boolean invalidate, int stag) {
        SendBatch batch = connection.sendBatch();
        long workId = WorkId.of(WorkId.CONTROL, place.index());
        if (invalidate) {
            batch.sendWithInvalidate(workId, stag, SendBatch.SIGNALED);
        } else {
            batch.send(workId, SendBatch.SIGNALED);
        }
        place.addTo(batch, length);
        gathered = true;
        post();
    }

    /** Posts a Hello or HelloReply that was written to {@link SendBuffers#helloOffset()}. */
    void transmitHello(SendBuffers buffers) {
        buffers.addHello(connection.sendBatch().send(WorkId.of(WorkId.CONTROL, HELLO_INDEX), SendBatch.SIGNALED));
        gathered = true;
        post();
    }

    static boolean isHello(int index) {
        return index == HELLO_INDEX;
    }

    /**
     * Refuses what is never sent as a control-type PDU (RFC 7145 section 7.3).
     *
     * @return the opcode
     * @throws IllegalArgumentException for Data-In, R2T, SNACK, Login PDUs and solicited Data-Out
     */
    static int checkControlType(OutboundPdu pdu) {
        int opcode = Bhs.opcode(pdu.segment(), pdu.headerOffset());
        boolean allowed = switch (opcode) {
            case Bhs.DATA_IN, Bhs.R2T, Bhs.SNACK, Bhs.LOGIN_REQUEST, Bhs.LOGIN_RESPONSE -> false;
            case Bhs.DATA_OUT -> Bhs.targetTransferTag(pdu.segment(), pdu.headerOffset()) == Bhs.RESERVED_TAG;
            default -> true;
        };
        if (!allowed) {
            throw new IllegalArgumentException(
                    "opcode 0x" + Integer.toHexString(opcode) + " is not sent over iSER (RFC 7145 section 7.3)");
        }
        return opcode;
    }
}
