package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.Datamover;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.iscsi.pdu.AsyncEvent;
import io.ffmiser.iscsi.pdu.AsyncMessagePdu;
import io.ffmiser.iscsi.pdu.LogoutResponseCode;
import io.ffmiser.iscsi.pdu.LogoutResponsePdu;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectPdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.pdu.TaskManagementResponsePdu;
import io.ffmiser.iscsi.pdu.TextResponsePdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the PDUs of one connection in full feature phase, and numbers them (RFC 7143 section 4.2.2.2). What finds no place to be sent
 * from waits, and all that comes later behind it.
 */
final class TargetResponses implements SequenceNumbers {
    private static final Logger LOG = LoggerFactory.getLogger(TargetResponses.class);
    private static final int MAX_SENSE = 252;

    private final TargetConnection connection;
    private final Datamover datamover;
    private final TargetSession session;
    private final TargetStatistics statistics;
    /** Tasks with a response, and the making of other PDUs, in order. */
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    private final ScsiResponsePdu scsiResponse = new ScsiResponsePdu();
    private final TaskManagementResponsePdu taskManagementResponse = new TaskManagementResponsePdu();
    private final NopInPdu nopIn = new NopInPdu();
    private final TextResponsePdu textResponse = new TextResponsePdu();
    private final LogoutResponsePdu logoutResponse = new LogoutResponsePdu();
    private final RejectPdu rejectPdu = new RejectPdu();
    private final AsyncMessagePdu asyncMessage = new AsyncMessagePdu();
    private int statSn;
    /** MaxCmdSN as the initiator was told last. */
    private int toldMaximum;

    private boolean closed;
    private boolean mayBegin;
    /** A rejection was told in the log: the others of a connection are for those who debug. */
    private boolean toldRejection;

    /** More requests than an initiator may have unanswered, with room to spare. */
    private final int mostWaiting;

    TargetResponses(
            TargetConnection connection,
            Datamover datamover,
            TargetSession session,
            TargetStatistics statistics,
            int statSn) {
        this.connection = connection;
        this.mostWaiting = 2 * connection.settings().receives();
        this.datamover = datamover;
        this.session = session;
        this.statistics = statistics;
        this.statSn = statSn;
        this.toldMaximum = session.window().maximum();
    }

    /** Nothing is sent from here on. */
    void close() {
        closed = true;
        waiting.clear();
    }

    /** RFC 7145 section 5.1.3: the initiator has shown that it is in full feature phase; the target may send unasked. */
    void allowUnasked() {
        if (!mayBegin) {
            mayBegin = true;
            openWindowUnasked();
        }
    }

    boolean mayBegin() {
        return mayBegin;
    }

    /** A place came free. */
    void controlAvailable() {
        while (!waiting.isEmpty() && !closed) {
            OutboundPdu place = datamover.claimControl();
            if (place == null) {
                return;
            }
            datamover.unclaimControl(place);
            Object next = waiting.remove();
            if (next instanceof TargetTask task) {
                writeScsiResponse(task, claim());
            } else if (next instanceof Runnable other) {
                other.run();
            }
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    private @Nullable OutboundPdu claim() {
        return closed ? null : datamover.claimControl();
    }

    private boolean mustWait() {
        return !waiting.isEmpty();
    }

    @Override
    public int nextStatSn() {
        return statSn;
    }

    @Override
    public int expCmdSn() {
        return session.window().expected();
    }

    @Override
    public int maxCmdSn() {
        toldMaximum = session.window().maximum();
        return toldMaximum;
    }

    private void send(ResponsePdu pdu, OutboundPdu place, boolean carriesStatus) {
        session.openWindow();
        TargetCommandWindow window = session.window();
        pdu.setNumbers(statSn, window.expected(), window.maximum());
        toldMaximum = window.maximum();
        if (carriesStatus) {
            statSn++;
        }
        datamover.sendControl(place);
    }

    // SCSI Response.

    void scsiResponse(TargetTask task) {
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            task.isResponseWaiting = true;
            waiting.add(task);
        } else {
            writeScsiResponse(task, place);
        }
    }

    private void writeScsiResponse(TargetTask task, @Nullable OutboundPdu place) {
        if (place == null) {
            return;
        }
        session.responding(task);
        scsiResponse.begin(place.segment(), place.headerOffset());
        scsiResponse.setInitiatorTaskTag(task.initiatorTaskTag());
        scsiResponse.setStatus(task.status);
        setResidual(task);
        // RFC 7143 section 11.4.7: SenseLength, then sense data
        int sense = Math.min(Math.min(task.senseLength, MAX_SENSE), place.capacity() - 2);
        if (sense > 0) {
            MemorySegment segment = place.segment();
            long at = place.headerOffset() + Pdu.HEADER_LENGTH;
            segment.set(ValueLayout.JAVA_BYTE, at, (byte) (sense >>> 8));
            segment.set(ValueLayout.JAVA_BYTE, at + 1, (byte) sense);
            MemorySegment.copy(task.sense, 0, segment, ValueLayout.JAVA_BYTE, at + 2, sense);
            setData(scsiResponse, place, sense + 2);
        }
        statistics.responses++;
        if (task.status == TargetTask.CHECK_CONDITION) {
            statistics.checkConditions++;
        }
        send(scsiResponse, place, true);
        session.responded(task);
    }

    /** RFC 7143 section 11.4.5: what the command called for against what the initiator expected. */
    private void setResidual(TargetTask task) {
        long residual = task.transferLength - task.expectedDataTransferLength();
        if (residual > 0) {
            scsiResponse.setOverflow(true);
            scsiResponse.setResidualCount(Math.min(residual, 0xFFFF_FFFFL));
        } else if (residual < 0) {
            scsiResponse.setUnderflow(true);
            scsiResponse.setResidualCount(-residual);
        }
    }

    // The others: rare, so that what waits may be a lambda.

    void taskManagementResponse(int initiatorTaskTag, TaskManagementResponseCode code) {
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            later(() -> writeTaskManagementResponse(initiatorTaskTag, code, claim()));
        } else {
            writeTaskManagementResponse(initiatorTaskTag, code, place);
        }
    }

    private void writeTaskManagementResponse(
            int initiatorTaskTag, TaskManagementResponseCode code, @Nullable OutboundPdu place) {
        if (place != null) {
            taskManagementResponse.begin(place.segment(), place.headerOffset());
            taskManagementResponse.setInitiatorTaskTag(initiatorTaskTag);
            taskManagementResponse.setResponse(code);
            send(taskManagementResponse, place, true);
        }
    }

    /** Answers a NOP-Out with its data, as far as they fit what may be sent (RFC 7143 section 11.18). */
    void echo(NopOutPdu ping, InboundPdu pdu) {
        int initiatorTaskTag = ping.initiatorTaskTag();
        long lun = ping.lun();
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            InboundPdu kept = pdu.retain();
            boolean queued = later(() -> {
                OutboundPdu free = claim();
                if (free != null) {
                    writeEcho(initiatorTaskTag, lun, kept, free);
                }
                kept.release();
            });
            if (!queued) {
                kept.release();
            }
        } else {
            writeEcho(initiatorTaskTag, lun, pdu, place);
        }
    }

    private void writeEcho(int initiatorTaskTag, long lun, InboundPdu pdu, OutboundPdu place) {
        nopIn.begin(place.segment(), place.headerOffset());
        nopIn.setInitiatorTaskTag(initiatorTaskTag);
        nopIn.setTargetTransferTag(Pdu.RESERVED_TAG);
        nopIn.setLun(lun);
        copyData(nopIn, place, pdu.segment(), pdu.dataOffset(), pdu.dataLength());
        send(nopIn, place, true);
    }

    /**
     * Sends a NOP-In of the target's own (RFC 7143 section 11.19): it has no status.
     *
     * @param targetTransferTag asks for an answer; the reserved tag asks for none
     * @return false if it cannot be sent now
     */
    boolean nopIn(int targetTransferTag) {
        if (!mayBegin || mustWait() || datamover.unexpectedCredits() < 1) {
            return false;
        }
        OutboundPdu place = claim();
        if (place == null) {
            return false;
        }
        nopIn.begin(place.segment(), place.headerOffset());
        nopIn.setInitiatorTaskTag(Pdu.RESERVED_TAG);
        nopIn.setTargetTransferTag(targetTransferTag);
        send(nopIn, place, false);
        return true;
    }

    /** RFC 7143 section 11.4.11: a window that was closed and opens with nothing to send opens by a NOP-In. */
    void openWindowUnasked() {
        session.openWindow();
        TargetCommandWindow window = session.window();
        boolean closedForPeer = toldMaximum == window.expected() - 1 && !session.isDiscovery();
        if (closedForPeer && window.size() > 0 && datamover.unexpectedCredits() > 1) {
            nopIn(Pdu.RESERVED_TAG);
        }
    }

    /** @param targetTransferTag the reserved tag ends the exchange */
    void text(int initiatorTaskTag, long lun, int targetTransferTag, byte[] segment, boolean continued) {
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            later(() -> writeText(initiatorTaskTag, lun, targetTransferTag, segment, continued, claim()));
        } else {
            writeText(initiatorTaskTag, lun, targetTransferTag, segment, continued, place);
        }
    }

    private void writeText(
            int initiatorTaskTag,
            long lun,
            int targetTransferTag,
            byte[] segment,
            boolean continued,
            @Nullable OutboundPdu place) {
        if (place != null) {
            textResponse.begin(place.segment(), place.headerOffset());
            textResponse.setInitiatorTaskTag(initiatorTaskTag);
            textResponse.setLun(lun);
            // RFC 7143 section 11.11.1: F = 1 if and only if there is no Target Transfer Tag
            textResponse.setFinal(targetTransferTag == Pdu.RESERVED_TAG);
            textResponse.setContinued(continued);
            textResponse.setTargetTransferTag(targetTransferTag);
            copyData(textResponse, place, MemorySegment.ofArray(segment), 0, segment.length);
            send(textResponse, place, true);
        }
    }

    /** @param then runs once it was handed to the datamover */
    void logout(int initiatorTaskTag, LogoutResponseCode code, int time2Wait, int time2Retain, Runnable then) {
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            later(() -> writeLogout(initiatorTaskTag, code, time2Wait, time2Retain, then, claim()));
        } else {
            writeLogout(initiatorTaskTag, code, time2Wait, time2Retain, then, place);
        }
    }

    private void writeLogout(
            int initiatorTaskTag,
            LogoutResponseCode code,
            int time2Wait,
            int time2Retain,
            Runnable then,
            @Nullable OutboundPdu place) {
        if (place != null) {
            logoutResponse.begin(place.segment(), place.headerOffset());
            logoutResponse.setInitiatorTaskTag(initiatorTaskTag);
            logoutResponse.setResponse(code);
            logoutResponse.setTime2Wait(time2Wait);
            logoutResponse.setTime2Retain(time2Retain);
            send(logoutResponse, place, true);
            then.run();
        }
    }

    /** Rejects a PDU, with its header (RFC 7143 section 11.17), unless the initiator has no room for it (RFC 7145 section 8.1). */
    void reject(RejectReason reason, InboundPdu pdu) {
        statistics.rejects++;
        switch (reason) {
            case PROTOCOL_ERROR, INVALID_PDU_FIELD, COMMAND_NOT_SUPPORTED, TASK_IN_PROGRESS ->
                statistics.protocolErrors++;
            default -> {}
        }
        if (datamover.unexpectedCredits() <= 1) {
            LOG.debug("{}: rejects a PDU ({}), silently: the initiator takes no more unexpected PDUs", session, reason);
            return;
        }
        int header = Pdu.HEADER_LENGTH + pdu.ahsLength();
        byte[] copy = new byte[header];
        MemorySegment.copy(pdu.segment(), ValueLayout.JAVA_BYTE, pdu.headerOffset(), copy, 0, header);
        tellRejection(copy[0] & 0x3F, reason);
        OutboundPdu place = mustWait() ? null : claim();
        if (place == null) {
            later(() -> {
                // others before it may have taken what room the initiator had
                if (datamover.unexpectedCredits() > 1) {
                    writeReject(reason, copy, claim());
                }
            });
        } else {
            writeReject(reason, copy, place);
        }
    }

    private void tellRejection(int opcode, RejectReason reason) {
        if (toldRejection) {
            LOG.debug("{}: rejects a PDU with opcode 0x{}: {}", session, Integer.toHexString(opcode), reason);
            return;
        }
        toldRejection = true;
        connection.info(
                () -> LOG.info("{}: rejects a PDU with opcode 0x{}: {}", session, Integer.toHexString(opcode), reason));
    }

    private void writeReject(RejectReason reason, byte[] header, @Nullable OutboundPdu place) {
        if (place != null) {
            rejectPdu.begin(place.segment(), place.headerOffset());
            rejectPdu.setReason(reason);
            copyData(rejectPdu, place, MemorySegment.ofArray(header), 0, header.length);
            send(rejectPdu, place, true);
        }
    }

    /** Sends an Async Message; returns false if it cannot be sent now. */
    boolean async(AsyncEvent event, int parameter1, int parameter2, int parameter3) {
        if (!mayBegin || mustWait() || datamover.unexpectedCredits() <= 1) {
            return false;
        }
        OutboundPdu place = claim();
        if (place == null) {
            return false;
        }
        asyncMessage.begin(place.segment(), place.headerOffset());
        asyncMessage.setAsyncEvent(event);
        asyncMessage.setParameter1(parameter1);
        asyncMessage.setParameter2(parameter2);
        asyncMessage.setParameter3(parameter3);
        send(asyncMessage, place, true);
        return true;
    }

    /** Queues a response; false if it will never be sent. */
    private boolean later(Runnable response) {
        if (!closed && waiting.size() >= mostWaiting) {
            connection.terminate("does not take its responses");
        }
        return !closed && waiting.add(response);
    }

    private static void copyData(ResponsePdu pdu, OutboundPdu place, MemorySegment from, long offset, int length) {
        int octets = Math.min(length, place.capacity());
        MemorySegment.copy(
                from,
                ValueLayout.JAVA_BYTE,
                offset,
                place.segment(),
                ValueLayout.JAVA_BYTE,
                place.headerOffset() + Pdu.HEADER_LENGTH,
                octets);
        setData(pdu, place, octets);
    }

    /** Sets the length of data that stand behind the header, and pads them with zeros. */
    private static void setData(ResponsePdu pdu, OutboundPdu place, int octets) {
        pdu.setDataSegmentLength(octets);
        int padded = Math.min(octets + 3 & ~3, place.capacity());
        long at = place.headerOffset() + Pdu.HEADER_LENGTH;
        for (int i = octets; i < padded; i++) {
            place.segment().set(ValueLayout.JAVA_BYTE, at + i, (byte) 0);
        }
    }
}
