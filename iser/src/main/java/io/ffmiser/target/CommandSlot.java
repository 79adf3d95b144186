package io.ffmiser.target;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.session.TargetTask;
import io.ffmiser.scsi.LogicalUnit;
import io.ffmiser.scsi.Nexus;
import io.ffmiser.scsi.ScsiCommand;
import io.ffmiser.scsi.ScsiCommand.TaskAttribute;
import io.ffmiser.scsi.TransportServices;
import org.jspecify.annotations.Nullable;

/** Ties a task of the session layer to the command of the SCSI layer: made once for each task object, and reused with it. */
final class CommandSlot implements LogicalUnit.AbortListener {
    private static final TaskAttribute[] ATTRIBUTES = {
        // RFC 7143 section 11.3.1: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA; the rest reserved
        TaskAttribute.SIMPLE,
        TaskAttribute.SIMPLE,
        TaskAttribute.ORDERED,
        TaskAttribute.HEAD_OF_QUEUE,
        TaskAttribute.ACA,
        TaskAttribute.SIMPLE,
        TaskAttribute.SIMPLE,
        TaskAttribute.SIMPLE
    };

    final TargetTask task;
    final ScsiCommand command = new ScsiCommand();
    /** What a command that waits for a chunk asked for. */
    int wantedLength;

    private @Nullable LogicalUnit unit;
    private @Nullable CommandEvent event;

    private CommandSlot(TargetTask task) {
        this.task = task;
        command.setTransportContext(this);
    }

    static CommandSlot of(TargetTask task) {
        if (task.context() instanceof CommandSlot slot) {
            return slot;
        }
        CommandSlot slot = new CommandSlot(task);
        task.setContext(slot);
        return slot;
    }

    static CommandSlot of(ScsiCommand command) {
        if (command.transportContext() instanceof CommandSlot slot) {
            return slot;
        }
        throw new IllegalArgumentException("not a command of this transport");
    }

    LogicalUnit unit() {
        LogicalUnit current = unit;
        if (current == null) {
            throw new IllegalStateException("the command has not begun");
        }
        return current;
    }

    void execute(LogicalUnit newUnit, Nexus nexus, TransportServices transport) {
        unit = newUnit;
        int cdbLength = task.copyCdb(command.cdb());
        command.begin(nexus, transport, cdbLength, ATTRIBUTES[task.attribute()], task.readLength(), task.writeLength());
        if (CommandEvent.isOn()) {
            event = CommandEvent.begin(nexus, task, command.cdb()[0] & 0xFF);
        }
        newUnit.execute(command);
    }

    /** Whether a store may still use its buffers. */
    boolean isInStore() {
        LogicalUnit current = unit;
        return current != null && current.isInStore(command);
    }

    void complete() {
        finishEvent(command.status());
        task.complete(command.status(), command.sense(), command.senseLength(), command.transferLength());
    }

    @Override
    public void aborted(ScsiCommand aborted) {
        finishEvent(-1);
        task.abortCompleted();
    }

    @Override
    public String toString() {
        LoginIdentity login = task.session().identity();
        return String.format(
                "operation 0x%02x of %s, task tag 0x%x, at LUN %d of %s",
                command.cdb()[0],
                login.initiatorName(),
                task.initiatorTaskTag(),
                LogicalUnitNumber.decode(task.lun()),
                login.targetName());
    }

    private void finishEvent(int status) {
        CommandEvent current = event;
        if (current != null) {
            event = null;
            current.finish(status, command.transferLength());
        }
    }
}
