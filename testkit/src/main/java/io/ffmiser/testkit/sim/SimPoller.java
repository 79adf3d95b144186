package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerCounters;
import io.ffmiser.rdma.ResolveHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A poller of a {@link SimFabric}. Called directly, it advances virtual time when it has nothing to do, so that loops of {@link
 * #poll()} and {@link #await} make progress; given a driver with {@link #drivenBy}, the fabric calls that when something is ready.
 */
public final class SimPoller implements Poller {
    private static final int IDLE_POLL_NANOS = 500;

    final SimFabric fabric;
    final SimDevice device = new SimDevice(this);
    final int maxConnections;
    final List<SimConnection> connections = new ArrayList<>();
    final List<SimDomain> domains = new ArrayList<>();
    final List<SimListener> listeners = new ArrayList<>();
    /** Requests that arrived and are not answered; they count as connections. */
    int pendingRequests;

    private final String name;
    private final ArrayDeque<QueueEntry> queue = new ArrayDeque<>();
    private final ArrayDeque<QueueEntry> freeEntries = new ArrayDeque<>();
    private final ArrayDeque<SimTimer> due = new ArrayDeque<>();
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final Counters counters = new Counters();
    private final SimEvent turn = new SimEvent() {
        @Override
        void fire() {
            Runnable driving = driver;
            if (driving != null) {
                driving.run();
            }
        }
    };
    /** Those to come. */
    private final List<SimTimer> timers = new ArrayList<>();

    /** What its clock has more than the fabric's. */
    private long clockAhead;

    private long standsUntil;
    private long heldUntil;
    private @Nullable Runnable driver;
    private volatile boolean woken;
    private volatile boolean closed;
    private boolean polling;

    SimPoller(SimFabric fabric, String name, int maxConnections) {
        this.fabric = fabric;
        this.name = name;
        this.maxConnections = maxConnections;
    }

    /** Makes the fabric call this whenever there is something to poll; it must call {@link #poll()} on the way. */
    public void drivenBy(Runnable newDriver) {
        driver = newDriver;
        ready();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PollerCounters counters() {
        return counters;
    }

    @Override
    public int poll() {
        checkOpen();
        if (polling) {
            throw fabric.misuse("poll() called from a handler");
        }
        int done = pollOnce();
        if (done == 0 && driver == null && !fabric.isStepping()) {
            fabric.advance(IDLE_POLL_NANOS);
        }
        return done;
    }

    private int pollOnce() {
        int done = 0;
        polling = true;
        try {
            for (int count = due.size(); count > 0; count--) {
                SimTimer timer = due.remove();
                if (timer.pending) {
                    timer.pending = false;
                    runTask(timer.task);
                    done++;
                }
            }
            for (int count = mailbox.size(); count > 0; count--) {
                Runnable task = mailbox.poll();
                if (task != null) {
                    runTask(task);
                    done++;
                }
            }
            for (int count = queue.size(); count > 0 && !closed; count--) {
                QueueEntry entry = queue.remove();
                if (handle(entry)) {
                    done++;
                }
                entry.connection = null;
                entry.call = null;
                freeEntries.add(entry);
            }
        } finally {
            polling = false;
        }
        if (hasWork()) {
            ready();
        }
        return done;
    }

    private void runTask(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            fabric.handlerFailed(e);
        }
    }

    private boolean handle(QueueEntry entry) {
        SimConnection connection = entry.connection;
        Runnable call = entry.call;
        if (call != null) {
            runTask(call);
            return true;
        }
        if (connection == null) {
            return false;
        }
        connection.queued--;
        if (connection.isClosed()) {
            return false;
        }
        if (entry.kind == QueueEntry.Kind.DISCONNECTED && connection.queued > 0) {
            enqueue(QueueEntry.Kind.DISCONNECTED, connection); // what was posted meanwhile is reported first
            return false;
        }
        connection.release(entry);
        try {
            switch (entry.kind) {
                case ESTABLISHED -> connection.handler.onEstablished(connection, connection.establishedData);
                case DISCONNECTED -> connection.handler.onDisconnected(connection, connection.cause);
                case SEND_COMPLETION, RECEIVE_COMPLETION, FLUSHED_POST ->
                    connection.handler.onCompletion(connection, entry);
                case CALL -> {}
            }
        } catch (RuntimeException e) {
            fabric.handlerFailed(e);
            connection.disconnect();
        }
        return true;
    }

    QueueEntry enqueue(QueueEntry.Kind kind, SimConnection connection) {
        QueueEntry entry = freeEntries.poll();
        if (entry == null) {
            entry = new QueueEntry();
        }
        entry.kind = kind;
        entry.connection = connection;
        entry.byteLength = 0;
        entry.invalidated = false;
        entry.invalidatedStag = 0;
        entry.freesUpTo = 0;
        connection.queued++;
        queue.add(entry);
        ready();
        return entry;
    }

    /** Runs inside a coming poll, in order with the completions. */
    void enqueueCall(Runnable call) {
        QueueEntry entry = new QueueEntry();
        entry.call = call;
        queue.add(entry);
        ready();
    }

    private boolean hasWork() {
        return !queue.isEmpty() || !mailbox.isEmpty() || !due.isEmpty();
    }

    void ready() {
        if (driver != null && !turn.isArmed() && !closed) {
            fabric.events.arm(turn, Math.max(fabric.now() + fabric.turnDelay(), heldUntil));
        }
    }

    /** Called by the fabric when another thread has submitted something. */
    void readyIfSubmitted() {
        if (!mailbox.isEmpty() || woken) {
            woken = false;
            ready();
        }
    }

    @Override
    public void await(long timeoutNanos) {
        checkOpen();
        if (polling) {
            throw fabric.misuse("await() called from a handler");
        }
        long deadline = fabric.now() + timeoutNanos;
        while (!woken && !hasWork() && fabric.now() < deadline) {
            if (!fabric.stepUntil(deadline)) {
                break;
            }
        }
        woken = false;
    }

    @Override
    public void wakeup() {
        woken = true;
        fabric.submitted();
    }

    @Override
    public boolean execute(Runnable task) {
        if (closed) {
            return false;
        }
        mailbox.add(task);
        woken = true;
        fabric.submitted();
        return true;
    }

    @Override
    public long nanoTime() {
        return Math.max(fabric.now(), standsUntil) + clockAhead;
    }

    /** Its clock leaps forward: what was to come within that time comes now. */
    public void leap(long nanos) {
        clockAhead += nanos;
        moveTimers(-nanos);
    }

    /** Its clock stands still for so long; messages come all the same. */
    public void standStill(long nanos) {
        long begin = Math.max(fabric.now(), standsUntil);
        standsUntil = begin + nanos;
        clockAhead -= nanos;
        moveTimers(nanos);
    }

    /** The machine is suspended for so long: its clock stands still, and nothing runs on it. The memory that peers reach is there. */
    public void suspend(long nanos) {
        standStill(nanos);
        heldUntil = Math.max(heldUntil, fabric.now() + nanos);
        if (turn.isArmed() && turn.time < heldUntil) {
            fabric.events.arm(turn, heldUntil);
        }
    }

    private void moveTimers(long nanos) {
        for (SimTimer timer : timers) {
            fabric.events.arm(timer, Math.max(fabric.now(), timer.time + nanos));
        }
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        checkOpen();
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delayNanos is negative: " + delayNanos);
        }
        SimTimer timer = new SimTimer(task);
        timer.place = timers.size();
        timers.add(timer);
        fabric.events.arm(timer, Math.max(fabric.now(), standsUntil) + delayNanos);
        return timer;
    }

    private final class SimTimer extends SimEvent implements Timer {
        private final Runnable task;
        private boolean pending = true;
        private int place;

        SimTimer(Runnable task) {
            this.task = task;
        }

        @Override
        void fire() {
            leave();
            if (!closed) {
                due.add(this);
                ready();
            }
        }

        @Override
        public void cancel() {
            pending = false;
            if (isArmed()) {
                fabric.events.cancel(this);
                leave();
            }
        }

        private void leave() {
            SimTimer last = timers.removeLast();
            if (last != this) {
                timers.set(place, last);
                last.place = place;
            }
        }
    }

    @Override
    public Listener listen(InetSocketAddress local, int backlog, ListenHandler handler) {
        checkOpen();
        return fabric.connectionManager.listen(this, local, backlog, handler);
    }

    @Override
    public Resolution resolve(InetSocketAddress remote, Duration timeout, ResolveHandler handler) {
        checkOpen();
        SimResolution resolution = new SimResolution(this, handler);
        fabric.connectionManager.resolve(this, remote, resolution);
        return resolution;
    }

    /** Whether one of its connections is established. */
    public boolean hasEstablished() {
        for (int i = 0; i < connections.size(); i++) {
            if (connections.get(i).isEstablished()) {
                return true;
            }
        }
        return false;
    }

    boolean isFullOfConnections() {
        return connections.size() + pendingRequests >= maxConnections;
    }

    boolean isClosed() {
        return closed;
    }

    void transmitted(SimWork work) {
        if (work.operation == Operation.RDMA_WRITE) {
            counters.rdmaWriteBytes += work.total;
        } else {
            counters.sendBytes += work.total;
        }
    }

    void placedByRead(long bytes) {
        counters.rdmaReadBytes += bytes;
    }

    private void checkOpen() {
        if (closed) {
            throw fabric.misuse("the poller " + name + " is closed");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!listeners.isEmpty() || !connections.isEmpty() || !domains.isEmpty()) {
            throw fabric.misuse("the poller " + name + " has live children: " + listeners + connections + domains);
        }
        closed = true;
        fabric.events.cancel(turn);
        queue.clear();
        due.clear();
        mailbox.clear();
    }

    /**
     * The machine loses its power: nothing of what runs on this poller runs any more, its memory is gone, and its peers find their
     * connections lost some time later. Not to be called from a handler of this poller.
     */
    public void powerOff() {
        if (polling) {
            throw fabric.misuse("powerOff() called from a handler");
        }
        for (SimListener listener : List.copyOf(listeners)) {
            listener.close();
        }
        for (SimConnection connection : List.copyOf(connections)) {
            connection.vanish();
        }
        for (SimDomain domain : List.copyOf(domains)) {
            domain.vanish();
        }
        close();
    }

    @Override
    public String toString() {
        return "poller " + name;
    }

    private static final class Counters implements PollerCounters {
        private long rdmaWriteBytes;
        private long rdmaReadBytes;
        private long sendBytes;

        @Override
        public long rdmaWriteBytes() {
            return rdmaWriteBytes;
        }

        @Override
        public long rdmaReadBytes() {
            return rdmaReadBytes;
        }

        @Override
        public long sendBytes() {
            return sendBytes;
        }

        @Override
        public long copiedBytes() {
            return 0;
        }
    }
}
