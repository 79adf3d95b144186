package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import io.ffmiser.iscsi.text.IscsiName;
import io.ffmiser.iscsi.text.SendTargets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text Requests in full feature phase (RFC 7143 sections 11.10 and appendix C): SendTargets, and an answer to whatever else is asked.
 * One exchange at a time; a long answer is fetched piece by piece.
 */
final class TargetText {
    /** The most octets of text in one exchange; RFC 7143 section 6.2 wants at least 8192. */
    private static final int MAX_TEXT = 16384;

    private final TargetConnection connection;
    private final TargetSession session;
    private final TargetResponses responses;
    /** What a PDU takes. */
    private final int maxSegment;

    private final StringBuilder request = new StringBuilder();
    private List<Piece> answer = List.of();
    private int nextSegment;
    private int targetTransferTag;
    private int exchangeTag = Pdu.RESERVED_TAG;

    /** One data segment of an answer; {@code continued} where the text is cut within (C bit). */
    private record Piece(byte[] text, boolean continued) {}

    TargetText(TargetConnection connection, TargetSession session, TargetResponses responses, int maxSegment) {
        this.connection = connection;
        this.session = session;
        this.responses = responses;
        this.maxSegment = maxSegment;
    }

    /** Takes a Text Request; returns why it is rejected, or null. */
    @Nullable
    RejectReason receive(TextRequestPdu pdu, InboundPdu inbound) {
        int tag = pdu.initiatorTaskTag();
        if (tag == Pdu.RESERVED_TAG || (pdu.isContinued() && pdu.isFinal())) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        if (pdu.targetTransferTag() == Pdu.RESERVED_TAG) {
            // RFC 7143 section 11.10.4: a new exchange, which ends any other
            reset();
            exchangeTag = tag;
        } else if (pdu.targetTransferTag() != targetTransferTag || tag != exchangeTag) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        if (nextSegment < answer.size()) {
            if (inbound.dataLength() > 0) {
                return RejectReason.PROTOCOL_ERROR;
            }
            sendNext(pdu);
            return null;
        }
        if (request.length() + inbound.dataLength() > MAX_TEXT) {
            reset();
            return RejectReason.PROTOCOL_ERROR;
        }
        byte[] text = new byte[inbound.dataLength()];
        MemorySegment.copy(inbound.segment(), ValueLayout.JAVA_BYTE, inbound.dataOffset(), text, 0, text.length);
        request.append(new String(text, StandardCharsets.ISO_8859_1));
        if (pdu.isContinued()) {
            // RFC 7143 section 11.10.2: an empty answer asks for the rest
            targetTransferTag = connection.newTransferTag();
            responses.text(tag, pdu.lun(), targetTransferTag, new byte[0], false);
            return null;
        }
        List<byte[]> made = answer(request.toString());
        request.setLength(0);
        if (made == null) {
            reset();
            return RejectReason.PROTOCOL_ERROR;
        }
        answer = pieces(made);
        nextSegment = 0;
        sendNext(pdu);
        return null;
    }

    /** Cuts what does not fit a PDU here (RFC 7143 section 11.11.2). */
    private List<Piece> pieces(List<byte[]> segments) {
        List<Piece> pieces = new ArrayList<>();
        for (byte[] segment : segments) {
            int at = 0;
            do {
                int end = Math.min(segment.length, at + maxSegment);
                pieces.add(new Piece(Arrays.copyOfRange(segment, at, end), end < segment.length));
                at = end;
            } while (at < segment.length);
        }
        return pieces;
    }

    private void sendNext(TextRequestPdu pdu) {
        Piece piece = answer.get(nextSegment++);
        // RFC 7143 section 11.11.1: the exchange ends only if the initiator has said so too
        boolean last = nextSegment == answer.size() && pdu.isFinal();
        targetTransferTag = last ? Pdu.RESERVED_TAG : connection.newTransferTag();
        responses.text(pdu.initiatorTaskTag(), pdu.lun(), targetTransferTag, piece.text(), piece.continued());
        if (last) {
            reset();
        }
    }

    private void reset() {
        request.setLength(0);
        answer = List.of();
        nextSegment = 0;
        targetTransferTag = Pdu.RESERVED_TAG;
        exchangeTag = Pdu.RESERVED_TAG;
    }

    /** Returns null for what the session does not allow. */
    private @Nullable List<byte[]> answer(String pairs) {
        StringBuilder others = new StringBuilder();
        List<byte[]> targets = null;
        for (String latin : pairs.split("\0", -1)) {
            String pair = new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                return null;
            }
            String key = pair.substring(0, equals);
            String value = pair.substring(equals + 1);
            if (key.equals(SendTargets.KEY)) {
                if (targets != null) {
                    return null;
                }
                targets = sendTargets(value);
                if (targets == null) {
                    return null;
                }
            } else if (session.isDiscovery()) {
                // RFC 7143 section 4.3
                return null;
            } else {
                others.append(key).append("=NotUnderstood\0");
            }
        }
        if (targets == null) {
            return List.of(others.toString().getBytes(StandardCharsets.UTF_8));
        }
        return targets;
    }

    /** RFC 7143 appendix C: all in a discovery session, only the session's own target in a normal one. */
    private @Nullable List<byte[]> sendTargets(String value) {
        String own = session.identity().targetName();
        if (value.equals(SendTargets.ALL)) {
            return session.isDiscovery() ? encode(null) : null;
        }
        String named = IscsiName.fold(value);
        if (session.isDiscovery()) {
            return value.isEmpty() ? null : encode(named == null ? "" : named);
        }
        return own != null && (value.isEmpty() || own.equals(named)) ? encode(own) : encode("");
    }

    private List<byte[]> encode(@Nullable String targetName) {
        return SendTargets.encode(connection.sendTargets(targetName), Math.max(maxSegment, 512));
    }
}
