package io.ffmiser.iwarp;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections between two pollers, and what goes over them. Each of a number of exchanges is an RDMA Write and a Send that tells of it; the
 * peer checks what was written, reads as much with an RDMA Read, checks that, and answers with a Send. What is posted with a completion
 * must complete once, in order for each queue, and before the end of the connection is told.
 */
final class IwarpTraffic implements AutoCloseable {
    private static final int WINDOW = 8;
    private static final int SLOT = 12_000;
    private static final int MOST_EXCHANGES = 40;
    private static final int HEADER = 16;
    private static final long UNSIGNALED = -1;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ConnectionOptions OPTIONS = new ConnectionOptions(64, 64, 4, 4);

    private final IwarpPoller activePoller;
    private final SimRandom random;
    private final Listener listener;
    private final List<Active> actives = new ArrayList<>();
    private final List<Passive> passives = new ArrayList<>();
    private @Nullable Throwable wrong;

    IwarpTraffic(IwarpPoller activePoller, IwarpPoller passivePoller, SimRandom random, int connections) {
        this.activePoller = activePoller;
        this.random = random;
        listener = passivePoller.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64, request -> {
            Active peer = actives.get(request.privateData()[0]);
            Passive end = new Passive(peer, request.device().allocateProtectionDomain());
            passives.add(end);
            peer.peer = end;
            end.connection = request.createConnection(end.domain, OPTIONS, end);
            end.begin();
            end.connection().accept(new ConnectionParameters(new byte[0], 4, 4));
        });
        for (int i = 0; i < connections; i++) {
            actives.add(new Active(i));
        }
        actives.forEach(Active::connect);
    }

    private void note(Throwable e) {
        wrong = wrong == null ? e : wrong;
    }

    /** Throws what went wrong. */
    boolean isOver() {
        if (wrong != null) {
            throw new AssertionError(wrong.getMessage(), wrong);
        }
        return actives.stream().allMatch(end -> end.over) && passives.stream().allMatch(end -> end.over);
    }

    /** Connections that did not exchange all. */
    int lost() {
        return (int)
                actives.stream().filter(end -> end.acknowledged < end.exchanges).count();
    }

    @Override
    public void close() {
        listener.close();
        actives.forEach(End::close);
        passives.forEach(End::close);
    }

    @Override
    public String toString() {
        return actives + ", " + passives;
    }

    private static void fill(MemorySegment memory, long offset, int length, int seed) {
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (seed * 31 + i * 7 + (i >> 8)));
        }
    }

    private static void check(String what, MemorySegment memory, long offset, int length, int seed) {
        for (int i = 0; i < length; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, offset + i) != (byte) (seed * 31 + i * 7 + (i >> 8))) {
                throw new AssertionError(what + " differs at " + i + " of " + length);
            }
        }
    }

    /** One end of a connection: what it has posted, and what has completed. */
    private abstract class End implements ConnectionHandler {
        @Nullable
        Connection connection;

        @Nullable
        MemoryRegion memory;

        boolean over;
        int receivesPosted;
        int receivesDone;
        int sendsPosted;
        int sendsDone;

        Connection connection() {
            Connection made = connection;
            if (made == null) {
                throw new AssertionError("no connection");
            }
            return made;
        }

        MemoryRegion memory() {
            MemoryRegion made = memory;
            if (made == null) {
                throw new AssertionError("no memory");
            }
            return made;
        }

        /** A message's place is behind the slots. */
        void postReceive() {
            int place = receivesPosted % WINDOW;
            connection().postReceive(receivesPosted++, memory(), messageAt(place), HEADER);
        }

        final long messageAt(int place) {
            return (long) WINDOW * SLOT + (long) place * HEADER;
        }

        final long outgoingAt(int place) {
            return messageAt(WINDOW + place);
        }

        final long bytes() {
            return messageAt(2 * WINDOW);
        }

        @Override
        public void onCompletion(Connection of, Completion completion) {
            noting(() -> completed(completion));
        }

        private void completed(Completion completion) {
            if (completion.workId() == UNSIGNALED && completion.status() != WorkStatus.SUCCESS) {
                return; // one that has no completion on success
            }
            if (over) {
                throw new AssertionError("a completion after the end was told: " + completion.operation());
            }
            boolean receive = completion.operation() == Operation.RECEIVE;
            long due = receive ? receivesDone++ : sendsDone++;
            if (completion.workId() != due) {
                throw new AssertionError(
                        completion.operation() + " " + completion.workId() + " completed, due is " + due);
            }
            if (completion.status() == WorkStatus.SUCCESS) {
                done(completion);
            }
        }

        abstract void done(Completion completion);

        @Override
        public void onDisconnected(Connection of, DisconnectCause cause) {
            over = true;
            if (receivesDone != receivesPosted || sendsDone != sendsPosted) {
                note(new AssertionError("the end was told with " + (receivesPosted - receivesDone) + " receives and "
                        + (sendsPosted - sendsDone) + " requests that did not complete"));
            }
        }

        /** What a handler throws ends its connection only. */
        private void noting(Runnable handling) {
            try {
                handling.run();
            } catch (RuntimeException | AssertionError e) {
                note(e);
                throw e;
            }
        }

        void close() {
            Connection made = connection;
            MemoryRegion registered = memory;
            if (made != null) {
                made.close();
            }
            if (registered != null) {
                registered.close();
            }
        }

        @Override
        public String toString() {
            return (over ? "over" : "alive") + " " + sendsDone + " of " + sendsPosted + ", " + receivesDone + " of "
                    + receivesPosted;
        }
    }

    private final class Active extends End {
        private final int number;
        private final int exchanges = 1 + random.nextInt(MOST_EXCHANGES);
        private @Nullable ProtectionDomain domain;
        private @Nullable Exposure source;
        private @Nullable Passive peer;
        private int begun;
        private int acknowledged;

        Active(int number) {
            this.number = number;
        }

        void connect() {
            activePoller.resolve(listener.localAddress(), Duration.ofSeconds(60), new ResolveHandler() {
                @Override
                public void onResolved(Route route) {
                    ProtectionDomain made = route.device().allocateProtectionDomain();
                    domain = made;
                    memory = made.allocate(bytes(), Access.ALL);
                    connection = route.createConnection(made, OPTIONS, Active.this);
                    for (int i = 0; i < WINDOW; i++) {
                        postReceive();
                    }
                    connection().connect(new ConnectionParameters(new byte[] {(byte) number}, 4, 4));
                }

                @Override
                public void onResolveFailed(DisconnectCause cause) {
                    over = true;
                }
            });
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            Exposure made = connection().newExposure();
            made.expose(memory(), 0, (long) WINDOW * SLOT, Access.REMOTE_READ);
            source = made;
            advance();
        }

        /** Begins exchanges as long as the peer has receives for them. */
        private void advance() {
            Passive other = peer;
            if (other == null) {
                throw new AssertionError("established without a peer");
            }
            while (begun < exchanges && begun < acknowledged + WINDOW) {
                int place = begun % WINDOW;
                int length = random.nextInt(4) == 0 ? random.nextInt(SLOT + 1) : random.nextInt(600);
                fill(memory().segment(), (long) place * SLOT, length, begun);
                memory().segment().set(INT, outgoingAt(place), begun);
                memory().segment().set(INT, outgoingAt(place) + 4, length);
                SendBatch batch = connection().sendBatch();
                if (length > 0) {
                    batch.rdmaWrite(
                                    UNSIGNALED,
                                    other.sink().stag(),
                                    other.sink().baseOffset() + (long) place * SLOT,
                                    SendBatch.UNSIGNALED)
                            .sge(memory(), (long) place * SLOT, length / 3)
                            .sge(memory(), (long) place * SLOT + length / 3, length - length / 3);
                }
                batch.send(sendsPosted++, SendBatch.SIGNALED)
                        .sge(memory(), outgoingAt(place), HEADER)
                        .post();
                begun++;
            }
            if (acknowledged == exchanges) {
                connection().disconnect();
            }
        }

        @Override
        void done(Completion completion) {
            if (completion.operation() != Operation.RECEIVE) {
                return;
            }
            int answered = memory().segment().get(INT, messageAt((int) (completion.workId() % WINDOW)));
            if (answered != acknowledged) {
                throw new AssertionError("exchange " + answered + " was answered, due is " + acknowledged);
            }
            acknowledged++;
            postReceive();
            advance();
        }

        @Override
        void close() {
            super.close();
            ProtectionDomain made = domain;
            if (made != null) {
                made.close();
            }
        }
    }

    private final class Passive extends End {
        private final Active peer;
        private final ProtectionDomain domain;
        private @Nullable Exposure exposed;
        private @Nullable MemoryRegion copies;
        private int received;
        /** Lengths by place. */
        private final int[] lengths = new int[WINDOW];
        /** What each request in the send queue is: an exchange whose Read it is, or -1 - it for its answer. */
        private final List<Integer> requests = new ArrayList<>();

        Passive(Active peer, ProtectionDomain domain) {
            this.peer = peer;
            this.domain = domain;
        }

        void begin() {
            memory = domain.allocate(bytes(), Access.ALL);
            copies = domain.allocate((long) WINDOW * SLOT, Access.LOCAL_WRITE);
            Exposure made = connection().newExposure();
            made.expose(memory(), 0, (long) WINDOW * SLOT, Access.REMOTE_WRITE);
            exposed = made;
            for (int i = 0; i < WINDOW; i++) {
                postReceive();
            }
        }

        Exposure sink() {
            Exposure made = exposed;
            if (made == null) {
                throw new AssertionError("nothing is exposed");
            }
            return made;
        }

        private MemoryRegion copies() {
            MemoryRegion made = copies;
            if (made == null) {
                throw new AssertionError("no memory");
            }
            return made;
        }

        @Override
        public void onEstablished(Connection of, byte[] privateData) {
            // The other end begins.
        }

        @Override
        void done(Completion completion) {
            switch (completion.operation()) {
                case RECEIVE -> received(completion);
                case RDMA_READ -> {
                    int exchange = requests.get((int) completion.workId());
                    int place = exchange % WINDOW;
                    check("what was read", copies().segment(), (long) place * SLOT, lengths[place], exchange);
                    answer(exchange);
                }
                default -> {
                    // An answer has gone.
                }
            }
        }

        private void received(Completion completion) {
            int place = (int) (completion.workId() % WINDOW);
            int exchange = memory().segment().get(INT, messageAt(place));
            int length = memory().segment().get(INT, messageAt(place) + 4);
            if (exchange != received || completion.byteLength() != HEADER) {
                throw new AssertionError(
                        "message " + exchange + " of " + completion.byteLength() + " octets came, due is " + received);
            }
            received++;
            check("what was written", memory().segment(), (long) place * SLOT, length, exchange);
            lengths[place] = length;
            Exposure source = peer.source;
            if (source == null) {
                throw new AssertionError("a message of a peer that is not established");
            }
            requests.add(exchange);
            connection()
                    .sendBatch()
                    .rdmaRead(
                            sendsPosted++, source.stag(), source.baseOffset() + (long) place * SLOT, SendBatch.SIGNALED)
                    .sge(copies(), (long) place * SLOT, Math.max(1, length))
                    .post();
        }

        private void answer(int exchange) {
            int place = exchange % WINDOW;
            memory().segment().set(INT, outgoingAt(place), exchange);
            requests.add(-1 - exchange);
            postReceive();
            connection()
                    .sendBatch()
                    .send(sendsPosted++, SendBatch.SIGNALED)
                    .sge(memory(), outgoingAt(place), HEADER)
                    .post();
        }

        @Override
        void close() {
            super.close();
            MemoryRegion made = copies;
            if (made != null) {
                made.close();
            }
            domain.close();
        }
    }
}
