package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.LogoutRequestPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ProtocolError;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.RequestPdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import org.jspecify.annotations.Nullable;

/**
 * Takes the requests of one connection in full feature phase: puts them in CmdSN order, checks them, and passes them on. What cannot be
 * accepted is rejected and counts as not received (RFC 7143 section 11.17).
 */
final class TargetRequests {
    // RFC 7143 section 11.4.7.2: sense key, ASC, ASCQ
    private static final int UNEXPECTED_UNSOLICITED_DATA = 0x0B0C0C;
    private static final int INCORRECT_AMOUNT_OF_DATA = 0x0B0C0D;
    /** ILLEGAL REQUEST, INVALID COMMAND OPERATION CODE: no command of ours is bidirectional. */
    private static final int INVALID_OPCODE = 0x052000;

    private final TargetConnection connection;
    private final TargetSession session;
    private final TargetResponses responses;
    private final TargetCommandWindow window;
    private final NegotiatedParameters parameters;
    private final int unsolicitedPdus;
    private final TargetText text;
    private final Pdu header = new Pdu();
    private final RequestPdu numbered = new RequestPdu();
    private final ScsiCommandPdu command = new ScsiCommandPdu();
    private final AdditionalHeaderSegments ahs = new AdditionalHeaderSegments();
    private final DataOutPdu dataOut = new DataOutPdu();
    private final NopOutPdu nopOut = new NopOutPdu();
    private final TextRequestPdu textRequest = new TextRequestPdu();
    private final LogoutRequestPdu logoutRequest = new LogoutRequestPdu();
    private final TaskManagementRequestPdu taskManagementRequest = new TaskManagementRequestPdu();
    private boolean draining;

    TargetRequests(TargetConnection connection, TargetSession session, TargetResponses responses, TargetText text) {
        this.connection = connection;
        this.session = session;
        this.responses = responses;
        this.window = session.window();
        this.parameters = session.parameters();
        this.unsolicitedPdus = TargetResources.unsolicitedPdus(parameters);
        this.text = text;
    }

    /** Control_Notify. */
    void receive(InboundPdu pdu) {
        header.wrap(pdu.segment(), pdu.headerOffset());
        Opcode opcode = header.opcode();
        if (opcode == null) {
            responses.reject(RejectReason.COMMAND_NOT_SUPPORTED, pdu);
            return;
        }
        switch (opcode) {
            case DATA_OUT -> dataOut(pdu);
            case SCSI_COMMAND, TASK_MANAGEMENT_REQUEST, NOP_OUT, TEXT_REQUEST, LOGOUT_REQUEST -> inOrder(pdu, opcode);
            // RFC 7145 section 7.3.9 and 7.3.11, RFC 7143 section 6.3
            default -> responses.reject(RejectReason.PROTOCOL_ERROR, pdu);
        }
    }

    /** RFC 7143 section 4.2.2.1: numbered requests in their turn, immediate ones at once, those outside the window never. */
    private void inOrder(InboundPdu pdu, Opcode opcode) {
        if (header.isImmediate()) {
            RejectReason reason = refusal(pdu, opcode);
            if (reason != null) {
                responses.reject(reason, pdu);
                forget(pdu, opcode);
            }
            return;
        }
        numbered.wrap(pdu.segment(), pdu.headerOffset());
        int cmdSn = numbered.cmdSn();
        if (!window.contains(cmdSn)) {
            forget(pdu, opcode);
        } else if (cmdSn == window.expected()) {
            if (acceptInTurn(pdu, opcode)) {
                drain();
            }
        } else if (window.isKnown(cmdSn)) {
            forget(pdu, opcode);
        } else if (opcode == Opcode.SCSI_COMMAND && ownsMapping(numbered.initiatorTaskTag())) {
            responses.reject(RejectReason.TASK_IN_PROGRESS, pdu);
        } else {
            window.hold(cmdSn, pdu);
        }
    }

    /**
     * A request is not executed: what the datamover remembers of a SCSI Command goes with it (RFC 7145 section 7.3.1), unless another
     * command has the tag, whose mapping it is then.
     */
    private void forget(InboundPdu pdu, Opcode opcode) {
        if (opcode == Opcode.SCSI_COMMAND) {
            header.wrap(pdu.segment(), pdu.headerOffset());
            int tag = header.initiatorTaskTag();
            if (!ownsMapping(tag)) {
                connection.datamover().deallocateTaskResources(tag);
            }
        }
    }

    /** Whether a command in progress, or one that waits for its turn, has the tag. */
    private boolean ownsMapping(int initiatorTaskTag) {
        return session.table().get(initiatorTaskTag) != null || window.holdsCommand(initiatorTaskTag);
    }

    /** ABORT TASK named a command that has not been executed: its number counts as received. */
    void skip(int cmdSn) {
        InboundPdu waiting = window.skip(cmdSn);
        if (waiting != null) {
            header.wrap(waiting.segment(), waiting.headerOffset());
            Opcode opcode = header.opcode();
            int tag = header.initiatorTaskTag();
            if (opcode != null) {
                forget(waiting, opcode);
            }
            waiting.release();
            if (opcode == Opcode.SCSI_COMMAND) {
                passData(tag, false);
            }
        }
        drain();
    }

    /** Accepts the requests that waited for the one before them. */
    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        InboundPdu next = window.takeNext();
        while (next != null) {
            header.wrap(next.segment(), next.headerOffset());
            Opcode opcode = header.opcode();
            int tag = header.initiatorTaskTag();
            boolean accepted = opcode != null && acceptInTurn(next, opcode);
            next.release();
            if (opcode == Opcode.SCSI_COMMAND) {
                passData(tag, accepted);
            }
            next = accepted ? window.takeNext() : null;
        }
        draining = false;
        TargetTaskManagement management = session.taskManagement();
        if (management != null) {
            management.taskEnded();
        }
    }

    /** A SCSI Command that was held has come to its turn, or to its end: so does the data that came meanwhile. */
    private void passData(int initiatorTaskTag, boolean accepted) {
        InboundPdu data = window.takeData(initiatorTaskTag);
        while (data != null) {
            if (accepted) {
                dataOut(data);
            }
            data.release();
            data = window.takeData(initiatorTaskTag);
        }
    }

    /** Returns false if it was rejected: its CmdSN stays open. */
    private boolean acceptInTurn(InboundPdu pdu, Opcode opcode) {
        window.take();
        RejectReason reason = refusal(pdu, opcode);
        if (reason != null) {
            window.untake();
            responses.reject(reason, pdu);
            forget(pdu, opcode);
            return false;
        }
        window.passSkipped();
        return true;
    }

    private @Nullable RejectReason refusal(InboundPdu pdu, Opcode opcode) {
        if (connection.isLoggingOut()) {
            return RejectReason.WAITING_FOR_LOGOUT;
        }
        if (session.isDiscovery() && opcode != Opcode.TEXT_REQUEST && opcode != Opcode.LOGOUT_REQUEST) {
            // RFC 7143 section 4.3: a discovery session is for SendTargets and Logout
            return RejectReason.PROTOCOL_ERROR;
        }
        return switch (opcode) {
            case SCSI_COMMAND -> command(pdu);
            case TASK_MANAGEMENT_REQUEST -> taskManagement(pdu);
            case NOP_OUT -> nopOut(pdu);
            case TEXT_REQUEST -> {
                textRequest.wrap(pdu.segment(), pdu.headerOffset());
                yield isTagInUse(textRequest.initiatorTaskTag())
                        ? RejectReason.TASK_IN_PROGRESS
                        : text.receive(textRequest, pdu);
            }
            case LOGOUT_REQUEST -> {
                logoutRequest.wrap(pdu.segment(), pdu.headerOffset());
                yield isTagInUse(logoutRequest.initiatorTaskTag())
                        ? RejectReason.TASK_IN_PROGRESS
                        : connection.logout(logoutRequest);
            }
            default -> RejectReason.PROTOCOL_ERROR;
        };
    }

    private boolean isTagInUse(int initiatorTaskTag) {
        TargetTaskManagement management = session.taskManagement();
        return session.table().get(initiatorTaskTag) != null
                || (management != null && management.hasTag(session, initiatorTaskTag));
    }

    // SCSI Command and its data.

    private @Nullable RejectReason command(InboundPdu pdu) {
        command.wrap(pdu.segment(), pdu.headerOffset());
        ProtocolError error = ahs.wrap(pdu.segment(), pdu.headerOffset() + Pdu.HEADER_LENGTH, pdu.ahsLength());
        if (error != null) {
            return error.rejectReason();
        }
        boolean bidirectional = command.isRead() && command.isWrite();
        // RFC 7143 section 11.3.1: F or W is set; section 11.2.2.4: a read length comes with both R and W
        if (command.initiatorTaskTag() == Pdu.RESERVED_TAG
                || (!command.isFinal() && !command.isWrite())
                || bidirectional != (ahs.bidirectionalReadLength() >= 0)) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        if (isTagInUse(command.initiatorTaskTag()) || window.holdsCommand(command.initiatorTaskTag())) {
            return RejectReason.TASK_IN_PROGRESS;
        }
        int immediates = connection.settings().immediates();
        if (command.isImmediate() && session.immediateTasks() >= immediates - immediates / 2) {
            return RejectReason.IMMEDIATE_COMMAND_REJECT;
        }
        connection.statistics().commands++;
        TargetTask task = session.begin(connection, command, ahs);
        if (pdu.dataLength() > 0) {
            task.addPiece(pdu, false);
        }
        task.unsolicitedOpen = !command.isFinal();
        int fault = bidirectional ? INVALID_OPCODE : unsolicitedFault(task, pdu.dataLength());
        if (fault != 0) {
            connection.statistics().protocolErrors++;
            task.dropPieces(false);
            // Of data that may not come, nothing was kept while the command waited: perhaps the last of it has come.
            task.unsolicitedOpen &= !draining || !parameters.initialR2t();
            task.ownSense = fault;
            task.completeOwn();
            session.completed(task);
            return null;
        }
        session.grow(connection);
        session.handler().execute(task);
        if (task.state == TargetTask.State.ACTIVE || task.state == TargetTask.State.ABORTING) {
            task.forgetCommand();
            if (task.pieceCount() > 0) {
                task.retainFirstPiece();
            }
        }
        return null;
    }

    /** RFC 7143 section 11.3.4 and 13.10 to 13.14: what may come unsolicited. */
    private int unsolicitedFault(TargetTask task, int immediateLength) {
        boolean immediateForbidden = !task.isWrite() || !parameters.immediateData();
        if ((immediateLength > 0 && immediateForbidden) || (task.unsolicitedOpen && parameters.initialR2t())) {
            return UNEXPECTED_UNSOLICITED_DATA;
        }
        long most = Math.min(parameters.firstBurstLength(), task.writeLength());
        if (immediateLength > most || (task.unsolicitedOpen && immediateLength >= most)) {
            return INCORRECT_AMOUNT_OF_DATA;
        }
        return 0;
    }

    /** RFC 7143 section 11.7; over iSER only unsolicited ones travel. */
    private void dataOut(InboundPdu pdu) {
        dataOut.wrap(pdu.segment(), pdu.headerOffset());
        if (session.isDiscovery()) {
            responses.reject(RejectReason.PROTOCOL_ERROR, pdu);
            return;
        }
        if (dataOut.targetTransferTag() != Pdu.RESERVED_TAG) {
            responses.reject(RejectReason.INVALID_PDU_FIELD, pdu);
            return;
        }
        TargetTask task = session.table().get(dataOut.initiatorTaskTag());
        if (task == null && window.holdsCommand(dataOut.initiatorTaskTag())) {
            holdData(pdu);
            return;
        }
        if (task == null) {
            // The rest of what was aborted.
            return;
        }
        boolean announced = task.unsolicitedOpen;
        task.unsolicitedOpen = !dataOut.isFinal() && (announced || task.state == TargetTask.State.ACTIVE);
        if (task.state != TargetTask.State.ACTIVE) {
            if (announced && !task.unsolicitedOpen) {
                // All that belongs to a command that failed was discarded.
                session.transfersAdvanced(task);
            }
            return;
        }
        if (!announced) {
            session.fail(task, UNEXPECTED_UNSOLICITED_DATA);
            return;
        }
        long most = Math.min(parameters.firstBurstLength(), task.writeLength());
        long total = task.unsolicited + pdu.dataLength();
        boolean inOrder = dataOut.bufferOffset() == task.unsolicited && dataOut.dataSn() == task.nextDataSn;
        // RFC 7143 section 11.3.4: all that may come unsolicited does, and the last PDU is marked
        if (!inOrder || total > most || dataOut.isFinal() != (total == most) || pdu.dataLength() == 0) {
            session.fail(task, INCORRECT_AMOUNT_OF_DATA);
            return;
        }
        task.nextDataSn++;
        task.addPiece(pdu, true);
        if (!task.unsolicitedOpen) {
            connection.data().advance(task);
        }
    }

    /**
     * Data-Out PDUs have no CmdSN: they come when they come, while their command waits for its turn. What was not negotiated is not kept:
     * a command that announces it fails in its turn.
     */
    private void holdData(InboundPdu pdu) {
        if (!parameters.initialR2t() && !window.holdData(pdu, unsolicitedPdus)) {
            // RFC 7145 section 7.3.4: the first burst comes in full PDUs; more would take receives of others
            connection.statistics().protocolErrors++;
            connection.terminate("more unsolicited data than may come before its command's turn");
        }
    }

    // The others.

    private @Nullable RejectReason taskManagement(InboundPdu pdu) {
        taskManagementRequest.wrap(pdu.segment(), pdu.headerOffset());
        TargetTaskManagement management = session.taskManagement();
        if (management == null) {
            return RejectReason.PROTOCOL_ERROR;
        }
        int tag = taskManagementRequest.initiatorTaskTag();
        if (tag == Pdu.RESERVED_TAG || !taskManagementRequest.isFinal()) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        if (isTagInUse(tag)) {
            return RejectReason.TASK_IN_PROGRESS;
        }
        int most = taskManagementRequest.isImmediate()
                ? Math.max(1, connection.settings().immediates() / 2)
                : session.commandWindow();
        if (management.pendingOf(session) >= most) {
            return taskManagementRequest.isImmediate()
                    ? RejectReason.IMMEDIATE_COMMAND_REJECT
                    : RejectReason.LONG_OPERATION_REJECT;
        }
        connection.statistics().taskManagement++;
        management.request(session, connection, taskManagementRequest);
        return null;
    }

    private @Nullable RejectReason nopOut(InboundPdu pdu) {
        nopOut.wrap(pdu.segment(), pdu.headerOffset());
        if (nopOut.initiatorTaskTag() == Pdu.RESERVED_TAG) {
            // RFC 7143 section 11.18: no answer is wanted, so it is immediate
            if (!nopOut.isImmediate()) {
                return RejectReason.PROTOCOL_ERROR;
            }
            connection.pingAnswered(nopOut.targetTransferTag());
            return null;
        }
        if (isTagInUse(nopOut.initiatorTaskTag())) {
            return RejectReason.TASK_IN_PROGRESS;
        }
        if (nopOut.targetTransferTag() != Pdu.RESERVED_TAG) {
            return RejectReason.INVALID_PDU_FIELD;
        }
        responses.echo(nopOut, pdu);
        return null;
    }
}
