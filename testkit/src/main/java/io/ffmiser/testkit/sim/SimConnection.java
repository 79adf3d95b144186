package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a simulated connection: its queues and their states. What is on the way to the peer is in {@link Wire}.
 *
 * <p>The places of the send queue are counted by four positions that only grow: {@code head} (the oldest whose completion has not
 * been reported), {@code retired} (the next to complete), {@code sent} (the next to execute), {@code tail} (the next free one).
 */
public final class SimConnection implements Connection {
    enum State {
        CREATED,
        CONNECTING,
        ACCEPTED,
        ESTABLISHED,
        DRAINING,
        FAILED,
        CLOSED
    }

    private static final long DRAIN_NANOS = 1_000_000_000L;
    private static final long WITHHELD_NANOS = 200_000_000L;

    final SimPoller poller;
    final SimFabric fabric;
    final ConnectionHandler handler;
    final int number;
    final boolean active;
    State state = State.CREATED;

    @Nullable
    SimConnection peer;

    @Nullable
    SimRequest request;

    int initiatorDepth;
    int responderResources;
    int readsOutstanding;
    byte[] establishedData = new byte[0];
    DisconnectCause cause = new DisconnectCause.LocalDisconnect();
    /** Entries of this connection in the poller's queue. */
    int queued;

    private final SimDomain domain;
    private final ConnectionOptions options;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final SimWork[] works;
    private final SimReceive[] receives;
    private final List<SimExposure> exposures = new ArrayList<>();
    private final SimSendBatch batch = new SimSendBatch(this);
    private final Wire wire;
    private long head;
    private long retired;
    private long sent;
    private long tail;
    private long receiveHead;
    private long receiveReported;
    private long receiveNext;
    private long receiveTail;
    /** Completions are withheld so that the send queue fills. */
    private boolean withheld;

    private boolean sendsStalled;
    private boolean receivesStalled;
    private final SimEvent retire = new SimEvent() {
        @Override
        void fire() {
            if (!fabric.cutsByPlan(SimConnection.this)) {
                retireDone();
            }
        }
    };

    SimConnection(
            SimPoller poller,
            SimDomain domain,
            ConnectionOptions options,
            ConnectionHandler handler,
            InetSocketAddress local,
            InetSocketAddress remote,
            int number,
            boolean active) {
        this.poller = poller;
        this.fabric = poller.fabric;
        this.domain = domain;
        this.options = options;
        this.handler = handler;
        this.local = local;
        this.remote = remote;
        this.number = number;
        this.active = active;
        wire = new Wire(fabric, this);
        works = new SimWork[options.sendDepth()];
        for (int i = 0; i < works.length; i++) {
            works[i] = new SimWork(options.maxSge());
        }
        receives = new SimReceive[options.receiveDepth()];
        for (int i = 0; i < receives.length; i++) {
            receives[i] = new SimReceive();
        }
        poller.connections.add(this);
        domain.connections.add(this);
        fabric.counters.liveConnections++;
        fabric.connections.add(this);
    }

    @Override
    public ProtectionDomain domain() {
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

    /** Counted from 0 in the order in which they were asked for; the same at both ends. */
    public int number() {
        return number;
    }

    /** Whether that poller has one of its ends. */
    public boolean isBetween(SimPoller either) {
        SimConnection other = peer;
        return poller == either || (other != null && other.poller == either);
    }

    /** Whether this end is up, or was and is draining. */
    public boolean isEstablished() {
        return state == State.ESTABLISHED || state == State.DRAINING;
    }

    /** Whether it is the end that asked for the connection. */
    public boolean isActive() {
        return active;
    }

    @Override
    public int initiatorDepth() {
        return initiatorDepth;
    }

    @Override
    public int responderResources() {
        return responderResources;
    }

    @Override
    public void connect(ConnectionParameters parameters) {
        if (state != State.CREATED || !active) {
            throw fabric.misuse("connect in state " + state + " of " + this);
        }
        fabric.checkPrivateData(parameters.privateData());
        state = State.CONNECTING;
        initiatorDepth = parameters.initiatorDepth();
        responderResources = parameters.responderResources();
        fabric.connectionManager.connect(this, parameters);
    }

    @Override
    public void accept(ConnectionParameters parameters) {
        SimRequest asked = request;
        if (state == State.FAILED) {
            return; // the peer has gone meanwhile; onDisconnected tells
        }
        if (state != State.CREATED || asked == null) {
            throw fabric.misuse("accept in state " + state + " of " + this);
        }
        fabric.checkPrivateData(parameters.privateData());
        state = State.ACCEPTED;
        initiatorDepth = Math.min(parameters.initiatorDepth(), asked.initiatorDepth());
        responderResources = Math.min(parameters.responderResources(), asked.responderResources());
        fabric.connectionManager.accept(asked, this, parameters.privateData());
    }

    void established(byte[] privateData) {
        state = State.ESTABLISHED;
        establishedData = privateData;
        poller.enqueue(QueueEntry.Kind.ESTABLISHED, this);
        pump();
    }

    @Override
    public void postReceive(long workId, MemoryRegion region, long offset, int length) {
        if (state == State.CLOSED) {
            throw fabric.misuse("the connection is closed");
        }
        SimRegion memory = own(region);
        memory.checkRange(offset, length);
        if (state == State.FAILED) {
            flushedPost(workId, Operation.RECEIVE);
            return;
        }
        if (receiveTail - receiveHead == receives.length) {
            throw fabric.misuse("the receive queue is full: " + this);
        }
        SimReceive receive = receives[(int) (receiveTail % receives.length)];
        receive.workId = workId;
        receive.region = memory;
        receive.offset = offset;
        receive.length = length;
        memory.pins++;
        receiveTail++;
        if (peer != null) {
            peer.wire.receivePosted();
        }
    }

    @Override
    public SendBatch sendBatch() {
        return batch;
    }

    @Override
    public int sendQueueFree() {
        return freePlaces();
    }

    int freePlaces() {
        return works.length - (int) (tail - head);
    }

    /** The place that the request will have, so many behind the last posted one. */
    SimWork place(int ahead) {
        return work(tail + ahead);
    }

    private SimWork work(long position) {
        return works[(int) (position % works.length)];
    }

    private static boolean reports(SimWork work) {
        return (work.flags & SendBatch.SIGNALED) != 0 || work.operation == Operation.LOCAL_INVALIDATE;
    }

    void checkPost() {
        if (state == State.CLOSED || state == State.CREATED || state == State.CONNECTING) {
            throw fabric.misuse("post in state " + state + " of " + this);
        }
    }

    void post(int count) {
        if (state == State.FAILED) {
            for (int i = 0; i < count; i++) {
                flushedPost(place(i).workId, place(i).operation);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            SimWork work = work(tail);
            work.flushOnly = state == State.DRAINING;
            work.pin();
            tail++;
        }
        if (withheld && freePlaces() == 0 && retire.isArmed()) {
            withheld = false;
            fabric.events.arm(retire, fabric.now() + fabric.completionDelay(this));
        }
        pump();
    }

    void postInvalidate(long workId, SimExposure exposure) {
        if (freePlaces() == 0) {
            throw fabric.misuse("the send queue is full: " + this);
        }
        place(0).begin(Operation.LOCAL_INVALIDATE, workId, exposure.stag(), 0, SendBatch.SIGNALED).exposure = exposure;
        post(1);
    }

    private void flushedPost(long workId, Operation operation) {
        QueueEntry entry = poller.enqueue(QueueEntry.Kind.FLUSHED_POST, this);
        entry.workId = workId;
        entry.operation = operation;
        entry.status = WorkStatus.FLUSHED;
    }

    /** Executes what may be executed now, in posting order. */
    void pump() {
        if (state != State.ESTABLISHED && state != State.DRAINING) {
            return;
        }
        while (sent < tail) {
            SimWork work = work(sent);
            if (work.flushOnly || ((work.flags & SendBatch.FENCE) != 0 && readsOutstanding > 0)) {
                break;
            }
            if (work.operation == Operation.LOCAL_INVALIDATE) {
                SimExposure exposure = work.exposure;
                if (exposure != null) {
                    exposure.end();
                }
                work.done = true;
            } else if (work.operation == Operation.RDMA_READ) {
                WorkStatus wrong =
                        initiatorDepth == 0 ? WorkStatus.LOCAL_OPERATION_ERROR : work.checkSink(fabric.readSinkRights);
                if (wrong != null) {
                    localError(work, wrong);
                    return;
                }
                if (readsOutstanding >= initiatorDepth) {
                    break;
                }
                readsOutstanding++;
                wire.transmit(work);
            } else {
                wire.transmit(work);
            }
            sent++;
        }
        progressed();
    }

    /** A request was executed: its completion, and the end of a drain, may follow. */
    void progressed() {
        if (retired < tail && work(retired).done && !retire.isArmed() && !sendsStalled) {
            if (fabric.faultHits(Fault.COMPLETION_DROPPED, this)) {
                sendsStalled = true;
                fabric.cutLater(this);
            } else {
                withheld = fabric.faultHits(Fault.QUEUE_FULL, this);
                long delay = withheld ? WITHHELD_NANOS : fabric.completionDelay(this);
                fabric.events.arm(retire, fabric.now() + delay);
            }
        }
        if (state == State.DRAINING && isDrained()) {
            endDrain();
        }
    }

    private void retireDone() {
        while (retired < tail && work(retired).done) {
            SimWork work = work(retired);
            retired++;
            if (reports(work)) {
                complete(work, retired, WorkStatus.SUCCESS);
            }
        }
    }

    private void complete(SimWork work, long freesUpTo, WorkStatus status) {
        QueueEntry entry = poller.enqueue(QueueEntry.Kind.SEND_COMPLETION, this);
        entry.workId = work.workId;
        entry.operation = work.operation;
        entry.status = status;
        entry.byteLength = (int) work.total;
        entry.freesUpTo = freesUpTo;
    }

    private void localError(SimWork work, WorkStatus status) {
        fabric.counters.localErrors++;
        SimConnection other = peer;
        if (other != null) {
            fabric.later(() -> other.fail(new DisconnectCause.RemoteError("the peer failed: " + status)));
        }
        fail(new DisconnectCause.LocalError(work + ": " + status), work, status, false);
    }

    /** Whether a message that needs a receive finds one. */
    boolean hasReceive() {
        return receiveNext < receiveTail;
    }

    SimReceive nextReceive() {
        return receives[(int) (receiveNext % receives.length)];
    }

    void received(Packet packet) {
        SimReceive receive = nextReceive();
        receiveNext++;
        if (receivesStalled) {
            return;
        }
        if (fabric.faultHits(Fault.COMPLETION_DROPPED, this)) {
            receivesStalled = true;
            fabric.cutLater(this);
            return;
        }
        receiveReported++;
        QueueEntry entry = poller.enqueue(QueueEntry.Kind.RECEIVE_COMPLETION, this);
        entry.workId = receive.workId;
        entry.operation = Operation.RECEIVE;
        entry.status = WorkStatus.SUCCESS;
        entry.byteLength = (int) packet.total;
        entry.invalidated = packet.invalidates;
        entry.invalidatedStag = packet.stag;
    }

    /** The message at hand is longer than the receive at hand. */
    void receiveTooShort(String message) {
        SimReceive receive = nextReceive();
        receiveNext++;
        if (!receivesStalled) {
            receiveReported++;
            QueueEntry entry = poller.enqueue(QueueEntry.Kind.RECEIVE_COMPLETION, this);
            entry.workId = receive.workId;
            entry.operation = Operation.RECEIVE;
            entry.status = WorkStatus.LOCAL_LENGTH_ERROR;
            entry.byteLength = 0;
        }
        fail(new DisconnectCause.LocalError(message));
    }

    boolean isReceptive() {
        return state == State.ACCEPTED || state == State.ESTABLISHED || state == State.DRAINING;
    }

    boolean isFailed() {
        return state == State.FAILED;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    @Override
    public Exposure newExposure() {
        if (state == State.CLOSED) {
            throw fabric.misuse("the connection is closed");
        }
        if (exposures.size() == options.exposures()) {
            throw fabric.misuse("all " + options.exposures() + " exposures of the connection exist already");
        }
        SimExposure exposure = new SimExposure(this);
        exposures.add(exposure);
        return exposure;
    }

    /** What the peer may reach by that STag, or null. */
    @Nullable
    SimExposure exposed(int stag) {
        for (int i = 0; i < exposures.size(); i++) {
            SimExposure exposure = exposures.get(i);
            if (exposure.stag() == stag && exposure.isExposed()) {
                return exposure;
            }
        }
        return null;
    }

    boolean reaches(long address, long length) {
        for (int i = 0; i < exposures.size(); i++) {
            if (exposures.get(i).overlaps(address, length)) {
                return true;
            }
        }
        return false;
    }

    SimRegion own(MemoryRegion region) {
        if (!(region instanceof SimRegion own) || own.domain() != domain) {
            throw fabric.misuse("the region is of another protection domain: " + region);
        }
        if (own.isClosed()) {
            throw fabric.misuse("the region is closed");
        }
        return own;
    }

    @Override
    public void disconnect() {
        switch (state) {
            case CREATED, CONNECTING -> {
                fabric.connectionManager.abandon(this);
                fail(new DisconnectCause.LocalDisconnect());
            }
            case ACCEPTED, ESTABLISHED -> {
                state = State.DRAINING;
                fabric.at(fabric.now() + DRAIN_NANOS, () -> {
                    if (state == State.DRAINING) {
                        endDrain();
                    }
                });
                pump();
            }
            case DRAINING, FAILED, CLOSED -> {}
        }
    }

    private boolean isDrained() {
        if (!wire.isEmpty()) {
            return false;
        }
        for (long i = retired; i < tail; i++) {
            if (!work(i).flushOnly && !work(i).done) {
                return false;
            }
        }
        return true;
    }

    private void endDrain() {
        SimConnection other = peer;
        if (other != null) {
            fabric.later(() -> other.fail(new DisconnectCause.RemoteDisconnect()));
        }
        fail(new DisconnectCause.LocalDisconnect());
    }

    void fail(DisconnectCause why) {
        fail(why, null, WorkStatus.FLUSHED, false);
    }

    /**
     * Ends it: flushes what is posted, withdraws what is exposed.
     *
     * @param failed the request that is to blame, which completes with the status given
     * @param lossy completions that have not been reported may be lost with it
     */
    void fail(DisconnectCause why, @Nullable SimWork failed, WorkStatus status, boolean lossy) {
        if (state == State.FAILED || state == State.CLOSED) {
            return;
        }
        state = State.FAILED;
        cause = why;
        stop();
        if (!sendsStalled && !(lossy && fabric.random.chance(500_000))) {
            retireDone();
        }
        while (retired < tail) {
            SimWork work = work(retired);
            retired++;
            complete(work, retired, work == failed ? status : WorkStatus.FLUSHED);
        }
        while (receiveReported < receiveTail) {
            QueueEntry entry = poller.enqueue(QueueEntry.Kind.RECEIVE_COMPLETION, this);
            entry.workId = receives[(int) (receiveReported % receives.length)].workId;
            entry.operation = Operation.RECEIVE;
            entry.status = WorkStatus.FLUSHED;
            receiveReported++;
        }
        poller.enqueue(QueueEntry.Kind.DISCONNECTED, this);
    }

    private void stop() {
        fabric.events.cancel(retire);
        wire.stop();
        for (int i = 0; i < exposures.size(); i++) {
            exposures.get(i).end();
        }
    }

    /** The entry is about to be handed to the handler: its buffers are the caller's again. */
    void release(QueueEntry entry) {
        switch (entry.kind) {
            case SEND_COMPLETION -> {
                while (head < entry.freesUpTo) {
                    work(head).unpin();
                    head++;
                }
            }
            case RECEIVE_COMPLETION -> releaseReceive();
            case DISCONNECTED -> releaseAll();
            case ESTABLISHED, FLUSHED_POST, CALL -> {}
        }
    }

    private void releaseReceive() {
        SimReceive receive = receives[(int) (receiveHead % receives.length)];
        receive.memory().pins--;
        receive.region = null;
        receiveHead++;
    }

    private void releaseAll() {
        while (head < tail) {
            work(head).unpin();
            head++;
        }
        while (receiveHead < receiveTail) {
            releaseReceive();
        }
    }

    @Override
    public void close() {
        if (state != State.CLOSED) {
            SimConnection other = state == State.CREATED ? null : peer;
            end();
            if (other != null) {
                fabric.later(() -> other.fail(new DisconnectCause.RemoteDisconnect()));
            }
        }
    }

    /** Its machine lost its power: the peer hears of it late, by silence. */
    void vanish() {
        if (state != State.CLOSED) {
            SimConnection other = peer;
            end();
            if (other != null) {
                fabric.lose(other);
            }
        }
    }

    private void end() {
        State before = state;
        state = State.CLOSED;
        stop();
        releaseAll();
        if (before == State.CREATED || before == State.CONNECTING) {
            fabric.connectionManager.abandon(this);
        }
        poller.connections.remove(this);
        domain.connections.remove(this);
        fabric.connections.remove(this);
        fabric.counters.liveConnections--;
    }

    /** Read responses that this end serves to the peer. */
    Wire wire() {
        return wire;
    }

    boolean placesInto(SimReceive receive) {
        return (receive.memory().rights() & Access.LOCAL_WRITE) != 0;
    }

    @Override
    public String toString() {
        return (active ? "initiating" : "accepting") + " connection " + number + " of " + poller.name() + " (" + state
                + ")";
    }
}
