package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.quota.PeerLines;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.provider.FailedResolution;
import io.ffmiser.rdma.provider.TimerQueue;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.EventChannel;
import io.ffmiser.rdmacm.RdmaDevices;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.WorkCompletion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the connections of one thread: {@link #poll()} looks into the completion queues, which costs no system call, and now and then
 * asks the kernel for events of the connection manager and the devices. {@link #await} has the next completion announced and blocks
 * until a descriptor of rdma-core is readable.
 */
final class NativePoller implements Poller {
    private static final Logger LOG = LoggerFactory.getLogger(NativePoller.class);

    /** So many polls pass until there is a look for events, which is a system call. */
    private static final int POLLS_PER_LOOK = 64;

    /** For so many polls after a step of a connection's life there is a look each time. */
    private static final int EXPECTANT_POLLS = 1000;

    /** How many mailbox tasks or due timers one poll runs, so that none of them can starve the connections. */
    private static final int TASKS_PER_POLL = 256;

    private static final long LONGEST_WAIT_NANOS = 3_600_000_000_000L;

    private final PollerOptions options;
    private final NativeSettings settings;
    private final EventChannel channel;
    private final Readiness readiness;
    private final int channelNumber;
    private final List<NativeDevice> devices = new ArrayList<>();
    private final NativeCounters counters = new NativeCounters();
    private final TimerQueue timers = new TimerQueue();
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final Map<CmId, CmWatcher> watchers = new HashMap<>();
    private final ArrayDeque<NativeConnection> attention = new ArrayDeque<>();
    private final List<NativeListener> listeners = new ArrayList<>();
    private final Set<CmId> lingering = new HashSet<>();
    private final PeerLines peerLog = PeerLines.of(System::nanoTime, this::leftOut);

    private final ConnectionSlots slots = new ConnectionSlots();

    private @Nullable Thread owner;
    private int halfOpen;
    private int connections;
    private int pollsToLook;
    private int expectant;
    private boolean inPoll;
    private volatile boolean waiting;
    private volatile boolean wakeupRequested;
    private volatile boolean closed;

    private NativePoller(PollerOptions options, NativeSettings settings, EventChannel channel, Readiness readiness) {
        this.options = options;
        this.settings = settings;
        this.channel = channel;
        this.readiness = readiness;
        channelNumber = readiness.add(channel.fd());
    }

    static NativePoller open(PollerOptions options, NativeSettings settings) {
        if (options.maxConnections() > WorkRequestId.MAX_SLOTS) {
            throw new IllegalArgumentException(
                    "maxConnections is at most " + WorkRequestId.MAX_SLOTS + ", not " + options.maxConnections());
        }
        EventChannel channel;
        try {
            channel = EventChannel.create();
        } catch (VerbsException e) {
            throw new RdmaException("cannot open the connection manager: " + e.getMessage(), e);
        }
        try {
            return new NativePoller(options, settings, channel, new Readiness());
        } catch (RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public NativeCounters counters() {
        return counters;
    }

    NativeSettings settings() {
        return settings;
    }

    EventChannel channel() {
        return channel;
    }

    // Polling and waiting.

    @Override
    public int poll() {
        checkThread();
        checkOpen();
        inPoll = true;
        try {
            int work = runTasks();
            work += runAttention();
            for (int i = 0; i < devices.size(); i++) {
                work += devices.get(i).poll();
            }
            if (expectant > 0 || --pollsToLook <= 0) {
                expectant -= expectant > 0 ? 1 : 0;
                pollsToLook = POLLS_PER_LOOK;
                work += takeEvents();
            }
            return work + runAttention();
        } finally {
            inPoll = false;
        }
    }

    private int runAttention() {
        int work = 0;
        for (int n = attention.size(); n > 0; n--) {
            NativeConnection connection = attention.poll();
            if (connection != null) {
                work += attendTo(connection);
            }
        }
        return work;
    }

    // What goes wrong with one connection, an Error included, ends that one and none else.

    private int attendTo(NativeConnection connection) {
        try {
            return connection.attend();
        } catch (Throwable e) {
            return broken(connection, e);
        }
    }

    private void completed(NativeConnection connection, WorkCompletion one, long id) {
        try {
            connection.completed(one, id);
        } catch (Throwable e) {
            broken(connection, e);
        }
    }

    /** A handler of the upper layer has thrown, which a peer may be able to provoke. */
    void handlerThrew(String whose, Throwable e) {
        warn(LOG, () -> LOG.warn("{}: the handler of {} has thrown", options.name(), whose, e));
    }

    private int broken(CmWatcher watcher, Throwable cause) {
        watcher.broken(cause);
        warn(LOG, () -> LOG.warn("{}: {} is broken", options.name(), watcher, cause));
        return 1;
    }

    private int runTasks() {
        int work = 0;
        Runnable task;
        while (work < TASKS_PER_POLL && (task = mailbox.poll()) != null) {
            work++;
            run(task);
        }
        if (!timers.isEmpty()) {
            long now = System.nanoTime();
            TimerQueue.Entry due;
            int run = 0;
            while (run < TASKS_PER_POLL && (due = timers.takeDue(now)) != null) {
                run++;
                run(due.task());
            }
            work += run;
        }
        return work;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            LOG.warn("{}: a task has thrown", options.name(), e);
        }
    }

    /** Takes the events of the connection manager and of the devices. Where there are none, that is one system call and allocates nothing. */
    int takeEvents() {
        readiness.look();
        int work = 0;
        if (readiness.isReady(channelNumber)) {
            for (CmEvent event = channel.poll(); event != null; event = channel.poll()) {
                work++;
                deliver(event);
            }
        }
        for (int i = 0; i < devices.size(); i++) {
            work += devices.get(i).takeEvents(readiness);
        }
        return work;
    }

    private void deliver(CmEvent event) {
        CmId id = event instanceof CmEvent.ConnectRequest request ? request.listener() : event.id();
        CmWatcher watcher = watchers.get(id);
        if (watcher == null) {
            if (event instanceof CmEvent.ConnectRequest request) {
                request.id().close(); // its listener was closed in the meantime
            } else if (event instanceof CmEvent.Disconnected && lingering.remove(id)) {
                id.close();
            }
            return;
        }
        try {
            watcher.onEvent(event);
        } catch (Throwable e) {
            broken(watcher, e);
        }
    }

    /** Delivers what was fetched. */
    int deliver(SharedCompletionQueue queue) {
        int delivered = 0;
        for (WorkCompletion one = queue.take(); one != null; one = queue.take()) {
            delivered++;
            long id = one.workRequestId();
            NativeConnection connection = slots.of(id);
            if (connection != null) {
                completed(connection, one, id);
            }
        }
        return delivered;
    }

    /** Delivers all that a queue has. */
    void drain(SharedCompletionQueue queue) {
        while (queue.fetch()) {
            deliver(queue);
        }
    }

    /** Something of the connection manager is to come soon. */
    void expectEvents() {
        expectant = EXPECTANT_POLLS;
    }

    @Override
    public void await(long timeoutNanos) {
        checkThread();
        checkOpen();
        long start = System.nanoTime();
        long timeout = Math.min(Math.min(timeoutNanos, LONGEST_WAIT_NANOS), timers.untilDue(start));
        if (timeout <= 0 || isPending()) {
            wakeupRequested = false;
            return;
        }
        long spin = Math.min(timeout, options.idleSpin().toNanos());
        long waited = 0;
        while (waited < spin) {
            if (hasCompletions() || isPending()) {
                wakeupRequested = false;
                return;
            }
            Thread.onSpinWait();
            waited = System.nanoTime() - start;
        }
        if (waited < timeout) {
            block(timeout - waited);
        }
        wakeupRequested = false;
    }

    private void block(long nanos) {
        for (int i = 0; i < devices.size(); i++) {
            devices.get(i).arm();
        }
        waiting = true;
        try {
            // What came before the queues were armed is seen here, as is a wakeup before the line above; what comes
            // later is announced.
            if (hasCompletions() || isPending()) {
                return;
            }
            readiness.await((int) ((nanos + 999_999) / 1_000_000));
        } finally {
            waiting = false;
        }
        if (readiness.isReady(channelNumber)) {
            pollsToLook = 0;
        }
        for (int i = 0; i < devices.size(); i++) {
            devices.get(i).takeEvents(readiness);
        }
    }

    private boolean hasCompletions() {
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).hasCompletions()) {
                return true;
            }
        }
        return false;
    }

    private boolean isPending() {
        return wakeupRequested || !attention.isEmpty() || !mailbox.isEmpty();
    }

    @Override
    public void wakeup() {
        wakeupRequested = true;
        if (waiting) {
            readiness.wakeup();
        }
    }

    @Override
    public boolean execute(Runnable task) {
        if (closed) {
            return false;
        }
        mailbox.add(task);
        if (closed && mailbox.remove(task)) {
            return false;
        }
        wakeup();
        return true;
    }

    private void leftOut(long lines) {
        LOG.warn("{}: {} lines about connections left out", options.name(), lines);
    }

    // The lines that a peer can provoke as it likes.

    void warn(Logger log, Runnable line) {
        peerLog.warnings().write(log.isWarnEnabled(), line);
    }

    void info(Logger log, Runnable line) {
        peerLog.infos().write(log.isInfoEnabled(), line);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("the delay is negative: " + delayNanos);
        }
        return timers.schedule(System.nanoTime() + delayNanos, task);
    }

    Timer scheduleMillis(long delayMillis, Runnable task) {
        return schedule(delayMillis * 1_000_000, task);
    }

    // Listening and connecting.

    @Override
    public Listener listen(InetSocketAddress local, int backlog, ListenHandler handler) {
        checkOpen();
        NativeListener listener = NativeListener.open(this, local, backlog, handler);
        listeners.add(listener);
        return listener;
    }

    @Override
    public Resolution resolve(InetSocketAddress remote, Duration timeout, ResolveHandler handler) {
        checkOpen();
        if (!hasRoomForConnection()) {
            return FailedResolution.of(
                    this,
                    handler,
                    new DisconnectCause.Unreachable("the poller already has its " + options.maxConnections()
                            + " connections (maxConnections)"));
        }
        return NativeRoute.resolve(this, remote, timeout, handler);
    }

    boolean hasRoomForConnection() {
        return connections + halfOpen < options.maxConnections();
    }

    /** A route or a request, of which a connection can come. */
    void halfOpened() {
        halfOpen++;
    }

    void halfClosed() {
        halfOpen--;
    }

    void watch(CmId id, CmWatcher watcher) {
        watchers.put(id, watcher);
    }

    void unwatch(CmId id) {
        watchers.remove(id);
    }

    void closed(NativeListener listener) {
        listeners.remove(listener);
    }

    /** The device that an id is bound to; opened for this poller at the first time. */
    NativeDevice deviceOf(CmId id) {
        for (NativeDevice device : devices) {
            if (device.isOf(id)) {
                return device;
            }
        }
        NativeDevice device = NativeDevice.open(this, id);
        devices.add(device);
        device.watch(readiness);
        return device;
    }

    /** Closes a device that was removed; the last of the process to do so ends the removal where the driver waits for its users. */
    void letGo(NativeDevice device) {
        if (!device.isUnused() || !devices.remove(device)) {
            return;
        }
        device.unwatch(readiness);
        device.close();
        try {
            // When it lists its devices, librdmacm notices which are gone, and closes those.
            RdmaDevices.list().close();
        } catch (VerbsException e) { // there is none left to list
            LOG.debug("{}: {}", options.name(), e.getMessage());
        }
    }

    // Connections.

    ConnectionSlots slots() {
        return slots;
    }

    void opened(NativeConnection connection, CmId id) {
        slots.put(connection);
        connections++;
        watch(id, connection);
    }

    /**
     * A connection is closed; its id stays for a while if its disconnect is under way, so that the request is repeated until the peer has
     * it.
     */
    void closed(NativeConnection connection, CmId id, boolean linger) {
        slots.free(connection);
        connections--;
        attention.remove(connection);
        unwatch(id);
        if (linger) {
            lingering.add(id);
            expectEvents();
            scheduleMillis(settings.drainTimeoutMillis(), () -> {
                if (lingering.remove(id)) {
                    id.close();
                }
            });
        } else {
            id.close();
        }
    }

    void attend(NativeConnection connection) {
        attention.add(connection);
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the poller " + options.name() + " is closed");
        }
    }

    private void checkThread() {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        } else if (owner != current) {
            throw new IllegalStateException(
                    "the poller " + options.name() + " belongs to " + owner + ", not to " + current);
        }
        if (inPoll) {
            throw new IllegalStateException("the poller " + options.name() + " is being polled already");
        }
    }

    /** {@inheritDoc} Runs the mailbox tasks that {@link #execute} has taken and no {@link #poll()} has run. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        List<NativeDomain> domains = new ArrayList<>();
        for (NativeDevice device : devices) {
            domains.addAll(device.domains());
        }
        if (!listeners.isEmpty() || !domains.isEmpty()) {
            throw new IllegalStateException("the poller " + options.name() + " still has listeners " + listeners
                    + " and protection domains " + domains);
        }
        closed = true;
        // execute() has promised that they run, and somebody may wait for what they do.
        Runnable task;
        while ((task = mailbox.poll()) != null) {
            run(task);
        }
        for (CmWatcher watcher : List.copyOf(watchers.values())) {
            if (watcher instanceof HalfOpen halfOpenOne) {
                halfOpenOne.abandon();
            }
        }
        lingering.forEach(CmId::close);
        devices.forEach(NativeDevice::close);
        readiness.close();
        channel.close();
    }

    @Override
    public String toString() {
        return "poller " + options.name();
    }
}
