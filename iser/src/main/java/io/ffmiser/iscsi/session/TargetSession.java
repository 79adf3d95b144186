package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session at the target (RFC 7143 section 8.3): who it is with, its command window and its tasks. It has one connection, which can be
 * replaced. Belongs to the owner's thread; made by the {@link TargetHost}.
 */
public final class TargetSession {
    private static final Logger LOG = LoggerFactory.getLogger(TargetSession.class);

    private final TargetHost host;
    private final TargetTaskHandler handler;
    private final @Nullable TargetTaskManagement taskManagement;
    private final LoginIdentity identity;
    private final int tsih;
    private final TargetCommandWindow window;
    private final TargetTaskTable table;
    /** Lowered to what there is when the receives cannot be extended. */
    private int largestWindow;
    /** How many commands the receives hold now: grows with use. */
    private int commandWindow;

    /** Tasks that have responded while read data was leaving, oldest first: their tags may be in use again. */
    private @Nullable TargetTask firstDraining;

    private @Nullable TargetTask lastDraining;

    private NegotiatedParameters parameters;
    private @Nullable TargetConnection connection;
    private @Nullable TargetTask firstTask;
    private int taskCount;
    /** Tasks without a response yet. */
    private int openTasks;

    private int immediateTasks;
    private boolean ending;
    private boolean ended;
    private boolean established;
    private boolean replacing;
    private @Nullable Runnable whenQuiet;
    private @Nullable Object context;

    /**
     * A session that login is about to establish.
     *
     * @param taskManagement of the node; null in a discovery session
     */
    public TargetSession(
            TargetHost host,
            TargetTaskHandler handler,
            @Nullable TargetTaskManagement taskManagement,
            LoginIdentity identity,
            NegotiatedParameters parameters,
            int tsih) {
        this.host = host;
        this.handler = handler;
        this.taskManagement = taskManagement;
        this.identity = identity;
        this.parameters = parameters;
        this.tsih = tsih;
        boolean isDiscovery = identity.sessionType() == SessionType.DISCOVERY;
        TargetSessionSettings settings = host.settings();
        this.commandWindow = isDiscovery ? 1 : TargetResources.commandWindow(settings, parameters);
        this.largestWindow = isDiscovery ? 1 : TargetResources.largestWindow(settings, parameters);
        this.window = new TargetCommandWindow(largestWindow);
        this.table = new TargetTaskTable(largestWindow + settings.immediates());
    }

    public LoginIdentity identity() {
        return identity;
    }

    public NegotiatedParameters parameters() {
        return parameters;
    }

    public int tsih() {
        return tsih;
    }

    public boolean isDiscovery() {
        return identity.sessionType() == SessionType.DISCOVERY;
    }

    /** The connection it has now; null between two. */
    public @Nullable TargetConnection connection() {
        return connection;
    }

    /** SCSI commands in progress. */
    public int activeTasks() {
        return openTasks;
    }

    /** How many more commands the initiator may send now. */
    public int windowSize() {
        return window.size();
    }

    /** Whether {@link TargetHost#sessionEnded} was called for it. */
    public boolean isEnded() {
        return ended;
    }

    /** What the handler wants to find again. */
    public @Nullable Object context() {
        return context;
    }

    public void setContext(@Nullable Object newContext) {
        context = newContext;
    }

    TargetTaskHandler handler() {
        return handler;
    }

    @Nullable
    TargetTaskManagement taskManagement() {
        return taskManagement;
    }

    TargetCommandWindow window() {
        return window;
    }

    TargetTaskTable table() {
        return table;
    }

    int commandWindow() {
        return commandWindow;
    }

    int immediateTasks() {
        return immediateTasks;
    }

    @Nullable
    TargetTask firstTask() {
        return firstTask;
    }

    // Life.

    /** Full feature phase begins on a connection. */
    void establish(TargetConnection newConnection, NegotiatedParameters newParameters, int cmdSn) {
        parameters = newParameters;
        connection = newConnection;
        if (!established) {
            established = true;
            window.start(cmdSn);
        }
        openWindow();
        handler.nexusEstablished(this);
        if (replacing) {
            replacing = false;
            handler.commandsCleared(this);
        } else if (taskManagement != null) {
            taskManagement.add(this);
        }
        host.sessionEstablished(this);
    }

    /** The connection is gone and its datamover has given all memory back: ends every task, then the session. */
    void connectionLost(TargetConnection lost) {
        if (connection != lost) {
            return;
        }
        LOG.debug("{}: connection gone, {} tasks", this, taskCount);
        ending = true;
        TargetTask[] tasks = tasks();
        // One task that cannot be ended keeps none of the others.
        Failures failures = new Failures();
        for (TargetTask task : tasks) {
            failures.hold(() -> abort(task));
        }
        for (TargetTask task : tasks) {
            failures.hold(() -> endWithConnection(task, lost));
        }
        failures.hold(this::endIfQuiet);
        failures.rethrow();
    }

    private void endWithConnection(TargetTask task, TargetConnection lost) {
        if (task.state == TargetTask.State.COMPLETED) {
            completed(task);
        }
        if (task.state != TargetTask.State.FREE) {
            lost.data().connectionLost(task);
        }
    }

    /**
     * Ends the connection but not the session: a new connection takes its place (RFC 7143 section 6.3.4). {@link
     * TargetHost#sessionDetached} follows.
     */
    public void detach() {
        TargetConnection current = connection;
        replacing = true;
        if (current == null) {
            host.sessionDetached(this);
        } else {
            current.terminate("connection reinstatement");
        }
    }

    /** No connection took the place: ends a session that was detached. */
    public void abandon() {
        replacing = false;
        if (connection == null) {
            ending = true;
            endIfQuiet();
        }
    }

    /** Ends all tasks that have no response; {@code then} runs when no task is left. */
    void quiesce(Runnable then) {
        ending = true;
        whenQuiet = then;
        abortAll();
        endIfQuiet();
    }

    private void abortAll() {
        for (TargetTask task : tasks()) {
            abort(task);
        }
    }

    /** Its tasks that have not ended, with and without a response; a copy. */
    public List<TargetTask> unfinishedTasks() {
        return List.of(tasks());
    }

    private TargetTask[] tasks() {
        TargetTask[] tasks = new TargetTask[taskCount];
        int count = 0;
        for (TargetTask task = firstTask; task != null; task = task.nextInSession) {
            tasks[count++] = task;
        }
        return tasks;
    }

    private void endIfQuiet() {
        if (!ending || taskCount > 0) {
            return;
        }
        Runnable then = whenQuiet;
        whenQuiet = null;
        if (then != null) {
            then.run();
        }
        TargetConnection current = connection;
        if (ended || (current != null && !current.isGone())) {
            return;
        }
        connection = null;
        if (current != null) {
            window.releaseHeld(false);
        }
        if (replacing) {
            ending = false;
            host.sessionDetached(this);
            return;
        }
        ended = true;
        Failures failures = new Failures();
        if (taskManagement != null) {
            failures.hold(() -> taskManagement.remove(this));
        }
        failures.hold(() -> handler.nexusLost(this));
        failures.hold(() -> host.sessionEnded(this));
        failures.rethrow();
    }

    // Tasks.

    TargetTask begin(TargetConnection from, ScsiCommandPdu pdu, AdditionalHeaderSegments ahs) {
        TargetTask task = host.tasks().take();
        task.begin(from, pdu, ahs, taskManagement == null ? 0 : taskManagement.nextSerial());
        table.put(task);
        TargetTask first = firstTask;
        task.previousInSession = null;
        task.nextInSession = first;
        if (first != null) {
            first.previousInSession = task;
        }
        firstTask = task;
        taskCount++;
        openTasks++;
        if (task.immediate) {
            immediateTasks++;
        }
        return task;
    }

    /** Finds a task by tag and transfer: one that has responded already comes before one that has its tag now. */
    @Nullable
    TargetTask taskOfTransfer(int initiatorTaskTag, int sn) {
        for (TargetTask task = firstDraining; task != null; task = task.nextDraining) {
            if (task.initiatorTaskTag() == initiatorTaskTag && task.awaits(sn)) {
                return task;
            }
        }
        return table.get(initiatorTaskTag);
    }

    /** Ends a task without a status, if it has none yet; what it announced is not awaited. */
    void abort(TargetTask task) {
        if (task.state == TargetTask.State.ABORTING) {
            task.ownSense = 0;
        }
        boolean open = task.unsolicitedOpen;
        task.unsolicitedOpen = false;
        startAbort(task);
        if (open && task.state == TargetTask.State.COMPLETED) {
            // It was over but for data that may not come any more.
            transfersAdvanced(task);
        }
    }

    /** Ends a task with a CHECK CONDITION of the session's own (RFC 7143 section 11.4.7.2). */
    void fail(TargetTask task, int senseKeyAndCodes) {
        if (task.state == TargetTask.State.ACTIVE) {
            host.statistics().protocolErrors++;
            task.ownSense = senseKeyAndCodes;
            startAbort(task);
        }
    }

    private void startAbort(TargetTask task) {
        if (task.state != TargetTask.State.ACTIVE) {
            return;
        }
        task.state = TargetTask.State.ABORTING;
        TargetDataFlow data = task.connection().data();
        handler.abort(task);
        if (task.state == TargetTask.State.ABORTING) {
            data.cancelUnissued(task);
        }
        if (task.state == TargetTask.State.ABORTING && task.transferCount() > 0) {
            task.connection().datamover().cancelGetData(task.initiatorTaskTag());
        }
    }

    /** The handler is done with an aborted task. */
    void aborted(TargetTask task) {
        TargetConnection from = task.connection();
        if (task.ownSense != 0 && !from.isGone()) {
            task.completeOwn();
            completed(task);
            return;
        }
        boolean alive = !from.isGone();
        if (alive) {
            from.datamover().deallocateTaskResources(task.initiatorTaskTag());
        }
        table.remove(task);
        closeOpen(task);
        release(task);
        if (alive) {
            from.responses().openWindowUnasked();
        }
    }

    /** The handler has set a status: the response leaves when all read data was handed to the datamover. */
    void completed(TargetTask task) {
        TargetConnection from = task.connection();
        if (from.isGone()) {
            table.remove(task);
            closeOpen(task);
            task.state = TargetTask.State.RESPONDED;
            transfersAdvanced(task);
        } else if (task.mayRespond()) {
            from.responses().scsiResponse(task);
        }
    }

    /** Some transfers of a completed task were issued or answered. */
    void transfersAdvanced(TargetTask task) {
        if (task.state == TargetTask.State.COMPLETED) {
            if (task.connection().isGone()) {
                completed(task);
            } else if (task.mayRespond() && !task.isResponseWaiting) {
                task.connection().responses().scsiResponse(task);
            }
        } else if (task.state == TargetTask.State.RESPONDED && task.transferCount() == 0) {
            removeDraining(task);
            release(task);
        }
    }

    /** A response is about to be written: the task's receives are given back first, so that the window can hold them. */
    void responding(TargetTask task) {
        table.remove(task);
        closeOpen(task);
        openWindow();
    }

    /** The response was handed to the datamover. */
    void responded(TargetTask task) {
        task.state = TargetTask.State.RESPONDED;
        if (task.transferCount() == 0) {
            release(task);
        } else {
            addDraining(task);
        }
    }

    private void addDraining(TargetTask task) {
        TargetTask last = lastDraining;
        if (last == null) {
            firstDraining = task;
        } else {
            last.nextDraining = task;
        }
        lastDraining = task;
    }

    /** Does nothing for a task that is not there; mostly it is the first. */
    private void removeDraining(TargetTask task) {
        TargetTask before = null;
        TargetTask at = firstDraining;
        while (at != null && at != task) {
            before = at;
            at = at.nextDraining;
        }
        if (at == null) {
            return;
        }
        if (before == null) {
            firstDraining = task.nextDraining;
        } else {
            before.nextDraining = task.nextDraining;
        }
        if (lastDraining == task) {
            lastDraining = before;
        }
        task.nextDraining = null;
    }

    private void closeOpen(TargetTask task) {
        task.dropPieces(!task.connection().isGone());
        openTasks--;
        if (task.immediate) {
            immediateTasks--;
        }
    }

    private void release(TargetTask task) {
        TargetTask previous = task.previousInSession;
        TargetTask next = task.nextInSession;
        if (previous == null) {
            firstTask = next;
        } else {
            previous.nextInSession = next;
        }
        if (next != null) {
            next.previousInSession = previous;
        }
        task.previousInSession = null;
        task.nextInSession = null;
        taskCount--;
        task.end();
        host.tasks().give(task);
        if (taskManagement != null) {
            taskManagement.taskEnded();
        }
        if (ending) {
            endIfQuiet();
        }
    }

    /** A command has taken the last place of the window: has twice as many, if there are receives for them. */
    void grow(TargetConnection from) {
        if (openTasks - immediateTasks < commandWindow || commandWindow == largestWindow) {
            return;
        }
        int more = Math.min(commandWindow, largestWindow - commandWindow);
        if (from.datamover().extendReceives(more * TargetResources.receivesPerCommand(parameters))) {
            commandWindow += more;
            LOG.debug("{}: window of {} commands", this, commandWindow);
        } else {
            largestWindow = commandWindow;
        }
    }

    /** Promises what receives and tasks allow (RFC 7145 section 8.1.1). */
    void openWindow() {
        window.open(commandWindow - openTasks + immediateTasks);
    }

    @Override
    public String toString() {
        return "session " + tsih + " " + identity.initiatorName() + " " + identity.isid();
    }
}
