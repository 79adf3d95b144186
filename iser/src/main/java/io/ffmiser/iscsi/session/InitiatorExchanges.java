package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.Datamover;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.LogoutRequestPdu;
import io.ffmiser.iscsi.pdu.LogoutResponsePdu;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponsePdu;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import io.ffmiser.iscsi.pdu.TextResponsePdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of an initiator that are no SCSI Commands, and the answers to the target's pings. Waits for what a request needs: one of
 * a few tags, a place to send from, and the command window or, immediate, room for unexpected PDUs at the target (RFC 7145 section 8.1).
 *
 * <p>A method that finds the peer breaking the protocol returns what it did wrong, for the session to end the connection; null if all
 * is well.
 */
final class InitiatorExchanges {
    /** The most text that one exchange takes. */
    static final int MAX_TEXT = 1 << 20;

    private static final byte[] NO_TEXT = {};
    private static final int SLOT_MASK = 0xffff;

    private final Datamover datamover;
    private final InitiatorCommandWindow window;
    private final int firstSlot;
    private final int waitingLimit;
    private final @Nullable InitiatorExchange[] sent = new InitiatorExchange[InitiatorSessionLimits.EXCHANGES];
    private final int[] tags = new int[InitiatorSessionLimits.EXCHANGES];
    private final ArrayDeque<InitiatorExchange> waiting = new ArrayDeque<>();

    private final int[] pingTags = new int[InitiatorSessionLimits.UNEXPECTED];
    private final long[] pingLuns = new long[InitiatorSessionLimits.UNEXPECTED];
    private int pings;

    private final NopOutPdu nopOut = new NopOutPdu();
    private final TaskManagementRequestPdu taskManagement = new TaskManagementRequestPdu();
    private final TextRequestPdu text = new TextRequestPdu();
    private final LogoutRequestPdu logout = new LogoutRequestPdu();
    private final TaskManagementResponsePdu taskManagementResponse = new TaskManagementResponsePdu();
    private final TextResponsePdu textResponse = new TextResponsePdu();
    private final LogoutResponsePdu logoutResponse = new LogoutResponsePdu();

    private int textLimit;

    /** Exchanges whose slots begin behind those of the tasks. */
    InitiatorExchanges(Datamover datamover, InitiatorCommandWindow window, int tasks) {
        this.datamover = datamover;
        this.window = window;
        this.firstSlot = tasks;
        this.waitingLimit = tasks + 2 * InitiatorSessionLimits.EXCHANGES;
        for (int i = 0; i < tags.length; i++) {
            tags[i] = firstSlot + i;
        }
    }

    /** Full feature phase has begun; text in longer pieces than that is cut in several PDUs. */
    void begin(int targetRecvDataSegmentLength) {
        textLimit = targetRecvDataSegmentLength;
    }

    /**
     * Puts it in line.
     *
     * @return false if too many wait
     */
    boolean add(InitiatorExchange exchange) {
        if (waiting.size() >= waitingLimit) {
            return false;
        }
        waiting.add(exchange);
        return true;
    }

    /** Asks whether the target is there. */
    void ping(long deadline, InitiatorAnswer answer) {
        add(new InitiatorExchange(InitiatorExchange.Kind.PING, deadline, answer));
    }

    /**
     * Uses up the CmdSN of a request that was rejected, and so counts as not received (RFC 7143 section 11.17, S11); does nothing if
     * ExpCmdSN says that the target counted it after all.
     */
    void plugGap(int cmdSn, long deadline) {
        if (window.isReceived(cmdSn)) {
            return;
        }
        InitiatorExchange plug = new InitiatorExchange(InitiatorExchange.Kind.PING, deadline, InitiatorAnswer.IGNORE);
        plug.plugsGap = true;
        plug.cmdSn = cmdSn;
        // The target holds everything behind the gap.
        waiting.addFirst(plug);
    }

    boolean isIdle() {
        return waiting.isEmpty() && !anySent();
    }

    boolean isOutstanding(InitiatorExchange.Kind kind) {
        for (InitiatorExchange exchange : sent) {
            if (exchange != null && exchange.kind == kind) {
                return true;
            }
        }
        return waiting.stream().anyMatch(exchange -> exchange.kind == kind);
    }

    /** Sends what can be sent now. */
    void pump() {
        while (pings > 0) {
            OutboundPdu pdu = datamover.claimControl();
            if (pdu == null) {
                return;
            }
            answerPing(pdu);
        }
        while (!waiting.isEmpty() && sendNext()) {
            // each call sends one
        }
    }

    private boolean sendNext() {
        InitiatorExchange exchange = waiting.getFirst();
        int slot = exchange.continuing ? exchange.slot : freeSlot();
        boolean immediate = false;
        if (!exchange.plugsGap) {
            boolean credit = datamover.unexpectedCredits() > 0;
            // An abort must not wait behind a closed window; anything else spares the few immediate requests that a
            // target takes (S2).
            boolean urgent = exchange.kind == InitiatorExchange.Kind.TASK_MANAGEMENT && !exchange.refusedImmediate;
            immediate = exchange.continuing ? exchange.immediate : urgent ? credit : !window.isOpen();
            if (immediate ? !credit : !window.isOpen()) {
                return false;
            }
        }
        OutboundPdu pdu = slot < 0 ? null : datamover.claimControl();
        if (pdu == null) {
            return false;
        }
        waiting.removeFirst();
        if (!exchange.continuing) {
            tags[slot] += SLOT_MASK + 1;
        }
        exchange.continuing = false;
        exchange.slot = slot;
        sent[slot] = exchange;
        if (!exchange.plugsGap) {
            exchange.cmdSn = immediate ? window.next() : window.take();
        }
        exchange.immediate = immediate;
        RequestPdu request = fill(exchange, pdu);
        request.setImmediate(immediate);
        request.setInitiatorTaskTag(tags[slot]);
        request.setCmdSn(exchange.cmdSn);
        request.setExpStatSn(window.expStatSn());
        datamover.sendControl(pdu);
        return true;
    }

    private RequestPdu fill(InitiatorExchange exchange, OutboundPdu pdu) {
        MemorySegment segment = pdu.segment();
        long offset = pdu.headerOffset();
        return switch (exchange.kind) {
            case PING -> {
                nopOut.begin(segment, offset);
                nopOut.setTargetTransferTag(Pdu.RESERVED_TAG);
                yield nopOut;
            }
            case TASK_MANAGEMENT -> {
                taskManagement.begin(segment, offset);
                taskManagement.setFunction(exchange.function);
                taskManagement.setLun(exchange.lun);
                taskManagement.setReferencedTaskTag(exchange.referencedTaskTag);
                taskManagement.setRefCmdSn(exchange.refCmdSn);
                yield taskManagement;
            }
            case TEXT -> {
                fillText(exchange, pdu);
                yield text;
            }
            case LOGOUT -> {
                logout.begin(segment, offset);
                logout.setReason(LogoutReason.CLOSE_SESSION);
                yield logout;
            }
        };
    }

    private void fillText(InitiatorExchange exchange, OutboundPdu pdu) {
        MemorySegment segment = pdu.segment();
        long offset = pdu.headerOffset();
        text.begin(segment, offset);
        int length = Math.min(exchange.text.length - exchange.textSent, Math.min(textLimit, pdu.capacity()));
        long data = offset + Pdu.HEADER_LENGTH;
        MemorySegment.copy(exchange.text, exchange.textSent, segment, ValueLayout.JAVA_BYTE, data, length);
        exchange.textPiece = exchange.textSent;
        exchange.textSent += length;
        boolean last = exchange.textSent == exchange.text.length;
        text.setDataSegmentLength(length);
        text.setFinal(last);
        text.setContinued(!last);
        text.setTargetTransferTag(exchange.targetTransferTag);
        text.setLun(exchange.textLun);
    }

    private void answerPing(OutboundPdu pdu) {
        // RFC 7143 section 11.18: the answer copies tag and LUN, is immediate and wants no answer (S6).
        nopOut.begin(pdu.segment(), pdu.headerOffset());
        nopOut.setImmediate(true);
        nopOut.setInitiatorTaskTag(Pdu.RESERVED_TAG);
        nopOut.setTargetTransferTag(pingTags[0]);
        nopOut.setLun(pingLuns[0]);
        nopOut.setCmdSn(window.next());
        nopOut.setExpStatSn(window.expStatSn());
        datamover.sendControl(pdu);
        pings--;
        System.arraycopy(pingTags, 1, pingTags, 0, pings);
        System.arraycopy(pingLuns, 1, pingLuns, 0, pings);
    }

    /** A NOP-In that answers one of ours or asks for an answer. */
    @Nullable
    String onNopIn(NopInPdu pdu) {
        if (pdu.initiatorTaskTag() != Pdu.RESERVED_TAG) {
            InitiatorExchange exchange = take(pdu.initiatorTaskTag(), InitiatorExchange.Kind.PING);
            if (exchange == null) {
                return "a NOP-In answers no NOP-Out";
            }
            exchange.answer.answered(0, NO_TEXT);
            return null;
        }
        if (pdu.targetTransferTag() == Pdu.RESERVED_TAG) {
            return null;
        }
        if (pings == pingTags.length) {
            return "more NOP-In pings than MaxOutstandingUnexpectedPDUs allows";
        }
        pingTags[pings] = pdu.targetTransferTag();
        pingLuns[pings] = pdu.lun();
        pings++;
        return null;
    }

    @Nullable
    String onTaskManagementResponse(InboundPdu in) {
        taskManagementResponse.wrap(in.segment(), in.headerOffset());
        InitiatorExchange exchange =
                take(taskManagementResponse.initiatorTaskTag(), InitiatorExchange.Kind.TASK_MANAGEMENT);
        if (exchange == null) {
            return "a Task Management Response answers no request";
        }
        exchange.answer.answered(taskManagementResponse.responseCode(), NO_TEXT);
        return null;
    }

    @Nullable
    String onLogoutResponse(InboundPdu in) {
        logoutResponse.wrap(in.segment(), in.headerOffset());
        InitiatorExchange exchange = take(logoutResponse.initiatorTaskTag(), InitiatorExchange.Kind.LOGOUT);
        if (exchange == null) {
            return "a Logout Response answers no request";
        }
        exchange.answer.answered(logoutResponse.responseCode(), NO_TEXT);
        return null;
    }

    @Nullable
    String onTextResponse(InboundPdu in) {
        textResponse.wrap(in.segment(), in.headerOffset());
        InitiatorExchange exchange = take(textResponse.initiatorTaskTag(), InitiatorExchange.Kind.TEXT);
        if (exchange == null) {
            return "a Text Response answers no request";
        }
        // RFC 7143 section 11.11: the last response has no Target Transfer Tag, all others have one.
        boolean last = textResponse.isFinal();
        if (last != (textResponse.targetTransferTag() == Pdu.RESERVED_TAG) || (last && textResponse.isContinued())) {
            return "a Text Response whose F bit, C bit and Target Transfer Tag contradict each other";
        }
        if (exchange.textReceived.size() + in.dataLength() > MAX_TEXT) {
            return "more than " + MAX_TEXT + " octets of text";
        }
        byte[] piece = new byte[in.dataLength()];
        MemorySegment.copy(in.segment(), ValueLayout.JAVA_BYTE, in.dataOffset(), piece, 0, piece.length);
        exchange.textReceived.writeBytes(piece);
        if (!last) {
            // RFC 7143 section 7.2 and appendix C: an empty request with the tag, or the rest of ours, asks for the
            // rest.
            exchange.targetTransferTag = textResponse.targetTransferTag();
            exchange.textLun = textResponse.lun();
            continueSequence(exchange);
            return null;
        }
        if (exchange.textSent < exchange.text.length) {
            return "the last Text Response before the whole Text Request was sent";
        }
        exchange.answer.answered(0, exchange.textReceived.toByteArray());
        return null;
    }

    /**
     * The target refused the request of that tag.
     *
     * @param again whether it may be sent once more, since only too many immediate ones were there
     * @param plugDeadline of what fills the gap that it leaves in the CmdSNs
     */
    @Nullable
    String onReject(int tag, boolean again, String reason, long plugDeadline) {
        int slot = (tag & SLOT_MASK) - firstSlot;
        InitiatorExchange exchange = slot < 0 || slot >= sent.length || tags[slot] != tag ? null : sent[slot];
        if (exchange == null || exchange.continuing) {
            return null;
        }
        if (exchange.plugsGap && !again) {
            return "a Reject of the NOP-Out that fills the gap of a rejected request: " + reason;
        }
        sent[slot] = null;
        if (!exchange.immediate && !exchange.plugsGap) {
            plugGap(exchange.cmdSn, plugDeadline);
        }
        if (again) {
            exchange.refusedImmediate = true;
            exchange.textSent = exchange.textPiece;
            if (exchange.targetTransferTag != Pdu.RESERVED_TAG) {
                continueSequence(exchange);
            } else if (exchange.plugsGap) {
                waiting.addFirst(exchange);
            } else {
                waiting.addLast(exchange);
            }
        } else {
            exchange.answer.failed("the target rejected " + exchange.describe() + ": " + reason);
        }
        return null;
    }

    /** What was not answered in time, or null. */
    @Nullable
    String overdue(long now) {
        for (InitiatorExchange exchange : sent) {
            if (exchange != null && !exchange.continuing && exchange.deadline - now <= 0) {
                return "no answer to " + exchange.describe() + " in time";
            }
        }
        for (InitiatorExchange exchange : waiting) {
            if (exchange.deadline - now <= 0) {
                return "no room to send " + exchange.describe() + " in time";
            }
        }
        return null;
    }

    /** Fails all. */
    void end(String reason) {
        List<InitiatorExchange> all = new ArrayList<>(waiting);
        waiting.clear();
        pings = 0;
        for (int slot = 0; slot < sent.length; slot++) {
            InitiatorExchange exchange = sent[slot];
            if (exchange != null && !exchange.continuing) {
                all.add(exchange);
            }
            sent[slot] = null;
        }
        all.forEach(exchange -> exchange.answer.failed(reason));
    }

    private @Nullable InitiatorExchange take(int tag, InitiatorExchange.Kind kind) {
        int slot = (tag & SLOT_MASK) - firstSlot;
        if (slot < 0 || slot >= sent.length || tags[slot] != tag) {
            return null;
        }
        InitiatorExchange exchange = sent[slot];
        if (exchange == null || exchange.kind != kind || exchange.continuing) {
            return null;
        }
        sent[slot] = null;
        return exchange;
    }

    /** The next request of a sequence goes before others, in the slot that its tag names. */
    private void continueSequence(InitiatorExchange exchange) {
        exchange.continuing = true;
        sent[exchange.slot] = exchange;
        waiting.addFirst(exchange);
    }

    private int freeSlot() {
        for (int slot = 0; slot < sent.length; slot++) {
            if (sent[slot] == null) {
                return slot;
            }
        }
        return -1;
    }

    private boolean anySent() {
        for (InitiatorExchange exchange : sent) {
            if (exchange != null) {
                return true;
            }
        }
        return false;
    }
}
