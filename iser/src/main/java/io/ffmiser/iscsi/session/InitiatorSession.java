package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.InitiatorDatamover;
import io.ffmiser.datamover.InitiatorDatamoverListener;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The initiator's side of a session in full feature phase, on its one connection, error recovery level 0 (RFC 7143 sections 4, 7 and 8):
 * keeps the command window, the tasks and their time limits, and ends the connection when the target breaks the protocol or does not
 * answer. It lives from {@link #begin} to {@link InitiatorSessionListener#ended}; what follows a lost connection is its owner's to
 * decide.
 *
 * <p>All on the poller's thread. Sending a command and taking its response allocates nothing.
 */
public final class InitiatorSession implements InitiatorDatamoverListener {
    private static final Logger LOG = LoggerFactory.getLogger(InitiatorSession.class);

    enum State {
        /** Login is under way. */
        NEW,
        ACTIVE,
        /** No new tasks; the Logout Request goes when the last one has ended. */
        FINISHING,
        /** Waits for the Logout Response. */
        LOGOUT_SENT,
        /** Waits for the target to close. */
        LOGGED_OUT,
        /** Waits for the datamover to give all buffers back. */
        TERMINATING,
        ENDED
    }

    private final InitiatorDatamover datamover;
    private final InitiatorSessionLimits limits;
    private final InitiatorSessionListener listener;
    private final String name;
    private final InitiatorCommandWindow window = new InitiatorCommandWindow();
    private final InitiatorTaskTable table;
    private final InitiatorTaskQueue queue = new InitiatorTaskQueue();
    private final InitiatorCommandSender sender;
    private final InitiatorExchanges exchanges;
    private final InitiatorTaskManagement management;
    private final InitiatorNotices notices;
    private final InitiatorSessionCounters counters;

    private final ResponsePdu numbers = new ResponsePdu();
    private final InitiatorResponseReader responses = new InitiatorResponseReader();
    private final NopInPdu nopIn = new NopInPdu();

    private State state = State.NEW;
    private String endReason = "";
    private @Nullable InitiatorAnswer logoutAnswer;

    /** Time as it was seen to pass; a gap between ticks (a caller that did not poll) counts as one step. */
    private long now;

    private long lastTick;
    private boolean ticked;
    private long lastHeard;
    private long logoutDeadline;

    private int depth;
    private boolean gathered;

    /**
     * Makes one that waits for {@link #begin}.
     *
     * @param name of the session, for the log
     * @param counters that it adds to
     */
    public InitiatorSession(
            String name,
            InitiatorDatamover datamover,
            InitiatorSessionLimits limits,
            InitiatorSessionCounters counters,
            InitiatorSessionListener listener) {
        this.name = name;
        this.datamover = datamover;
        this.limits = limits;
        this.listener = listener;
        this.counters = counters;
        table = new InitiatorTaskTable(limits.tasks());
        sender = new InitiatorCommandSender(datamover, window, counters, limits.immediateDataBytes());
        exchanges = new InitiatorExchanges(datamover, window, limits.tasks());
        management = new InitiatorTaskManagement(this, datamover, window, table, sender);
        notices = new InitiatorNotices(name, listener);
    }

    /** Enters full feature phase; the datamover was enabled. */
    public void begin(LoginResult login) {
        if (state != State.NEW) {
            throw new IllegalStateException("the session is " + state);
        }
        window.begin(login.cmdSn(), login.maxCmdSn(), login.statSn());
        exchanges.begin(login.parameters().targetRecvDataSegmentLength());
        sender.begin(login.parameters());
        transition(State.ACTIVE, "logged in");
    }

    /** Whether tasks may be submitted. */
    public boolean isActive() {
        return state == State.ACTIVE;
    }

    /** Commands at the target. */
    public int activeTasks() {
        return table.active();
    }

    /**
     * Sends a command, or lets it wait in line for the window, a tag or a place to send from.
     *
     * @throws IllegalStateException if the session is not active
     */
    public void submit(InitiatorTask task) {
        if (state != State.ACTIVE) {
            throw new IllegalStateException("the session is " + state);
        }
        task.begin();
        task.deadline = now + timeLimit(task);
        queue.add(task);
        enter();
        try {
            pump();
        } finally {
            leave();
        }
    }

    /**
     * Asks for a task to be ended; it comes back as {@link InitiatorTask.End#ABORTED}, or as it ended before. Does nothing if it is back.
     */
    public void abort(InitiatorTask task) {
        enter();
        try {
            end(task, InitiatorTask.End.ABORTED);
        } finally {
            leave();
        }
    }

    /**
     * Asks for a task management function other than ABORT TASK. When it has succeeded, the tasks it covers come back.
     *
     * @param lun the LUN field; ignored by functions for the whole target
     */
    public void manage(TaskManagementFunction function, long lun, InitiatorAnswer answer) {
        management.manage(function, lun, now + limits.taskManagementNanos(), answer);
    }

    /** Sends text and gathers the answer (RFC 7143 section 7). */
    public void text(byte[] pairs, InitiatorAnswer answer) {
        InitiatorExchange exchange =
                new InitiatorExchange(InitiatorExchange.Kind.TEXT, now + limits.pingNanos(), answer);
        exchange.text = pairs.clone();
        start(exchange);
    }

    /** Lets the tasks finish, asks the target to close the session, waits for it to close the connection (RFC 7143 section 11.14). */
    public void logout(InitiatorAnswer answer) {
        if (state != State.ACTIVE) {
            answer.failed("the session is " + state);
            return;
        }
        logoutAnswer = answer;
        transition(State.FINISHING, "logout asked for");
        enter();
        try {
            pump();
        } finally {
            leave();
        }
    }

    /** Ends the connection at once; tasks come back when their buffers have. Does nothing if it is ending. */
    public void terminate(String reason) {
        if (state == State.TERMINATING || state == State.ENDED) {
            return;
        }
        boolean wasNew = state == State.NEW;
        endReason = reason;
        transition(State.TERMINATING, reason);
        if (!wasNew) {
            listener.ending(reason);
        }
        datamover.connectionTerminate();
    }

    /** Ends the connection and everything at once, where nothing will be polled any more. */
    public void abandon(String reason) {
        try {
            terminate(reason);
        } finally {
            end(false);
        }
    }

    /**
     * Lets time pass: called some times a second.
     *
     * @param clock the poller's
     * @param maxStepNanos how much of the time since the last call counts, at most: time in which nobody polled is not the target's
     */
    public void tick(long clock, long maxStepNanos) {
        now += ticked ? Math.min(clock - lastTick, maxStepNanos) : 0;
        lastTick = clock;
        ticked = true;
        if (state == State.NEW || state == State.TERMINATING || state == State.ENDED) {
            return;
        }
        enter();
        try {
            checkTimes();
            pump();
        } finally {
            leave();
        }
    }

    private void checkTimes() {
        if (state == State.LOGGED_OUT) {
            // RFC 7145 section 5.2.1: the target closes; L7: not waited for longer than the limit.
            if (logoutDeadline - now <= 0) {
                terminate("the target did not close the connection after logout");
            }
            return;
        }
        String overdue = exchanges.overdue(now);
        if (overdue != null) {
            terminate(overdue);
            return;
        }
        queue.expire(now);
        for (int slot = 0; slot < table.slots(); slot++) {
            InitiatorTask task = table.at(slot);
            if (task == null || task.deadline - now > 0) {
                continue;
            }
            if (task.state == InitiatorTask.State.SENT) {
                LOG.info("{}: command {} not answered in time, aborting it", name, task.operationCode());
                end(task, InitiatorTask.End.TIMED_OUT);
            } else if (task.state == InitiatorTask.State.RELEASING) {
                // An abort has the limit of its exchange; this is the datamover's part.
                terminate("the buffers of a command were not given back in time");
                return;
            }
        }
        if (limits.pingAfterNanos() > 0
                && now - lastHeard >= limits.pingAfterNanos()
                && !exchanges.isOutstanding(InitiatorExchange.Kind.PING)) {
            counters.pings++;
            exchanges.ping(now + limits.pingNanos(), counters.pingAnswer());
        }
    }

    // ---- the datamover's calls ----

    @Override
    public void controlNotify(InboundPdu pdu) {
        if (state == State.TERMINATING || state == State.ENDED) {
            return;
        }
        lastHeard = now;
        enter();
        try {
            String wrong = receive(pdu);
            if (wrong != null) {
                terminate("protocol error: " + wrong);
            } else {
                pump();
            }
        } finally {
            leave();
        }
    }

    private @Nullable String receive(InboundPdu pdu) {
        numbers.wrap(pdu.segment(), pdu.headerOffset());
        Opcode opcode = numbers.opcode();
        if (opcode == null) {
            return "an unassigned opcode, 0x" + Integer.toHexString(numbers.opcodeCode());
        }
        if (state == State.LOGGED_OUT) {
            return opcode + " after the Logout Response";
        }
        // A NOP-In that is no answer carries the next StatSN and does not use it up (S4).
        boolean status = opcode != Opcode.NOP_IN || numbers.initiatorTaskTag() != Pdu.RESERVED_TAG;
        switch (opcode) {
            case SCSI_RESPONSE,
                    NOP_IN,
                    TASK_MANAGEMENT_RESPONSE,
                    TEXT_RESPONSE,
                    LOGOUT_RESPONSE,
                    ASYNC_MESSAGE,
                    REJECT -> {
                if (status && !window.takeStatus(numbers.statSn())) {
                    return opcode + " with StatSN " + numbers.statSn() + " where " + window.expStatSn() + " was due";
                }
                window.update(numbers);
            }
            default -> {
                // E4, S21: data PDUs and login never come here.
                return opcode + " in full feature phase over a datamover";
            }
        }
        return switch (opcode) {
            case SCSI_RESPONSE -> onScsiResponse(pdu);
            case NOP_IN -> {
                nopIn.wrap(pdu.segment(), pdu.headerOffset());
                yield exchanges.onNopIn(nopIn);
            }
            case TASK_MANAGEMENT_RESPONSE -> exchanges.onTaskManagementResponse(pdu);
            case TEXT_RESPONSE -> exchanges.onTextResponse(pdu);
            case LOGOUT_RESPONSE -> exchanges.onLogoutResponse(pdu);
            case ASYNC_MESSAGE -> notices.onAsyncMessage(pdu, this);
            default -> onReject(pdu);
        };
    }

    private @Nullable String onScsiResponse(InboundPdu pdu) {
        InitiatorTask task = table.find(numbers.initiatorTaskTag());
        if (task == null) {
            return "a SCSI Response for no task of ours";
        }
        if (task.state == InitiatorTask.State.RELEASING) {
            return "a SCSI Response after the task was aborted";
        }
        String wrong = responses.read(pdu, task);
        if (wrong == null) {
            counters.completed(task);
            giveBack(task, InitiatorTask.End.RESPONSE);
        }
        return wrong;
    }

    private @Nullable String onReject(InboundPdu pdu) {
        counters.rejects++;
        InitiatorNotices.Rejected rejected = notices.readReject(pdu);
        if (rejected == null) {
            return "a Reject without the header of the rejected PDU";
        }
        Level level = rejected.mayBeSentAgain() ? Level.DEBUG : Level.WARN;
        LOG.atLevel(level).log("{}: the target rejected {}: {}", name, rejected.opcode(), rejected.reason());
        if (rejected.opcode() == Opcode.SCSI_COMMAND) {
            InitiatorTask task = table.find(rejected.initiatorTaskTag());
            if (task != null && task.state != InitiatorTask.State.RELEASING) {
                // RFC 7143 section 11.17: the task was never created, and its CmdSN counts as not received (S11).
                exchanges.plugGap(task.cmdSn, now + limits.pingNanos());
                management.release(task, InitiatorTask.End.REJECTED);
            }
            return null;
        }
        return exchanges.onReject(
                rejected.initiatorTaskTag(), rejected.mayBeSentAgain(), rejected.reason(), now + limits.pingNanos());
    }

    @Override
    public void controlAvailable() {
        enter();
        try {
            pump();
        } finally {
            leave();
        }
    }

    @Override
    public void taskResourcesDeallocated(int initiatorTaskTag) {
        InitiatorTask task = table.find(initiatorTaskTag);
        if (task == null || task.state != InitiatorTask.State.RELEASING) {
            return;
        }
        enter();
        try {
            counters.aborted++;
            giveBack(task, task.endWhenReleased);
            pump();
        } finally {
            leave();
        }
    }

    @Override
    public void connectionTerminated() {
        end(false);
    }

    @Override
    public void connectionTerminateNotify(String reason) {
        boolean loggedOut = state == State.LOGGED_OUT;
        if (state != State.TERMINATING) {
            endReason = loggedOut ? "logged out" : reason;
            transition(State.TERMINATING, endReason);
            listener.ending(endReason);
        }
        end(loggedOut);
    }

    private void end(boolean loggedOut) {
        if (state == State.ENDED) {
            return;
        }
        transition(State.ENDED, endReason);
        List<InitiatorTask> atTarget = table.inOrder(window.next());
        for (InitiatorTask task : atTarget) {
            giveBack(
                    task,
                    task.endWhenReleased == InitiatorTask.End.NONE
                            ? InitiatorTask.End.CONNECTION_LOST
                            : task.endWhenReleased);
        }
        queue.drain(InitiatorTask.End.CONNECTION_LOST);
        exchanges.end(endReason);
        listener.ended(loggedOut, endReason);
    }

    // ---- sending ----

    private void pump() {
        if (state != State.ACTIVE && state != State.FINISHING && state != State.LOGOUT_SENT) {
            return;
        }
        gathered = true;
        exchanges.pump();
        InitiatorTask task = queue.peek();
        while (sender.sendUnsolicited() && task != null && window.isOpen() && table.hasFree()) {
            OutboundPdu pdu = datamover.claimControl();
            if (pdu == null) {
                return;
            }
            queue.remove();
            table.add(task, window.take());
            task.deadline = now + timeLimit(task);
            sender.send(task, pdu);
            task = queue.peek();
        }
        if (state == State.FINISHING && queue.isEmpty() && table.active() == 0 && exchanges.isIdle()) {
            sendLogout();
        }
    }

    private void sendLogout() {
        InitiatorAnswer caller = logoutAnswer;
        if (caller == null) {
            throw new AssertionError("no logout was asked for");
        }
        transition(State.LOGOUT_SENT, "all tasks are done");
        start(new InitiatorExchange(InitiatorExchange.Kind.LOGOUT, now + limits.logoutNanos(), new InitiatorAnswer() {
            @Override
            public void answered(int code, byte[] text) {
                logoutDeadline = now + limits.logoutNanos();
                transition(State.LOGGED_OUT, "Logout Response " + code);
                caller.answered(code, text);
            }

            @Override
            public void failed(String reason) {
                caller.failed(reason);
                terminate(reason);
            }
        }));
    }

    void start(InitiatorExchange exchange) {
        if (state == State.NEW || state == State.LOGGED_OUT || state == State.TERMINATING || state == State.ENDED) {
            exchange.answer.failed("the session is " + state);
            return;
        }
        if (!exchanges.add(exchange)) {
            exchange.answer.failed("too many requests wait");
            return;
        }
        enter();
        try {
            gathered = true;
            exchanges.pump();
        } finally {
            leave();
        }
    }

    private void end(InitiatorTask task, InitiatorTask.End why) {
        if (task.state == InitiatorTask.State.QUEUED) {
            queue.removeTask(task);
            task.finish(why);
        } else if (task.state == InitiatorTask.State.SENT) {
            management.abort(task, why, now + limits.taskManagementNanos());
        }
        // Otherwise it is back, or on its way.
    }

    /**
     * Gives back a task that was at the target. A target may answer before the unsolicited data has gone, although RFC 7143 section 11.4.2
     * asks it to wait for the last of it: what was not sent is not sent any more.
     */
    private void giveBack(InitiatorTask task, InitiatorTask.End how) {
        sender.forget(task);
        table.remove(task);
        task.finish(how);
    }

    /** When a task must have been given back that the target has no more. */
    long releaseDeadline() {
        return now + limits.taskManagementNanos();
    }

    private long timeLimit(InitiatorTask task) {
        return task.timeoutNanos() > 0 ? task.timeoutNanos() : limits.commandNanos();
    }

    private void enter() {
        depth++;
    }

    /** The outermost call hands over what was gathered, so that what one event causes goes out together. */
    private void leave() {
        depth--;
        if (depth == 0 && gathered && state != State.ENDED) {
            gathered = false;
            datamover.flush();
        }
    }

    private void transition(State to, String why) {
        LOG.debug("{}: {} -> {}: {}", name, state, to, why);
        state = to;
    }
}
