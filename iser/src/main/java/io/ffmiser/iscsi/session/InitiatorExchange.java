package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A request of an initiator that is no SCSI Command, from the wish to the answer: ping, task management, text, logout. Used once; these
 * are rare, so they may allocate.
 */
final class InitiatorExchange {
    enum Kind {
        PING,
        TASK_MANAGEMENT,
        TEXT,
        LOGOUT
    }

    final Kind kind;
    final InitiatorAnswer answer;
    /** In observed time; the whole exchange must be over by then. */
    final long deadline;

    TaskManagementFunction function = TaskManagementFunction.ABORT_TASK;
    long lun;
    /** Of ABORT TASK: the task, until it has ended otherwise. */
    @Nullable
    InitiatorTask task;

    int referencedTaskTag = Pdu.RESERVED_TAG;
    int refCmdSn;

    byte[] text = {};
    int textSent;
    /** Where the piece begins that was sent last. */
    int textPiece;

    int targetTransferTag = Pdu.RESERVED_TAG;
    long textLun;
    /**
     * Whether it waits to send the next Text Request of its sequence: all have one Initiator Task Tag and the same I bit (RFC 7143
     * section 11.10.3), so that it keeps its slot meanwhile.
     */
    boolean continuing;

    int slot = -1;
    final ByteArrayOutputStream textReceived = new ByteArrayOutputStream();

    /** Whether it carries a CmdSN that a rejected command left free (S11), {@link #cmdSn}. */
    boolean plugsGap;

    /** Whether the target had no room for it as an immediate request. */
    boolean refusedImmediate;

    /** Whether it was sent as an immediate request, which uses up no CmdSN. */
    boolean immediate;

    int cmdSn;

    InitiatorExchange(Kind kind, long deadline, InitiatorAnswer answer) {
        this.kind = kind;
        this.deadline = deadline;
        this.answer = answer;
    }

    String describe() {
        return switch (kind) {
            case PING -> "NOP-Out";
            case TASK_MANAGEMENT -> function.toString();
            case TEXT -> "Text Request";
            case LOGOUT -> "Logout Request";
        };
    }
}
