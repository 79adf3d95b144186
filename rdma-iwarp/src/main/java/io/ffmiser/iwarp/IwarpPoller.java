package io.ffmiser.iwarp;

import io.ffmiser.quota.PeerLines;
import io.ffmiser.rdma.ConnectionCost;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.provider.FailedResolution;
import io.ffmiser.rdma.provider.TimerQueue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the sockets of this provider. While there are few connections, {@link #poll()} reads each one's socket directly, which is
 * the shortest way to data that is there; with more it asks the selector which have something. {@link #await} blocks in the
 * selector. Reads and writes of the peer are served only while it is polled. What is thrown while one connection is served, an {@link
 * Error} included, ends that connection; the others go on.
 */
public final class IwarpPoller implements Poller {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpPoller.class);

    /** Up to so many connections are polled without the selector. */
    private static final int DIRECT_CONNECTIONS = 8;

    /** While connections are polled directly, every so many polls the selector is asked about everything else. */
    private static final int POLLS_PER_SELECT = 64;

    /** How many mailbox tasks or due timers one poll runs, so that none of them can starve the connections. */
    private static final int TASKS_PER_POLL = 256;

    /** About what all connections together send, and receive, in one round: an answer to one waits as long as a round takes. */
    private static final long OCTETS_PER_ROUND = 1 << 23;

    /** What one connection may send in its turn however many there are; less would cost a system call for little. */
    private static final long LEAST_OCTETS_PER_TURN = 1 << 16;

    /** Longer ones are cut, so that nothing overflows in counting with them. */
    private static final long LONGEST_WAIT_NANOS = Long.MAX_VALUE / 2;

    private final PollerOptions options;
    private final IwarpSettings settings;
    private final IwarpDevice device;
    private final SelectorProvider sockets;
    private final Selector selector;
    private final StagTable stags;
    private final IwarpCounters counters = new IwarpCounters();
    private final PeerLines peerLog = PeerLines.of(System::nanoTime, this::leftOut);
    private final TimerQueue timers = new TimerQueue();
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final BufferPool buffers;
    private final HalfOpenRequests halfOpen;

    /** In full operation, their sockets open. */
    private final List<IwarpConnection> live = new ArrayList<>();

    /** Posted work or a state change waits to be handled. */
    private final ArrayDeque<IwarpConnection> attention = new ArrayDeque<>();

    private final List<SocketWatcher> ready = new ArrayList<>();
    private final Consumer<SelectionKey> markReady = this::markReady;
    private final List<AutoCloseable> listeners = new ArrayList<>();
    private final List<Linger> lingering = new ArrayList<>();

    private long lingeringOctets;

    private @Nullable Thread owner;
    private int connections;
    private int pollsToSelect;
    private long round;

    /** Among how many connections this part of the round is shared. */
    private int sharers;

    private boolean inPoll;
    private volatile boolean waiting;
    private volatile boolean wakeupRequested;
    private volatile boolean closed;

    IwarpPoller(PollerOptions options, IwarpSettings settings) {
        this(options, settings, SelectorProvider.provider());
    }

    /**
     * With other sockets than the system's.
     *
     * @param sockets makes the selector, and the sockets that connect and listen
     */
    IwarpPoller(PollerOptions options, IwarpSettings settings, SelectorProvider sockets) {
        this.options = options;
        this.settings = settings;
        this.sockets = sockets;
        buffers = new BufferPool(settings, trim -> schedule(BufferPool.TRIM_NANOS, trim));
        try {
            selector = sockets.openSelector();
        } catch (IOException e) {
            throw new RdmaException("cannot open a selector; the process may be out of file descriptors", e);
        }
        SecureRandom random = new SecureRandom();
        stags = new StagTable(random.nextLong(), random.nextLong());
        halfOpen = new HalfOpenRequests(settings);
        device = new IwarpDevice(this, settings);
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public IwarpCounters counters() {
        return counters;
    }

    IwarpSettings settings() {
        return settings;
    }

    SelectorProvider sockets() {
        return sockets;
    }

    IwarpDevice device() {
        return device;
    }

    StagTable stags() {
        return stags;
    }

    BufferPool buffers() {
        return buffers;
    }

    @Override
    public int poll() {
        checkThread();
        checkOpen();
        inPoll = true;
        round++;
        try {
            int work = runTasks();
            sharers = attention.size();
            for (int n = sharers; n > 0; n--) {
                IwarpConnection connection = attention.poll();
                if (connection != null) {
                    work += attendTo(connection);
                }
            }
            if (!ready.isEmpty()) {
                // What await has found: no need to look again.
                return work + runReady();
            }
            if (live.size() <= DIRECT_CONNECTIONS) {
                sharers = live.size();
                for (int i = live.size() - 1; i >= 0; i--) {
                    if (i < live.size()) {
                        work += progress(live.get(i));
                    }
                }
                if (--pollsToSelect <= 0) {
                    pollsToSelect = POLLS_PER_SELECT;
                    selectNow();
                }
            } else {
                selectNow();
            }
            return work + runReady();
        } finally {
            inPoll = false;
        }
    }

    /** Counts the calls of {@link #poll()}: a connection has one turn in each, though it may be served twice. */
    long round() {
        return round;
    }

    /** What one connection may send, and receive, in its turn. */
    long octetsPerTurn() {
        return sharers <= DIRECT_CONNECTIONS
                ? OCTETS_PER_ROUND
                : Math.max(OCTETS_PER_ROUND / sharers, LEAST_OCTETS_PER_TURN);
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

    // What goes wrong with one connection, an Error included, ends that one and none else.

    private int attendTo(IwarpConnection connection) {
        try {
            return connection.attend();
        } catch (Throwable e) {
            return broken(connection, e);
        }
    }

    private int progress(IwarpConnection connection) {
        try {
            return connection.progress();
        } catch (Throwable e) {
            return broken(connection, e);
        }
    }

    private int ready(SocketWatcher watcher) {
        try {
            return watcher.ready();
        } catch (Throwable e) {
            return broken(watcher, e);
        }
    }

    private int broken(SocketWatcher watcher, Throwable cause) {
        watcher.broken(cause);
        warn(LOG, () -> LOG.warn("{}: {} is broken", options.name(), watcher, cause));
        return 1;
    }

    private int runReady() {
        int work = 0;
        sharers = ready.size();
        for (int i = 0; i < ready.size(); i++) {
            SocketWatcher watcher = ready.get(i);
            watcher.listed = false;
            work += ready(watcher);
        }
        ready.clear();
        return work;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            LOG.warn("{}: a task has thrown", options.name(), e);
        }
    }

    private void selectNow() {
        try {
            selector.selectNow(markReady);
        } catch (IOException e) {
            throw new RdmaException("the selector failed", e);
        }
    }

    private void markReady(SelectionKey key) {
        SocketWatcher watcher = (SocketWatcher) key.attachment();
        if (watcher != null && !watcher.listed) {
            watcher.listed = true;
            ready.add(watcher);
        }
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
        pollsToSelect = POLLS_PER_SELECT;
        try {
            long spin = Math.min(timeout, options.idleSpin().toNanos());
            long waited = 0;
            while (waited < spin) {
                selector.selectNow(markReady);
                if (isPending()) {
                    wakeupRequested = false;
                    return;
                }
                Thread.onSpinWait();
                waited = System.nanoTime() - start;
            }
            long millis = (timeout - waited + 999_999) / 1_000_000;
            waiting = true;
            // A wakeup before this line is seen here; one after it reaches the selector.
            if (waited < timeout && !isPending()) {
                selector.select(markReady, millis);
            }
        } catch (IOException e) {
            throw new RdmaException("the selector failed", e);
        } finally {
            waiting = false;
        }
        wakeupRequested = false;
    }

    private boolean isPending() {
        return wakeupRequested || !ready.isEmpty() || !attention.isEmpty() || !mailbox.isEmpty();
    }

    @Override
    public void wakeup() {
        wakeupRequested = true;
        if (waiting) {
            selector.wakeup();
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

    @Override
    public Listener listen(InetSocketAddress local, int backlog, ListenHandler handler) {
        checkOpen();
        IwarpListener listener = IwarpListener.open(this, local, backlog, handler);
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
        return IwarpRoute.resolve(this, remote, timeout, handler);
    }

    @Override
    public ConnectionCost connectionCost(ConnectionOptions options) {
        return device.connectionCost(options);
    }

    /**
     * Serves a TCP connection that was accepted elsewhere as if a listener of this poller had accepted it: one port can then serve
     * two protocols, told apart by their first octets.
     *
     * @param channel connected; from here on the poller's. It is closed if there is no room for it, or no MPA Request comes in time
     * @param alreadyRead octets read from it so far, consumed during the call
     */
    public void adopt(SocketChannel channel, ByteBuffer alreadyRead, ListenHandler handler) {
        checkOpen();
        if (!hasRoomForConnection() && !(halfOpen.giveWay() && hasRoomForConnection())) {
            warn(LOG, () -> LOG.warn("{}: connection refused, {} in all", options.name(), connections));
            Linger.closeQuietly(channel);
            return;
        }
        IwarpRequest.begin(this, channel, alreadyRead, handler);
    }

    boolean hasRoomForConnection() {
        return connections < options.maxConnections();
    }

    /** Counts what {@link PollerOptions#maxConnections()} bounds. */
    void connectionOpened() {
        connections++;
    }

    void connectionClosed() {
        connections--;
    }

    int halfOpenCount() {
        return halfOpen.size();
    }

    HalfOpenRequests halfOpen() {
        return halfOpen;
    }

    private void leftOut(long lines) {
        LOG.warn("{}: {} lines about connections left out", options.name(), lines);
    }

    // The lines that a peer can provoke as it likes.

    void error(Logger log, Runnable line) {
        peerLog.warnings().write(log.isErrorEnabled(), line);
    }

    void warn(Logger log, Runnable line) {
        peerLog.warnings().write(log.isWarnEnabled(), line);
    }

    void info(Logger log, Runnable line) {
        peerLog.infos().write(log.isInfoEnabled(), line);
    }

    void listenerClosed(IwarpListener listener) {
        listeners.remove(listener);
    }

    void lingering(Linger linger) {
        lingering.add(linger);
        lingeringOctets += linger.octets();
    }

    void lingered(Linger linger) {
        if (lingering.remove(linger)) {
            lingeringOctets -= linger.octets();
        }
    }

    /** How many octets one more closing connection may leave to be written. */
    long lingeringRoom() {
        return Linger.MOST_OCTETS - lingeringOctets;
    }

    int lingeringCount() {
        return lingering.size();
    }

    void goLive(IwarpConnection connection) {
        live.add(connection);
    }

    void notLive(IwarpConnection connection) {
        live.remove(connection);
    }

    /** Has {@link IwarpConnection#attend()} called in a coming poll. */
    void attend(IwarpConnection connection) {
        attention.add(connection);
    }

    void forget(IwarpConnection connection) {
        attention.remove(connection);
    }

    SelectionKey register(SelectableChannel channel, int operations, SocketWatcher watcher) throws IOException {
        channel.configureBlocking(false);
        SelectionKey key = channel.keyFor(selector);
        if (key != null && key.isValid()) {
            key.attach(watcher);
            key.interestOps(operations);
            return key;
        }
        pollsToSelect = 0;
        return channel.register(selector, operations, watcher);
    }

    /** Asks the selector in the next poll, since a socket's state is about to change. */
    void expectSelect() {
        pollsToSelect = 0;
    }

    boolean isClosed() {
        return closed;
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
        if (!listeners.isEmpty() || !device.domains().isEmpty()) {
            throw new IllegalStateException("the poller " + options.name() + " still has listeners " + listeners
                    + " and protection domains " + device.domains());
        }
        closed = true;
        // execute() has promised that they run, and somebody may wait for what they do.
        Runnable task;
        while ((task = mailbox.poll()) != null) {
            run(task);
        }
        for (SelectionKey key : selector.keys()) {
            Linger.closeQuietly(key.channel());
        }
        Linger.closeQuietly(selector);
    }

    @Override
    public String toString() {
        return "poller " + options.name();
    }
}
