package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.AsyncEvent;
import io.ffmiser.iscsi.pdu.AsyncMessagePdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectPdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what a target says unasked: Asynchronous Messages and Rejects (RFC 7143 sections 11.9 and 11.17). */
final class InitiatorNotices {
    private static final Logger LOG = LoggerFactory.getLogger(InitiatorNotices.class);

    /** What a Reject says of the PDU that it refuses. */
    record Rejected(@Nullable Opcode opcode, int initiatorTaskTag, boolean mayBeSentAgain, String reason) {}

    private final String name;
    private final InitiatorSessionListener listener;
    private final AsyncMessagePdu message = new AsyncMessagePdu();
    private final RejectPdu reject = new RejectPdu();
    private final Pdu rejected = new Pdu();

    InitiatorNotices(String name, InitiatorSessionListener listener) {
        this.name = name;
        this.listener = listener;
    }

    /** Reacts to an Asynchronous Message; what is wrong with it, or null. */
    @Nullable
    String onAsyncMessage(InboundPdu pdu, InitiatorSession session) {
        message.wrap(pdu.segment(), pdu.headerOffset());
        AsyncEvent event = message.asyncEvent();
        LOG.info(
                "{}: Async Message {}, parameters {} {} {}",
                name,
                event == null ? Integer.toString(message.asyncEventCode()) : event,
                message.parameter1(),
                message.parameter2(),
                message.parameter3());
        if (event == null) {
            return null;
        }
        switch (event) {
            case LOGOUT_REQUESTED -> listener.logoutRequested(message.parameter3());
            case CONNECTION_DROP, SESSION_DROP -> listener.dropAnnounced(message.parameter2());
            // RFC 7143 section 11.9.1: a Text Request within Parameter3 seconds; with nothing to propose it is empty.
            case PARAMETER_NEGOTIATION -> session.text(new byte[0], InitiatorAnswer.IGNORE);
            case TASK_TERMINATION -> {
                return "an Async Message of FastAbort, which was not negotiated (TaskReporting)";
            }
            case SCSI_EVENT, VENDOR_SPECIFIC -> {
                // Logged: what the sense data tell comes again as a unit attention.
            }
        }
        return null;
    }

    /** Reads a Reject; null if it does not hold the header of the PDU that it refuses. */
    @Nullable
    Rejected readReject(InboundPdu pdu) {
        reject.wrap(pdu.segment(), pdu.headerOffset());
        if (pdu.dataLength() < Pdu.HEADER_LENGTH) {
            return null;
        }
        rejected.wrap(pdu.segment(), pdu.dataOffset());
        RejectReason reason = reject.reason();
        String text = reason == null ? "reason 0x" + Integer.toHexString(reject.reasonCode()) : reason.toString();
        return new Rejected(
                rejected.opcode(), rejected.initiatorTaskTag(), reason == RejectReason.IMMEDIATE_COMMAND_REJECT, text);
    }
}
