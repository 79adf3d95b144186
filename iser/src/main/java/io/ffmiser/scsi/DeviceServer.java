package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands of a logical unit, each in its nexus's {@link TaskSet}: their number is bounded over all, and a {@link CommandTable}
 * dispatches them.
 */
abstract sealed class DeviceServer implements LogicalUnit permits DiskLogicalUnit, TargetCommands {
    private final int maxTasks;
    private final ArrayList<Task> free = new ArrayList<>();
    private final ArrayList<Nexus> nexuses = new ArrayList<>();
    /** In all task sets. */
    private int tasks;

    DeviceServer(int maxTasks) {
        this.maxTasks = maxTasks;
    }

    /** What it is called in logs. */
    abstract String name();

    abstract CommandTable table();

    /** Whether sense data has the descriptor format (control mode page, D_SENSE). */
    abstract boolean isDescriptorSense();

    /** Whether START STOP UNIT has stopped it. */
    abstract boolean isStopped();

    /** Ends a command that is not in the table. */
    void unknownCommand(Task task) {
        int opcode = Cdb.octet(task.cdb(), 0);
        if (table().hasOpcode(opcode)) {
            task.invalidField(1, 4);
        } else {
            task.fail(Sense.INVALID_OPERATION_CODE, Sense.NONE, Sense.cdbField(0));
        }
    }

    /** The nexuses that are established. */
    final List<Nexus> nexuses() {
        return nexuses;
    }

    @Override
    public final void execute(ScsiCommand command) {
        if (isFullFor(command.nexus())) {
            command.setStatus(ScsiCommand.TASK_SET_FULL);
            command.setTransferLength(0);
            command.transport().sendCommandComplete(command);
            return;
        }
        Task task = free.isEmpty() ? new Task(this) : free.remove(free.size() - 1);
        task.enter(command);
        tasks++;
        if (command.nexus().tasks.enter(task)) {
            start(task);
        }
    }

    /**
     * One nexus among several leaves as many places free as it takes, so that the next finds some: SAM-5 section 5.3.1 has TASK SET FULL
     * for a nexus that has commands in the task set.
     */
    private boolean isFullFor(Nexus nexus) {
        int left = maxTasks - tasks;
        int taken = nexus.tasks.size();
        return left <= 0 || (nexuses.size() > 1 && taken > 0 && taken >= left);
    }

    /** Runs a task, which its task set has let go. */
    final void start(Task task) {
        task.setRunning();
        CommandHandler handler = null;
        try {
            handler = admit(task);
        } catch (RuntimeException | Error e) {
            task.broken(e);
        }
        task.run(handler);
    }

    /** Finds the handler, or ends the task and returns null. */
    private @Nullable CommandHandler admit(Task task) {
        ScsiCommand command = task.command();
        byte[] cdb = command.cdb();
        if (command.attribute() == ScsiCommand.TaskAttribute.ACA) {
            // SAM-5 section 8.9.5: without an ACA condition; it is never established here (NormACA is zero).
            task.fail(Sense.INVALID_MESSAGE);
            return null;
        }
        CommandTable.Entry entry = command.cdbLength() < 6 ? null : table().find(cdb[0] & 0xFF, cdb[1] & 0x1F);
        if (entry == null || entry.reportsUnitAttention()) {
            int attention = command.nexus().takeUnitAttention();
            if (attention >= 0) {
                task.fail(Sense.unitAttention(attention));
                return null;
            }
        }
        if (entry == null) {
            unknownCommand(task);
            return null;
        }
        if (command.cdbLength() < entry.cdbLength()) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return null;
        }
        int unused = entry.firstUnusedOctetSet(cdb);
        if (unused >= 0) {
            int wrong = cdb[unused] & 0xFF & ~entry.mask(unused);
            task.invalidField(unused, 31 - Integer.numberOfLeadingZeros(wrong));
            return null;
        }
        if (entry.needsStarted() && isStopped()) {
            task.fail(Sense.INITIALIZING_COMMAND_REQUIRED);
            return null;
        }
        return entry.handler();
    }

    /** A task that ran has left its set; {@link TaskSet#startWaiting} is due once it is over. */
    final void taskEnded(ScsiCommand command) {
        tasks--;
        command.nexus().tasks.ended(command.attribute());
    }

    final void recycle(Task task) {
        free.add(task);
    }

    private static Task taskOf(ScsiCommand command) {
        if (command.deviceServerContext instanceof Task task) {
            return task;
        }
        throw new IllegalStateException("the command is not in the task set");
    }

    @Override
    public final void bufferGranted(ScsiCommand command, RegisteredMemory memory, long offset, int length) {
        taskOf(command).bufferGranted(memory, offset, length);
    }

    @Override
    public final void dataInDelivered(ScsiCommand command) {
        taskOf(command).dataInDelivered();
    }

    @Override
    public final void dataOutReceived(ScsiCommand command) {
        taskOf(command).dataOutReceived();
    }

    @Override
    public final void abort(ScsiCommand command, AbortListener listener) {
        if (!(command.deviceServerContext instanceof Task task)) {
            listener.aborted(command);
            return;
        }
        if (task.isWaiting()) {
            TaskSet set = command.nexus().tasks;
            set.leave(task);
            tasks--;
            task.leaveWaiting();
            try {
                listener.aborted(command);
            } finally {
                set.startWaiting(this);
            }
            return;
        }
        task.abort(listener);
    }

    @Override
    public final boolean isInStore(ScsiCommand command) {
        return command.deviceServerContext instanceof Task task && task.isInStore();
    }

    @Override
    public void nexusEstablished(Nexus nexus) {
        nexuses.add(nexus);
        nexus.addUnitAttention(UnitAttention.POWER_ON_OR_RESET);
    }

    @Override
    public void nexusLost(Nexus nexus) {
        nexuses.remove(nexus);
    }

    @Override
    public void reset() {
        raiseUnitAttention(UnitAttention.BUS_DEVICE_RESET_FUNCTION_OCCURRED, null);
    }

    /** Makes a unit attention pending for every nexus but one. */
    final void raiseUnitAttention(int ascAndAscq, @Nullable Nexus except) {
        for (Nexus nexus : nexuses) {
            if (nexus != except) {
                nexus.addUnitAttention(ascAndAscq);
            }
        }
    }
}
