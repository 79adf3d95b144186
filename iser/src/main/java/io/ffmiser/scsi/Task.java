package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One command in a task set: its handler's variables, its buffers, and the rule that neither status nor abort is told before store and
 * wire use none of them (only data that is being sent may be outstanding when a good status goes out behind it). Pooled.
 *
 * <p>Answers may arrive during the call that asked; {@link #pump} turns that into a loop, so that a long transfer needs no deep stack.
 */
final class Task {
    private static final Logger LOG = LoggerFactory.getLogger(Task.class);

    /** Each command that meets a bad block, a full disk, or a fault of ours, has a line. */
    private static final LineLimit FAILURE_LOG =
            new LineLimit(System::nanoTime, lines -> LOG.warn("{} lines about commands that failed left out", lines));

    private enum Phase {
        FREE,
        WAITING,
        RUNNING,
        STATUS_DUE,
        STATUS_SENT,
        ABORTING
    }

    private final DeviceServer server;
    final TaskBuffer first = new TaskBuffer(this);
    final TaskBuffer second = new TaskBuffer(this);
    private Phase phase = Phase.FREE;
    private boolean pumping;
    private boolean again;
    /** What a handler has thrown; told once the task can be ended. */
    private @Nullable Throwable fault;

    private long tickets;
    private @Nullable ScsiCommand command;
    private @Nullable CommandHandler handler;
    private LogicalUnit.@Nullable AbortListener abortListener;

    /** Octets that the command calls for. */
    long transferLength;
    /** Octets that are moved: less where the application client's buffer is short. */
    long length;
    /** Where in the store the transfer begins. */
    long storeOffset;
    /** Octets given to a buffer, and octets done with. */
    long issued;

    long done;
    /** Handlers' own. */
    int step;

    boolean forced;
    boolean verifying;
    /** Reply data, a pattern, or a parameter list. */
    byte @Nullable [] data;

    Task(DeviceServer server) {
        this.server = server;
    }

    ScsiCommand command() {
        ScsiCommand current = command;
        if (current == null) {
            throw new IllegalStateException("the task is free");
        }
        return current;
    }

    TransportServices transport() {
        return command().transport();
    }

    byte[] cdb() {
        return command().cdb();
    }

    Nexus nexus() {
        return command().nexus();
    }

    long nextTicket() {
        return tickets++;
    }

    void enter(ScsiCommand newCommand) {
        command = newCommand;
        newCommand.deviceServerContext = this;
        phase = Phase.WAITING;
        transferLength = 0;
        length = 0;
        storeOffset = 0;
        issued = 0;
        done = 0;
        step = 0;
        forced = false;
        verifying = false;
        data = null;
    }

    boolean isWaiting() {
        return phase == Phase.WAITING;
    }

    /** Runs the handler; null where the server has ended the task itself with {@link #fail}. */
    void run(@Nullable CommandHandler newHandler) {
        if (newHandler != null) {
            handler = newHandler;
            try {
                newHandler.start(this);
            } catch (RuntimeException | Error e) {
                broken(e);
            }
        }
        pump();
    }

    /**
     * Something of ours has failed under the command, whoever called: it ends with CHECK CONDITION once store and wire are done with its
     * buffers, and nothing else is touched.
     */
    void broken(Throwable e) {
        fail(Sense.INTERNAL_TARGET_FAILURE);
        fault = e;
    }

    boolean isInStore() {
        return first.state() == TaskBuffer.State.STORING || second.state() == TaskBuffer.State.STORING;
    }

    /** How many of its buffers are being sent or received. */
    int onTheWire() {
        return (first.isOnTheWire() ? 1 : 0) + (second.isOnTheWire() ? 1 : 0);
    }

    void setRunning() {
        phase = Phase.RUNNING;
    }

    void pump() {
        if (pumping) {
            again = true;
            return;
        }
        pumping = true;
        try {
            do {
                again = false;
                CommandHandler current = handler;
                if (phase == Phase.RUNNING && current != null) {
                    advance(current);
                }
                if (phase != Phase.RUNNING) {
                    releaseQuiet(first);
                    releaseQuiet(second);
                }
            } while (again);
        } finally {
            // Whatever went wrong, the task can still be aborted.
            pumping = false;
        }
        Throwable wrong = fault;
        fault = null;
        settle();
        if (wrong != null) {
            FAILURE_LOG.write(LOG.isWarnEnabled(), () -> LOG.warn("{}: a command has failed", server.name(), wrong));
        }
    }

    private void advance(CommandHandler current) {
        try {
            current.advance(this);
        } catch (RuntimeException | Error e) {
            broken(e);
        }
    }

    private static void releaseQuiet(TaskBuffer buffer) {
        buffer.withdraw();
        if (buffer.state() != TaskBuffer.State.IDLE && !buffer.state().outstanding) {
            buffer.release();
        }
    }

    /** The last act of a task; nothing of it is touched afterwards, since the command may already be another's. */
    private void settle() {
        boolean quiet = !first.state().outstanding && !second.state().outstanding;
        switch (phase) {
            case STATUS_DUE -> {
                ScsiCommand ended = command();
                if (quiet || (ended.status() == ScsiCommand.GOOD && isOnlySending())) {
                    phase = Phase.STATUS_SENT;
                    TaskSet set = ended.nexus().tasks;
                    if (quiet) {
                        recycle();
                    }
                    server.taskEnded(ended);
                    try {
                        ended.transport().sendCommandComplete(ended);
                    } finally {
                        set.startWaiting(server);
                    }
                }
            }
            case STATUS_SENT -> {
                if (quiet) {
                    finishAbort(false);
                }
            }
            case ABORTING -> {
                if (quiet) {
                    finishAbort(true);
                }
            }
            default -> {
                // Free, waiting or running: nothing is due.
            }
        }
    }

    private boolean isOnlySending() {
        return isSendingOrQuiet(first) && isSendingOrQuiet(second);
    }

    private static boolean isSendingOrQuiet(TaskBuffer buffer) {
        return buffer.state() == TaskBuffer.State.SENDING || !buffer.state().outstanding;
    }

    private void finishAbort(boolean inTaskSet) {
        ScsiCommand ended = command();
        TaskSet set = ended.nexus().tasks;
        LogicalUnit.AbortListener listener = abortListener;
        recycle();
        if (inTaskSet) {
            server.taskEnded(ended);
        }
        try {
            if (listener != null) {
                listener.aborted(ended);
            }
        } finally {
            if (inTaskSet) {
                set.startWaiting(server);
            }
        }
    }

    private void recycle() {
        command().deviceServerContext = null;
        command = null;
        handler = null;
        abortListener = null;
        data = null;
        phase = Phase.FREE;
        server.recycle(this);
    }

    /** Ends a task that has not begun. */
    void leaveWaiting() {
        recycle();
    }

    void abort(LogicalUnit.AbortListener listener) {
        abortListener = listener;
        if (phase != Phase.STATUS_SENT) {
            phase = Phase.ABORTING;
        }
        pump();
    }

    void bufferGranted(RegisteredMemory memory, long offset, int granted) {
        oldest(TaskBuffer.State.REQUESTED).grant(memory, offset, granted);
        pump();
    }

    void dataInDelivered() {
        oldest(TaskBuffer.State.SENDING).answered(TaskBuffer.State.SENT);
        pump();
    }

    void dataOutReceived() {
        oldest(TaskBuffer.State.RECEIVING).answered(TaskBuffer.State.RECEIVED);
        pump();
    }

    private TaskBuffer oldest(TaskBuffer.State state) {
        boolean inFirst = first.state() == state;
        boolean inSecond = second.state() == state;
        if (!inFirst && !inSecond) {
            throw new IllegalStateException("no buffer of the task is " + state);
        }
        return inFirst && (!inSecond || first.ticket() < second.ticket()) ? first : second;
    }

    /** Ends with GOOD status. */
    void good() {
        if (phase == Phase.RUNNING) {
            command().setTransferLength(transferLength);
            command().setStatus(ScsiCommand.GOOD);
            phase = Phase.STATUS_DUE;
        }
    }

    /** Ends with CHECK CONDITION. */
    void fail(int condition) {
        fail(condition, Sense.NONE, Sense.NONE);
    }

    /** Ends with CHECK CONDITION; see {@link Sense#encode}. */
    void fail(int condition, long information, int keySpecific) {
        if (phase == Phase.RUNNING) {
            ScsiCommand ending = command();
            ending.setStatus(ScsiCommand.CHECK_CONDITION);
            ending.setSenseLength(
                    Sense.encode(ending.sense(), server.isDescriptorSense(), condition, information, keySpecific));
            ending.setTransferLength(done);
            phase = Phase.STATUS_DUE;
        }
    }

    /** Ends with INVALID FIELD IN CDB. */
    void invalidField(int octet, int bit) {
        fail(Sense.INVALID_FIELD_IN_CDB, Sense.NONE, Sense.cdbField(octet, bit));
    }

    /** Ends with INVALID FIELD IN CDB, for a field that begins at an octet. */
    void invalidField(int octet) {
        fail(Sense.INVALID_FIELD_IN_CDB, Sense.NONE, Sense.cdbField(octet));
    }

    /**
     * Ends the command where its client has less data than it calls for: nobody can tell whether CDB or length is wrong, so nothing is
     * written. True if it may go on.
     */
    boolean admitDataOut(long needed) {
        if (command().dataOutLength() < needed) {
            fail(Sense.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
            return false;
        }
        return true;
    }

    /** For a command whose last step is a flush by {@link #first}: whether it has succeeded. One that failed ends the task. */
    boolean hasFlushed() {
        if (first.state() != TaskBuffer.State.STORED) {
            return false;
        }
        StoreException failure = first.failure();
        if (failure != null) {
            failStore(failure, false, Sense.NONE);
        }
        return failure == null;
    }

    /** Ends for a store's failure. */
    void failStore(StoreException failure, boolean reading, long information) {
        FAILURE_LOG.write(LOG.isWarnEnabled(), () -> LOG.warn("{}: {}", server.name(), failure.getMessage()));
        if (failure.isOutOfSpace()) {
            fail(Sense.SPACE_ALLOCATION_FAILED);
        } else {
            fail(reading ? Sense.READ_ERROR : Sense.WRITE_ERROR, information, Sense.NONE);
        }
    }

    /**
     * Ends with GOOD status after sending parameter data.
     *
     * @param reply its octets, which the task keeps
     * @param replyLength how many of them are meant
     */
    void reply(byte[] reply, int replyLength, long allocationLength) {
        data = reply;
        transferLength = Math.min(replyLength, allocationLength);
        length = Math.min(transferLength, command().dataInLength());
        again = true;
        handler = ParameterDataIn.HANDLER;
    }

    /** Asks for a parameter list; {@link CommandHandler#parameters} of the handler follows. */
    void receiveParameters(CommandHandler then, int parameterListLength) {
        transferLength = parameterListLength;
        length = parameterListLength;
        if (admitDataOut(parameterListLength)) {
            handler = new ParameterListOut(then);
        }
    }

    /** Passes a received parameter list on. */
    void parametersArrived(CommandHandler then, byte[] list) {
        again = true;
        handler = then;
        then.parameters(this, list);
    }

    /** Copies the buffer's octets out. */
    static void copyOut(TaskBuffer from, byte[] to, int count) {
        MemorySegment.copy(from.segment(), ValueLayout.JAVA_BYTE, from.memoryOffset(), to, 0, count);
    }
}
