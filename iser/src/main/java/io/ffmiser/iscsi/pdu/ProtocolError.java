package io.ffmiser.iscsi.pdu;

import io.ffmiser.text.PeerText;

/**
 * What a peer did wrong, as a value: it becomes a Reject, a failed login or a closed connection only at the edge.
 *
 * @param reason for a person; what it quotes of the peer is escaped
 * @param rejectReason what a Reject PDU would say in full feature phase
 * @param loginStatus what a Login Response would say in the Login Phase
 */
public record ProtocolError(String reason, RejectReason rejectReason, LoginStatus loginStatus) {
    public ProtocolError {
        reason = PeerText.escape(reason);
    }

    /** A sequence that the protocol does not allow. */
    public static ProtocolError protocolError(String reason) {
        return new ProtocolError(reason, RejectReason.PROTOCOL_ERROR, LoginStatus.INITIATOR_ERROR);
    }

    /** A field with a wrong value. */
    public static ProtocolError invalidField(String reason) {
        return new ProtocolError(reason, RejectReason.INVALID_PDU_FIELD, LoginStatus.INITIATOR_ERROR);
    }

    /** What we do not implement. */
    public static ProtocolError notSupported(String reason) {
        return new ProtocolError(reason, RejectReason.COMMAND_NOT_SUPPORTED, LoginStatus.INITIATOR_ERROR);
    }

    /** An error that belongs to the Login Phase. */
    public static ProtocolError login(LoginStatus status, String reason) {
        return new ProtocolError(reason, RejectReason.PROTOCOL_ERROR, status);
    }
}
