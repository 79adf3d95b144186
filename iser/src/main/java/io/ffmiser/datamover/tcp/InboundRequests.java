package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an initiator sends in full feature phase: SCSI Commands become tasks, solicited data goes to the memory that waits for it, all else is
 * passed on.
 */
final class InboundRequests {
    // Of a PDU that is no answer to an R2T.
    private static final int OTHER = DataTransfers.NONE;
    /** A Data-Out whose Get_Data was given up. */
    private static final int DROPPED = -2;

    private static final int UNSOLICITED = -3;

    private final SendQueue sends;
    private final DataTransfers transfers;
    private final PduReader reader;
    private final Consumer<ReceivedPdu> listener;
    private final UnsolicitedData unsolicited;
    private final DataOutPdu dataOut = new DataOutPdu();
    private final ScsiCommandPdu command = new ScsiCommandPdu();

    /** The Get_Data whose Data-Out is being read, or what else is. */
    private int reading = OTHER;

    /**
     * @param capacity octets of data that a place has room for
     * @param listener takes over what is passed on
     */
    InboundRequests(SendQueue sends, PduReader reader, int capacity, Consumer<ReceivedPdu> listener) {
        this.sends = sends;
        this.transfers = sends.transfers();
        this.reader = reader;
        this.listener = listener;
        unsolicited = new UnsolicitedData(transfers, capacity, listener);
    }

    /** Returns what is wrong with it, or null. */
    @Nullable
    String headerArrived(ReceivedPdu pdu) {
        reading = OTHER;
        Opcode opcode = pdu.header.opcode();
        if (opcode == Opcode.SCSI_COMMAND) {
            return commandArrived(pdu);
        }
        if (opcode == Opcode.DATA_OUT) {
            dataOut.wrap(pdu.segment(), 0);
            if (dataOut.targetTransferTag() != Pdu.RESERVED_TAG) {
                return solicited(dataOut);
            }
            reading = UNSOLICITED;
            return unsolicited.headerArrived(pdu, reader);
        }
        return null;
    }

    private @Nullable String commandArrived(ReceivedPdu pdu) {
        command.wrap(pdu.segment(), 0);
        int tag = command.initiatorTaskTag();
        boolean isKnown = transfers.task(tag) != DataTransfers.NONE;
        if (!transfers.addTask(tag, command.lun())) {
            return "protocol error: more commands than the window allows";
        }
        if (!isKnown && command.isWrite() && !command.isFinal()) {
            unsolicited.announced(transfers.task(tag));
        }
        return null;
    }

    private @Nullable String solicited(DataOutPdu pdu) {
        int call = transfers.ofTransferTag(pdu.targetTransferTag());
        if (call == DataTransfers.NONE && transfers.wasGivenUp(pdu.targetTransferTag())) {
            reading = DROPPED;
            return null;
        }
        String wrong = transfers.wrongWith(call, pdu);
        if (wrong == null) {
            reading = call;
            reader.dataInto(transfers.segment(call), transfers.offset(call), pdu.dataSegmentLength());
        }
        return wrong;
    }

    /** All of it has come. The place is this object's. Returns whether there may be an R2T to send. */
    boolean arrived(ReceivedPdu pdu) {
        int call = reading;
        reading = OTHER;
        switch (call) {
            case OTHER -> listener.accept(pdu);
            case UNSOLICITED -> unsolicited.arrived(pdu);
            case DROPPED -> pdu.release();
            default -> {
                int length = pdu.dataLength();
                pdu.release();
                landed(call, length);
                return true;
            }
        }
        return false;
    }

    private void landed(int call, int length) {
        transfers.advance(call, length);
        if (transfers.isGivenUp(call)) {
            sends.cancel(call);
        } else if (transfers.remaining(call) == 0) {
            sends.dataArrived(call);
        }
    }

    void cancelGetData(int initiatorTaskTag) {
        sends.cancel(initiatorTaskTag, reading);
    }

    /** The task has no tag any more. */
    void tagFreed(int task) {
        unsolicited.forget(task);
    }

    /** The connection has ended, and its places with it. */
    void close() {
        unsolicited.close();
    }
}
