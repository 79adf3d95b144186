package io.ffmiser.iwarp;

import io.ffmiser.iwarp.mpa.MpaParameters;
import io.ffmiser.iwarp.rdmap.RdmapError;
import io.ffmiser.iwarp.rdmap.Terminate;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.rdma.provider.CompletionView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One RDMA connection: its queues and exposures, its life, and, in full operation, a {@link Transmitter} and a {@link Receiver} on a
 * TCP connection. Everything that its handler hears, it hears from here.
 */
final class IwarpConnection extends SocketWatcher implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpConnection.class);

    /** How often in one turn newly posted work is sent before others get theirs. */
    private static final int ROUNDS = 4;

    private enum State {
        /** Not connected yet. */
        CREATED,
        /** Connect or accept is under way. */
        CONNECTING,
        /** Full operation. */
        ESTABLISHED,
        /** Full operation until the work posted so far is done. */
        DRAINING,
        /** Without a socket; what was outstanding is still to be reported. */
        FAILED,
        /** All was reported. */
        DISCONNECTED,
        CLOSED
    }

    private final IwarpPoller poller;
    private final IwarpDomain domain;
    private final ConnectionHandler handler;
    private final ConnectionStartup startup;
    private final SendQueue sends;
    private final ReceiveQueue receives;
    private final @Nullable IwarpExposure[] exposures;
    private final CompletionView completion = new CompletionView();
    private final InetSocketAddress remote;

    private State state = State.CREATED;
    private int exposureCount;
    private int largeExposures;
    private int largeReads;
    private boolean needsAttention;
    private byte @Nullable [] establishedData;
    private DisconnectCause cause = new DisconnectCause.LocalDisconnect();
    private Poller.@Nullable Timer drainTimer;
    private @Nullable FullOperation operation;
    private InetSocketAddress local;
    private int ord;
    private int ird;

    /** What exists in full operation only. */
    private static final class FullOperation {
        final SocketChannel channel;
        final SelectionKey key;
        final Transmitter transmitter;
        final Receiver receiver;
        final ReadQueue reads;

        /** RFC 5044 section 7.1.2: a responder sends no FPDU before it has received one. */
        boolean mayTransmit;

        /** The message that a peer-to-peer initiator sends first is still to come. */
        boolean awaitsRtr;

        FullOperation(
                SocketChannel channel, SelectionKey key, Transmitter transmitter, Receiver receiver, ReadQueue reads) {
            this.channel = channel;
            this.key = key;
            this.transmitter = transmitter;
            this.receiver = receiver;
            this.reads = reads;
        }
    }

    IwarpConnection(
            IwarpDomain domain, ConnectionOptions options, ConnectionHandler handler, ConnectionStartup startup) {
        this.domain = domain;
        this.handler = handler;
        this.startup = startup;
        poller = domain.device().poller();
        if (options.maxSge() > IwarpDevice.MAX_SGE
                || options.sendDepth() > IwarpDevice.MAX_QUEUE_DEPTH
                || options.receiveDepth() > IwarpDevice.MAX_QUEUE_DEPTH) {
            throw new RdmaException("the device cannot do " + options + "; its limits are maxSge " + IwarpDevice.MAX_SGE
                    + " and queue depths of " + IwarpDevice.MAX_QUEUE_DEPTH);
        }
        sends = new SendQueue(this, options.sendDepth(), options.maxSge());
        receives = new ReceiveQueue(options.receiveDepth());
        exposures = new @Nullable IwarpExposure[options.exposures()];
        local = startup.localAddress();
        remote = startup.remoteAddress();
        domain.opened(this);
    }

    IwarpPoller poller() {
        return poller;
    }

    @Override
    public IwarpDomain domain() {
        return domain;
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public int initiatorDepth() {
        return ord;
    }

    @Override
    public int responderResources() {
        return ird;
    }

    // Life.

    @Override
    public void connect(ConnectionParameters parameters) {
        checkPrivateData(parameters);
        if (mayBegin("connect")) {
            changeState(State.CONNECTING);
            startup.connect(this, parameters);
        }
    }

    @Override
    public void accept(ConnectionParameters parameters) {
        checkPrivateData(parameters);
        if (mayBegin("accept")) {
            changeState(State.CONNECTING);
            startup.accept(this, parameters);
        }
    }

    private static void checkPrivateData(ConnectionParameters parameters) {
        if (parameters.privateData().length > IwarpDevice.MAX_PRIVATE_DATA) {
            throw new IllegalArgumentException("private data of " + parameters.privateData().length
                    + " bytes, the most is " + IwarpDevice.MAX_PRIVATE_DATA);
        }
    }

    /** False if the connection was lost before, of which its handler hears. */
    private boolean mayBegin(String what) {
        if (state != State.CREATED && state != State.FAILED && state != State.DISCONNECTED) {
            throw new IllegalStateException("cannot " + what + " a connection that is " + state);
        }
        return state == State.CREATED;
    }

    /** Start-up is over: full operation begins. */
    void begin(SocketChannel channel, MpaParameters parameters, boolean initiator, byte[] privateData) {
        if (state != State.CONNECTING) {
            Linger.closeQuietly(channel);
            return;
        }
        FullOperation full;
        try {
            local = (InetSocketAddress) channel.getLocalAddress();
            ReadQueue reads = new ReadQueue(parameters.ird());
            full = new FullOperation(
                    channel,
                    poller.register(channel, SelectionKey.OP_READ, this),
                    new Transmitter(this, sends, reads, channel, parameters),
                    new Receiver(this, sends, receives, reads, channel, parameters),
                    reads);
        } catch (IOException e) {
            Linger.closeQuietly(channel);
            startupFailed(new DisconnectCause.TransportLost("connection to " + remote + " lost: " + e.getMessage()));
            return;
        } catch (RuntimeException | Error e) {
            // No memory for its buffers: this connection is refused, the others go on.
            Linger.closeQuietly(channel);
            poller.warn(LOG, () -> LOG.warn("{}: no connection with {}: {}", poller.name(), remote, e.toString()));
            startupFailed(new DisconnectCause.LocalError("no connection with " + remote + ": " + e));
            return;
        }
        operation = full;
        ord = parameters.ord();
        ird = parameters.ird();
        full.mayTransmit = initiator;
        full.awaitsRtr = !initiator && parameters.rtr() != null;
        poller.goLive(this);
        if (!full.awaitsRtr) {
            establishedData = privateData;
        }
        changeState(State.ESTABLISHED);
        requestAttention();
    }

    void startupFailed(DisconnectCause reason) {
        if (state == State.CREATED || state == State.CONNECTING) {
            fail(reason, null);
        }
    }

    @Override
    public void disconnect() {
        switch (state) {
            case CREATED, CONNECTING -> {
                startup.abort();
                fail(new DisconnectCause.LocalDisconnect(), null);
            }
            case ESTABLISHED -> {
                sends.seal();
                changeState(State.DRAINING);
                drainTimer = poller.scheduleMillis(poller.settings().drainTimeoutMillis(), this::drained);
                requestAttention();
            }
            case DRAINING, FAILED, DISCONNECTED, CLOSED -> {}
        }
    }

    private void drained() {
        if (state == State.DRAINING) {
            fail(new DisconnectCause.LocalDisconnect(), null);
        }
    }

    /** The peer broke the protocol, or reached for what it may not: it is told, once, and the connection ends. */
    void protocolError(String what, Terminate terminate) {
        fail(new DisconnectCause.LocalError("the peer was terminated: " + what), terminate);
    }

    /** The peer sent a Terminate. */
    void terminated(Terminate terminate) {
        SendRequest read = sends.oldestRead();
        if (read != null && terminate.layer() == 0 && terminate.errorType() == 1) {
            read.failure = WorkStatus.REMOTE_ACCESS_ERROR;
        }
        fail(new DisconnectCause.RemoteError("the peer reports an error: " + terminate.message()), null);
    }

    /** The peer has closed its side. */
    void endOfStream(boolean clean) {
        if (!clean) {
            // RFC 5041 section 6.2: a FIN inside a message is an abort.
            fail(new DisconnectCause.TransportLost("the peer closed the connection inside a message"), null);
        } else if (state == State.DRAINING) {
            fail(new DisconnectCause.LocalDisconnect(), null);
        } else {
            fail(new DisconnectCause.RemoteDisconnect(), null);
        }
    }

    private void lost(IOException e) {
        FullOperation full = operation;
        if (full != null) {
            Linger.closeQuietly(full.channel);
        }
        fail(new DisconnectCause.TransportLost("connection to " + remote + " lost: " + e.getMessage()), null);
    }

    @Override
    void broken(Throwable e) {
        fail(new DisconnectCause.LocalError("it is broken by " + e), null);
    }

    /** Ends full operation, or what leads to it; the rest is reported in a coming poll. The first reason counts. */
    private void fail(DisconnectCause reason, @Nullable Terminate terminate) {
        if (state == State.FAILED || state == State.DISCONNECTED || state == State.CLOSED) {
            return;
        }
        cause = reason;
        release(terminate);
        changeState(State.FAILED);
        requestAttention();
    }

    /** From here on neither the socket nor the peer touches any memory of this connection. */
    private void release(@Nullable Terminate terminate) {
        Poller.Timer timer = drainTimer;
        if (timer != null) {
            timer.cancel();
        }
        FullOperation full = operation;
        if (full != null) {
            operation = null;
            poller.notLive(this);
        }
        for (int i = 0; i < exposureCount; i++) {
            IwarpExposure exposure = exposures[i];
            if (exposure != null) {
                end(exposure);
            }
        }
        sends.invalidateSinks(poller.stags());
        if (full != null) {
            long room = full.channel.isOpen() ? poller.lingeringRoom() : 0;
            ByteBuffer rest = finish(full, terminate, room);
            full.reads.clear();
            if (rest == null || !full.channel.isOpen()) {
                Linger.closeQuietly(full.channel);
            } else {
                Linger.begin(poller, full.channel, rest);
            }
        }
    }

    /** What is still to be written, a copy; null if it cannot be made: a connection can always end. */
    private @Nullable ByteBuffer finish(FullOperation full, @Nullable Terminate terminate, long room) {
        try {
            return full.transmitter.finish(full.mayTransmit ? terminate : null, room);
        } catch (RuntimeException | Error e) {
            // No memory for the copy, or the memory that it is taken from is gone.
            LOG.debug("{}: the last octets for {} are dropped", poller.name(), remote, e);
            return null;
        }
    }

    private void changeState(State next) {
        State before = state;
        if (next == State.FAILED) {
            poller.info(LOG, () -> LOG.info("{}: {} {} -> FAILED: {}", poller.name(), remote, before, cause.message()));
        } else {
            LOG.debug("{}: {} {} -> {}", poller.name(), remote, before, next);
        }
        state = next;
    }

    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.CREATED || state == State.CONNECTING) {
            startup.abort();
        }
        release(null);
        sends.clear();
        receives.clear();
        changeState(State.CLOSED);
        if (needsAttention) {
            needsAttention = false;
            poller.forget(this);
        }
        domain.closed(this);
        poller.connectionClosed();
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Whether there is a socket to receive from. */
    boolean isOperating() {
        return operation != null;
    }

    // Progress, from the poller only.

    /** Has {@link #attend()} called in a coming poll. */
    void requestAttention() {
        if (!needsAttention) {
            needsAttention = true;
            poller.attend(this);
        }
    }

    /** Handles posted work and changes of state. */
    int attend() {
        needsAttention = false;
        return switch (state) {
            case ESTABLISHED, DRAINING -> progress();
            case FAILED -> flush(true);
            case DISCONNECTED -> flush(false);
            case CREATED, CONNECTING, CLOSED -> 0;
        };
    }

    @Override
    int ready() {
        return progress();
    }

    /** Receives what has come, and sends what there is to send. */
    int progress() {
        byte[] data = establishedData;
        int work = 0;
        if (data != null) {
            establishedData = null;
            work++;
            established(data);
        }
        try {
            FullOperation full = operation;
            if (full != null) {
                // What was posted before goes first: the peer can work while we look for what has come.
                work += transmit(full);
            }
            if (full == operation && full != null) {
                work += full.receiver.receive();
            }
            if (full == operation && full != null) {
                work += transmit(full);
            }
            if (full == operation && full != null && state == State.DRAINING && isDrained(full)) {
                fail(new DisconnectCause.LocalDisconnect(), null);
            }
        } catch (IOException e) {
            lost(e);
            work++;
        }
        return work;
    }

    private boolean isDrained(FullOperation full) {
        return !full.mayTransmit || (sends.isDrained() && !full.transmitter.isBlocked() && full.reads.first() == null);
    }

    private int transmit(FullOperation full) throws IOException {
        if (!full.mayTransmit) {
            return 0;
        }
        Transmitter transmitter = full.transmitter;
        if (!transmitter.isBlocked() && !transmitter.hasWork()) {
            return 0;
        }
        int work = 0;
        boolean wasBlocked = transmitter.isBlocked();
        for (int round = 0; round < ROUNDS; round++) {
            int writes = transmitter.pump();
            int delivered = deliverSends();
            work += writes + delivered;
            if (operation != full || transmitter.isBlocked() || !transmitter.hasWork()) {
                break;
            }
        }
        if (operation == full) {
            if (transmitter.isBlocked() != wasBlocked) {
                full.key.interestOps(SelectionKey.OP_READ | (transmitter.isBlocked() ? SelectionKey.OP_WRITE : 0));
            }
            if (!transmitter.isBlocked() && transmitter.hasWork()) {
                requestAttention();
            }
        }
        return work;
    }

    /** An FPDU has come and was found right. */
    void validated() {
        FullOperation full = operation;
        if (full != null && !full.mayTransmit) {
            full.mayTransmit = true;
            if (full.awaitsRtr) {
                full.awaitsRtr = false;
                establishedData = new byte[0];
                requestAttention();
            }
        }
    }

    /**
     * Checks a request whose turn has come; one that cannot be executed fails the connection. Enters the sink of a Read.
     *
     * @return whether it can be executed
     */
    boolean checkStartable(SendRequest request, int depth) {
        if (!request.isRead()) {
            return true;
        }
        IwarpRegion sink = request.entries == 0 ? null : request.regions[0];
        if (depth == 0) {
            request.failure = WorkStatus.LOCAL_OPERATION_ERROR;
            fail(new DisconnectCause.LocalError("an RDMA Read was posted where ORD is 0"), null);
            return false;
        }
        if (sink != null && (sink.rights() & Access.LOCAL_WRITE) == 0) {
            request.failure = WorkStatus.LOCAL_PROTECTION_ERROR;
            fail(new DisconnectCause.LocalError("the sink of an RDMA Read lacks the right LOCAL_WRITE"), null);
            return false;
        }
        if (sink != null && request.length > 0) {
            request.enterSink(this, poller.stags(), sink);
            largeReads += request.length >= Receiver.LARGE ? 1 : 0;
        }
        return true;
    }

    /** What the peer was reading is not exposed any more. */
    void readRevoked(SendRequest response) {
        LOG.debug("{}: {} reads {} octets that are withdrawn", poller.name(), remote, response.length);
        protocolError("it reads what is withdrawn", Terminate.of(RdmapError.INVALID_STAG));
    }

    /** Whether payload of a size may come that has to go straight to its place. */
    boolean expectsLarge() {
        return largeExposures > 0 || largeReads > 0;
    }

    // Reports to the handler.

    private void established(byte[] privateData) {
        try {
            handler.onEstablished(this, privateData);
        } catch (Throwable e) {
            thrown(e);
        }
    }

    private void report(CompletionView of) {
        try {
            handler.onCompletion(this, of);
        } catch (Throwable e) {
            thrown(e);
        }
    }

    private void thrown(Throwable e) {
        poller.warn(
                LOG, () -> LOG.warn("{}: the handler of the connection to {} has thrown", poller.name(), remote, e));
        fail(new DisconnectCause.LocalError("its handler has thrown " + e), null);
    }

    /** The oldest RDMA Read has its response. */
    void readAnswered(SendRequest read) {
        read.leaveSink(poller.stags());
        largeReads -= read.length >= Receiver.LARGE ? 1 : 0;
        deliverSends();
    }

    private int deliverSends() {
        int delivered = 0;
        while (true) {
            FullOperation full = operation;
            SendRequest request = full == null ? null : sends.completed(full.transmitter.written());
            if (request == null) {
                return delivered;
            }
            delivered++;
            completion.of(request.workId, WorkStatus.SUCCESS, request.operation, request.isRead() ? request.length : 0);
            sends.freeCompleted();
            report(completion);
        }
    }

    void deliverReceive(int length, boolean invalidated, int stag) {
        completion.of(receives.workId(), WorkStatus.SUCCESS, Operation.RECEIVE, length);
        if (invalidated) {
            completion.invalidating(stag);
        }
        receives.remove();
        report(completion);
    }

    /** Reports all that is outstanding, then the end. */
    private int flush(boolean disconnect) {
        int work = 0;
        SendRequest request;
        while (state != State.CLOSED && (request = sends.abort()) != null) {
            work++;
            completion.of(request.workId, request.failure, request.operation, 0);
            sends.freeCompleted();
            report(completion);
        }
        sends.freeCompleted();
        while (state != State.CLOSED && !receives.isEmpty()) {
            work++;
            completion.of(receives.workId(), receives.headFailure, Operation.RECEIVE, 0);
            receives.remove();
            report(completion);
        }
        if (disconnect && state == State.FAILED) {
            changeState(State.DISCONNECTED);
            work++;
            try {
                handler.onDisconnected(this, cause);
            } catch (Throwable e) {
                thrown(e);
            }
        }
        return work;
    }

    // Work and exposures.

    /** The region, if it is of this connection's domain. */
    IwarpRegion own(MemoryRegion region) {
        if (region instanceof IwarpRegion own && own.domain() == domain) {
            return own;
        }
        throw new IllegalStateException("the region is of another protection domain");
    }

    @Override
    public void postReceive(long workId, MemoryRegion region, long offset, int length) {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the connection is closed");
        }
        IwarpRegion own = own(region);
        own.checkRange(offset, length);
        receives.post(workId, own, offset, length);
        if (state == State.FAILED || state == State.DISCONNECTED) {
            requestAttention();
        }
    }

    @Override
    public SendBatch sendBatch() {
        return sends;
    }

    /** The send queue has new work. */
    void posted() {
        if (state != State.CREATED && state != State.CONNECTING) {
            requestAttention();
        }
    }

    @Override
    public int sendQueueFree() {
        return sends.free();
    }

    @Override
    public Exposure newExposure() {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the connection is closed");
        }
        if (exposureCount == exposures.length) {
            throw new IllegalStateException("the connection has its " + exposures.length + " exposures already");
        }
        IwarpExposure exposure = new IwarpExposure(this, poller.stags());
        exposures[exposureCount++] = exposure;
        return exposure;
    }

    void checkExposable() {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the connection is closed");
        }
    }

    /** An exposure has become valid. */
    void exposed(IwarpExposure exposure) {
        largeExposures += isLarge(exposure) ? 1 : 0;
        if (state == State.FAILED || state == State.DISCONNECTED) {
            end(exposure);
        }
    }

    /** An exposure ends. */
    void end(IwarpExposure exposure) {
        if (exposure.valid) {
            largeExposures -= isLarge(exposure) ? 1 : 0;
            exposure.invalidate(poller.stags());
        }
    }

    /** Whether octets are on their way to the peer through that STag. */
    boolean isReading(StagEntry entry) {
        FullOperation full = operation;
        return full != null && full.transmitter.isReading(entry);
    }

    private static boolean isLarge(StagEntry entry) {
        return (entry.rights & Access.REMOTE_WRITE) != 0 && entry.length >= Receiver.LARGE;
    }

    /** The user ends an exposure. If octets are on their way through it just now, the connection cannot go on. */
    void withdraw(IwarpExposure exposure) {
        FullOperation full = operation;
        if (full != null && (full.receiver.isPlacingThrough(exposure) || isReading(exposure))) {
            fail(new DisconnectCause.LocalError("an exposure was withdrawn while the peer was using it"), null);
        }
        end(exposure);
    }

    @Override
    public String toString() {
        return "connection to " + remote + " (" + state + ")";
    }
}
