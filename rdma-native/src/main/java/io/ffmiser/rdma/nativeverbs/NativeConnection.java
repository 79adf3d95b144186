package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.verbs.AsyncEventType;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairState;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.WorkCompletion;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connected queue pair with its id. What is outstanding is known from the rings of its queues; completions of the device only say
 * how far it has come. At the end the device is given a bounded time to flush, then the queue pair is destroyed, and whatever
 * is left in the rings is reported.
 */
final class NativeConnection implements Connection, CmWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(NativeConnection.class);

    private enum State {
        /** Not connected yet. */
        CREATED,
        /** Connect or accept is under way. */
        CONNECTING,
        ESTABLISHED,
        /** Until the work posted so far is done. */
        DRAINING,
        /** The queue pair is in error, or on its way there; the device flushes. */
        ENDING,
        /** Without a queue pair; all was reported. */
        DISCONNECTED,
        CLOSED
    }

    private final NativePoller poller;
    private final NativeDomain domain;
    private final ConnectionHandler handler;
    private final ConnectionId id;
    private final ConnectionSlots.Slot slot;
    private final SharedCompletionQueue completions;
    private final int reserved;
    private final ReceiveQueue receives;
    private final SendQueue sends;
    private final ControlQueue controls;
    private final ExposureTable exposures;
    private final CompletionReports reports;

    private @Nullable QueuePair queuePair;
    private State state = State.CREATED;
    private boolean needsAttention;
    private boolean causeIsGuessed;
    private boolean flushedInVain;
    private DisconnectCause cause = new DisconnectCause.LocalDisconnect();
    private Poller.@Nullable Timer timer;
    private int ord;
    private int ird;

    static NativeConnection create(
            NativeDomain domain, ConnectionOptions options, ConnectionHandler handler, CmId id, ConnectionPeer peer) {
        NativeDevice device = domain.device();
        device.check(options);
        int controls = ControlQueue.depth(device.windows(options));
        int reserved = options.sendDepth() + controls + options.receiveDepth();
        SharedCompletionQueue completions = device.reserve(reserved);
        QueuePair queuePair;
        try {
            queuePair = device.createQueuePair(id, domain, completions.queue(), options, controls);
        } catch (VerbsException e) {
            completions.giveBack(reserved);
            throw new RdmaException("cannot make a connection on device " + device.name() + ": " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            completions.giveBack(reserved);
            throw e;
        }
        NativeConnection made;
        try {
            made = new NativeConnection(domain, options, handler, id, peer, completions, reserved, queuePair);
        } catch (RuntimeException | Error e) {
            completions.giveBack(reserved);
            queuePair.close();
            throw e;
        }
        domain.opened(made);
        device.poller().opened(made, id);
        return made;
    }

    private NativeConnection(
            NativeDomain domain,
            ConnectionOptions options,
            ConnectionHandler handler,
            CmId id,
            ConnectionPeer peer,
            SharedCompletionQueue completions,
            int reserved,
            QueuePair queuePair) {
        this.domain = domain;
        this.handler = handler;
        this.completions = completions;
        this.reserved = reserved;
        this.queuePair = queuePair;
        poller = domain.device().poller();
        this.id = new ConnectionId(this, poller, id, peer);
        slot = poller.slots().take();
        NativeDevice device = domain.device();
        receives = new ReceiveQueue(options.receiveDepth(), base(WorkRequestId.RECEIVE), device.isIwarp());
        sends = new SendQueue(
                this,
                options.sendDepth(),
                options.maxSge(),
                Math.min(options.maxSge(), device.capabilities().maxReadSge()),
                device.capabilities().maxMessageBytes(),
                Math.min(device.maxInlineBytes(), queuePair.capabilities().maxInlineBytes()),
                base(WorkRequestId.SEND));
        controls = new ControlQueue(device.windows(options), base(WorkRequestId.CONTROL));
        exposures = new ExposureTable(this, options.exposures());
        reports = new CompletionReports(this, handler, receives, sends, controls, exposures);
    }

    private long base(int queue) {
        return WorkRequestId.base(slot.number(), slot.generation(), queue);
    }

    ConnectionSlots.Slot slot() {
        return slot;
    }

    @Override
    public NativeDomain domain() {
        return domain;
    }

    @Override
    public InetSocketAddress localAddress() {
        return id.peer().localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return id.peer().remoteAddress();
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
        begin("connect", parameters);
    }

    @Override
    public void accept(ConnectionParameters parameters) {
        begin("accept", parameters);
    }

    private void begin(String what, ConnectionParameters parameters) {
        byte[] privateData = parameters.privateData();
        int most = domain.device().capabilities().maxPrivateDataBytes();
        if (privateData.length > most) {
            throw new IllegalArgumentException("private data of " + privateData.length + " bytes, the most is " + most);
        }
        if (state != State.CREATED && state != State.ENDING && state != State.DISCONNECTED) {
            throw new IllegalStateException("cannot " + what + " a connection that is " + state);
        }
        if (state != State.CREATED) {
            return; // lost before, of which the handler hears
        }
        NativeDevice device = domain.device();
        ord = Math.min(Math.min(parameters.initiatorDepth(), id.peer().servedByPeer()), device.maxReadsAsInitiator());
        ird = Math.min(
                Math.min(parameters.responderResources(), id.peer().wantedByPeer()), device.maxReadsAsResponder());
        NativeSettings settings = poller.settings();
        var offered = io.ffmiser.rdmacm.ConnectionParameters.DEFAULT
                .withPrivateData(privateData)
                .withReads(ird, ord)
                .withRetries(settings.retryCount(), settings.rnrRetryCount());
        changeState(State.CONNECTING);
        timer = poller.scheduleMillis(
                settings.connectTimeoutMillis(),
                () -> fail(new DisconnectCause.Unreachable("no answer from " + remoteAddress() + " within "
                        + settings.connectTimeoutMillis() + " ms (verbs.connectTimeoutMillis)")));
        try {
            if (what.equals("connect")) {
                id.connect(offered.withQueuePair(queuePair().number(), false));
            } else {
                id.accept(offered);
            }
        } catch (VerbsException e) {
            cannot(what, e);
        }
    }

    void cannot(String what, VerbsException e) {
        fail(new DisconnectCause.Unreachable("cannot " + what + ": " + e.getMessage()));
    }

    boolean isConnecting() {
        return state == State.CONNECTING;
    }

    @Override
    public void onEvent(CmEvent event) {
        switch (event) {
            case CmEvent.Established up -> established(up);
            case CmEvent.Disconnected down -> disconnectedByPeer();
            case CmEvent.DeviceRemoval removal -> domain.device().onEvent(removal);
            case CmEvent.Rejected rejected -> notConnected(rejected);
            case CmEvent.Unreachable unreachable -> notConnected(unreachable);
            case CmEvent.ConnectError error -> notConnected(error);
            default -> LOG.debug("{}: {} for {}", poller.name(), event.type(), this);
        }
    }

    private void notConnected(CmEvent event) {
        id.notConnected();
        fail(Causes.of(event, remoteAddress()));
    }

    private void established(CmEvent.Established event) {
        if (state != State.CONNECTING) {
            return;
        }
        cancelTimer();
        byte[] privateData = new byte[0];
        if (event.peer() instanceof io.ffmiser.rdmacm.ConnectionParameters answer) {
            boolean iwarp = domain.device().isIwarp();
            if (id.peer() instanceof NativeRoute) {
                privateData = answer.privateData();
                // Drivers of iWARP tell the depths of this side here, where InfiniBand tells what the peer offers.
                ord = Math.min(ord, iwarp ? answer.responderResources() : answer.initiatorDepth());
            }
            if (iwarp) { // siw serves as many as the peer wants, though fewer were offered
                ird = Math.max(ird, answer.initiatorDepth());
            }
        }
        changeState(State.ESTABLISHED);
        try {
            exposures.bindDeferred(controls, queuePair(), sends.end());
            sends.giveHeld(queuePair());
        } catch (RuntimeException e) { // of the device, or of memory whose arena is closed
            postFailed(e);
            return;
        }
        try {
            handler.onEstablished(this, privateData);
        } catch (Throwable e) {
            thrown(e);
        }
    }

    private QueuePair queuePair() {
        QueuePair made = queuePair;
        if (made == null) {
            throw new IllegalStateException("the queue pair of " + this + " is destroyed");
        }
        return made;
    }

    private void disconnectedByPeer() {
        switch (state) {
            case CONNECTING, ESTABLISHED, DRAINING -> {
                if (state == State.DRAINING) {
                    fail(new DisconnectCause.LocalDisconnect());
                } else if (isInError()) {
                    fail(responderError());
                } else {
                    fail(new DisconnectCause.RemoteDisconnect());
                }
            }
            case ENDING -> requestAttention();
            case CREATED, DISCONNECTED, CLOSED -> {}
        }
    }

    /** On InfiniBand and RoCE nobody but this side takes the queue pair to error: when it is there, it refused what the peer did. */
    private boolean isInError() {
        QueuePair asked = queuePair;
        try {
            return !domain.device().isIwarp() && asked != null && asked.queryState() == QueuePairState.ERR;
        } catch (VerbsException e) {
            return false;
        }
    }

    private static DisconnectCause responderError() {
        return new DisconnectCause.LocalError(
                "the device refused what the peer did: it reached for memory that it may not, or broke the protocol");
    }

    /** An event of the device that concerns the queue pair. */
    void onDeviceEvent(AsyncEventType type) {
        switch (type) {
            case QP_ACCESS_ERR, QP_REQ_ERR -> {
                if (causeIsGuessed) {
                    causeIsGuessed = false;
                    cause = responderError();
                }
                fail(responderError());
            }
            case QP_FATAL ->
                fail(new DisconnectCause.TransportLost(
                        "device " + domain.device().name() + " reports a fatal error of the queue pair"));
            default -> LOG.debug("{}: {} for {}", poller.name(), type, this);
        }
    }

    @Nullable
    QueuePair queuePairOrNull() {
        return queuePair;
    }

    @Override
    public void disconnect() {
        switch (state) {
            case CREATED, CONNECTING -> fail(new DisconnectCause.LocalDisconnect());
            case ESTABLISHED -> {
                changeState(State.DRAINING);
                timer = poller.scheduleMillis(
                        poller.settings().drainTimeoutMillis(), () -> fail(new DisconnectCause.LocalDisconnect()));
                try {
                    if (sends.endsUnsignaled()) {
                        controls.mark(queuePair(), sends.end());
                    }
                } catch (VerbsException e) {
                    postFailed(e);
                }
                requestAttention();
            }
            case DRAINING, ENDING, DISCONNECTED, CLOSED -> {}
        }
    }

    /** The first reason counts. */
    void fail(DisconnectCause reason) {
        if (hasEnded() || state == State.CLOSED) {
            return;
        }
        cause = reason;
        cancelTimer();
        boolean wasConnecting = state == State.CREATED || state == State.CONNECTING;
        State before = state;
        poller.info(
                LOG,
                () -> LOG.info("{}: {} {} -> ENDING: {}", poller.name(), remoteAddress(), before, reason.message()));
        state = State.ENDING;
        toError();
        if (wasConnecting) {
            flushedInVain = true; // an id that was not connected flushes nothing on some devices
        }
        timer = poller.scheduleMillis(poller.settings().drainTimeoutMillis(), () -> {
            flushedInVain = true;
            requestAttention();
        });
        requestAttention();
    }

    /** Tells the peer, unless it could not hear it, and takes the queue pair to error. */
    private void toError() {
        if (!domain.device().isPortDown() && id.disconnect()) {
            return;
        }
        QueuePair failing = queuePair;
        if (failing != null) {
            try {
                failing.modifyToError();
            } catch (VerbsException | IllegalArgumentException e) {
                LOG.debug("{}: {}: {}", poller.name(), this, e.getMessage());
            }
        }
    }

    private void cancelTimer() {
        Poller.Timer running = timer;
        timer = null;
        if (running != null) {
            running.cancel();
        }
    }

    private void changeState(State next) {
        LOG.debug("{}: {} {} -> {}", poller.name(), id.peer(), state, next);
        state = next;
    }

    boolean hasEnded() {
        return state == State.ENDING || state == State.DISCONNECTED;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        cancelTimer();
        boolean wasUp = id.isConnected() && state != State.DISCONNECTED;
        if (state == State.CREATED) {
            id.peer().abandoned();
        } else if (wasUp && state != State.ENDING) {
            toError();
        }
        if (state != State.DISCONNECTED) {
            release();
        }
        changeState(State.CLOSED);
        receives.close();
        sends.close();
        controls.close();
        domain.closed(this);
        id.close(wasUp);
    }

    /** From here on nobody touches any memory of this connection. Whatever fails in it, the end goes on. */
    private void release() {
        try {
            releaseAll();
        } catch (RuntimeException | Error e) { // such as EIO, when the device is gone and all that was on it
            LOG.warn("{}: {} could not be released: {}", poller.name(), this, e.toString());
        }
    }

    private void releaseAll() {
        QueuePair destroyed = queuePair;
        queuePair = null;
        try {
            exposures.end();
        } finally {
            if (destroyed != null) {
                completions.giveBack(reserved);
                destroyed.close();
            }
        }
    }

    // Progress, from the poller only.

    /** Has {@link #attend()} called in a coming poll. */
    void requestAttention() {
        if (!needsAttention) {
            needsAttention = true;
            poller.attend(this);
        }
    }

    int attend() {
        needsAttention = false;
        return switch (state) {
            case DRAINING -> {
                if (sends.isDrained()) {
                    fail(new DisconnectCause.LocalDisconnect());
                    yield 1;
                }
                yield 0;
            }
            case ENDING -> {
                if (flushedInVain || isFlushed()) {
                    yield finish();
                }
                yield 0;
            }
            case DISCONNECTED -> reports.flush();
            case CREATED, CONNECTING, ESTABLISHED, CLOSED -> 0;
        };
    }

    private boolean isFlushed() {
        return receives.onDevice() == 0 && sends.signaledOnDevice() == 0 && controls.signaledOnDevice() == 0;
    }

    private int finish() {
        if (causeIsGuessed) {
            poller.takeEvents(); // the better reason, if there is one, came before the flush
        }
        poller.drain(completions);
        return state == State.ENDING ? finishWithoutDevice() : 1;
    }

    /** Ends it whatever the device has to say yet. */
    private int finishWithoutDevice() {
        cancelTimer();
        release();
        int work = reports.flush();
        if (state == State.ENDING) {
            changeState(State.DISCONNECTED);
            work++;
            try {
                handler.onDisconnected(this, cause);
            } catch (Throwable e) {
                poller.handlerThrew(toString(), e);
            }
        }
        return work;
    }

    // Completions, from the poller only.

    void completed(WorkCompletion of, long workRequestId) {
        reports.completed(of, workRequestId);
        if (state == State.DRAINING || state == State.ENDING) {
            requestAttention();
        }
    }

    /** Ends the connection for a reason that is known; one that was guessed gives way to it. */
    void end(DisconnectCause known) {
        if (causeIsGuessed) {
            causeIsGuessed = false;
            cause = known;
        } else {
            fail(known);
        }
    }

    /**
     * The device flushes and nobody here has asked for it. On InfiniBand and RoCE the queue pair has found the peer doing what it may not, of
     * which no completion tells; on iWARP the stream has ended, and the connection manager's event follows.
     */
    void flushedUnasked() {
        if (state != State.ESTABLISHED && state != State.DRAINING) {
            return;
        }
        boolean draining = state == State.DRAINING;
        fail(
                domain.device().isIwarp()
                        ? (draining ? new DisconnectCause.LocalDisconnect() : new DisconnectCause.RemoteDisconnect())
                        : responderError());
        causeIsGuessed = !draining;
    }

    @Override
    public void broken(Throwable e) {
        if (state == State.ENDING) {
            finishWithoutDevice(); // to end is what it cannot
            return;
        }
        fail(new DisconnectCause.LocalError("it is broken by " + e));
    }

    void thrown(Throwable e) {
        poller.handlerThrew(toString(), e);
        fail(new DisconnectCause.LocalError("its handler has thrown " + e));
    }

    // Work and exposures.

    /** The region, if it is of this connection's domain. */
    NativeRegion own(MemoryRegion region) {
        if (region instanceof NativeRegion own && own.domain() == domain) {
            return own;
        }
        throw new IllegalStateException("the region is of another protection domain");
    }

    boolean isIwarp() {
        return domain.device().isIwarp();
    }

    boolean hasNoReads() {
        return ord == 0 && (state == State.ESTABLISHED || state == State.DRAINING);
    }

    @Override
    public void postReceive(long workId, MemoryRegion region, long offset, int length) {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the connection is closed");
        }
        NativeRegion own = own(region);
        own.checkRange(offset, length);
        try {
            receives.post(hasEnded() ? null : queuePair, workId, own, offset, length);
        } catch (VerbsException e) {
            postFailed(e);
            receives.post(null, workId, own, offset, length);
        }
        if (hasEnded()) {
            requestAttention();
        }
    }

    @Override
    public SendBatch sendBatch() {
        return sends;
    }

    /** The send queue has new work. */
    void posted() {
        switch (state) {
            case CREATED, CONNECTING -> sends.hold();
            case ESTABLISHED -> {
                try {
                    sends.give(queuePair());
                } catch (RuntimeException e) { // of the device, or of memory whose arena is closed
                    postFailed(e);
                }
                WorkStatus obstacle = sends.obstacle();
                if (obstacle != null) {
                    fail(new DisconnectCause.LocalError(
                            obstacle == WorkStatus.LOCAL_PROTECTION_ERROR
                                    ? "the sink of an RDMA Read lacks the right LOCAL_WRITE"
                                    : "an RDMA Read was posted where ORD is 0"));
                }
            }
            default -> {
                sends.withhold();
                requestAttention();
            }
        }
    }

    private void postFailed(RuntimeException e) {
        fail(new DisconnectCause.LocalError("the device did not take a request: " + e.getMessage()));
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
        return exposures.add();
    }

    /** Binds the window of an exposure: now, or as soon as the connection is up. */
    void bind(NativeExposure exposure) {
        if (state == State.CREATED || state == State.CONNECTING) {
            exposures.deferBind(exposure);
            return;
        }
        try {
            exposure.bind(controls, queuePair(), sends.end());
        } catch (VerbsException e) {
            postFailed(e);
        }
    }

    /**
     * Invalidates the window of an exposure.
     *
     * @return whether a completion follows; if not, the exposure can be ended without
     */
    boolean invalidate(NativeExposure exposure, int stag, long workId) {
        if (state != State.ESTABLISHED && state != State.DRAINING) {
            return false;
        }
        try {
            controls.invalidate(queuePair(), sends.end(), exposure, stag, workId);
            return true;
        } catch (VerbsException e) {
            postFailed(e);
            return false;
        }
    }

    @Override
    public String toString() {
        return "connection to " + remoteAddress() + " (" + state + ")";
    }
}
