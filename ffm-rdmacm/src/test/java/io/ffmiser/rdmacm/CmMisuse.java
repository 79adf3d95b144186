package io.ffmiser.rdmacm;

import static io.ffmiser.testkit.child.StubProgram.awaitWaits;
import static io.ffmiser.testkit.child.StubProgram.inMany;
import static io.ffmiser.testkit.child.StubProgram.refused;
import static io.ffmiser.testkit.child.StubProgram.require;
import static io.ffmiser.testkit.child.StubProgram.start;
import static io.ffmiser.testkit.child.StubProgram.waits;

import io.ffmiser.testkit.child.StubProgram;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.SendOperation;
import io.ffmiser.verbs.VerbsException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Misuses of event channels, ids, addresses and rsockets, each by its name, on {@code stub_rdmacm.c}. */
enum CmMisuse {
    CLOSING_FROM_MANY_THREADS {
        @Override
        void run() throws Exception {
            EventChannel channel = EventChannel.create();
            for (int round = 1; round <= 100; round++) {
                CmId id = channel.createId(PortSpace.TCP);
                inMany(id::close);
                require(STUB.get("stub_destroyed") == round, STUB.get("stub_destroyed") + " in round " + round);
            }
            inMany(channel::close);
            STUB.set("stub_destroyed", 0);
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            inMany(socket::close);
            require(STUB.get("stub_destroyed") == 1, "rclose was called once");
        }
    },
    USING_WHAT_IS_CLOSED {
        @Override
        void run() {
            EventChannel channel = EventChannel.create();
            CmId id = channel.createId(PortSpace.TCP);
            refused(IllegalStateException.class, "still has", channel::close);
            AddressInfo info = AddressInfo.resolve("::1", null, new AddressInfo.Hints());
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            id.close();
            channel.close();
            info.close();
            socket.close();
            InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = arena.allocate(8);
                for (Runnable use : List.<Runnable>of(
                        channel::poll,
                        channel::await,
                        () -> channel.await(0),
                        () -> channel.createId(PortSpace.TCP),
                        () -> id.bind(here),
                        () -> id.listen(1),
                        id::localAddress,
                        id::localPort,
                        id::hasDevice,
                        id::devicePort,
                        id::lastEvent,
                        id::disconnect,
                        () -> id.options().reuseAddress(true),
                        info::isPassive,
                        info::source,
                        info::portSpace,
                        () -> info.createEndpoint(null, null),
                        () -> socket.read(memory),
                        () -> socket.listen(1),
                        () -> socket.poll(Set.of(RdmaSocket.Readiness.READABLE), 0),
                        socket::shutdown)) {
                    refused(IllegalStateException.class, "closed", use);
                }
            }
        }
    },
    ENDING_WAITS {
        @Override
        void run() throws Exception {
            EventChannel channel = EventChannel.create();
            CmId listener = CmId.createSynchronous(PortSpace.TCP);
            for (Runnable wait :
                    List.<Runnable>of(channel::await, () -> channel.await(600_000), listener::getRequest)) {
                Thread thread = waiting(VerbsException.class, "interrupted", wait);
                thread.interrupt();
                thread.join();
            }
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            STUB.set("stub_blocked", 1);
            Thread polling = waiting(
                    VerbsException.class, "interrupted", () -> socket.poll(Set.of(RdmaSocket.Readiness.READABLE), -1));
            refused(IllegalStateException.class, "in use", socket::close);
            polling.interrupt();
            polling.join();
            require(socket.poll(Set.of(RdmaSocket.Readiness.READABLE), 0).isEmpty(), "nothing is ready");
            socket.close();
            Thread awaiting = waiting(IllegalStateException.class, "closed", channel::await);
            Thread requesting = waiting(IllegalStateException.class, "closed", listener::getRequest);
            listener.close();
            requesting.join();
            channel.close();
            awaiting.join();
        }

        private Thread waiting(Class<? extends RuntimeException> kind, String words, Runnable wait) throws Exception {
            long before = waits();
            Thread thread = start(() -> {
                refused(kind, words, wait);
                require(
                        kind.equals(VerbsException.class)
                                == Thread.currentThread().isInterrupted(),
                        "the flag stays as it was");
            });
            awaitWaits(before + 1);
            return thread;
        }
    },
    EVENTS_OF_A_LATER_LIBRARY {
        @Override
        void run() {
            EventChannel channel = EventChannel.create();
            CmId id = channel.createId(PortSpace.TCP);
            STUB.call("stub_later", id.pointer());
            CmEvent event = Objects.requireNonNull(channel.poll());
            require(event instanceof CmEvent.Other other && other.number() == 77, event.toString());
            require(
                    event.type().description().equals("UNKNOWN EVENT"),
                    event.type().description());
            STUB.call("stub_request", id.pointer());
            CmEvent request = Objects.requireNonNull(channel.poll());
            require(request.id().portSpace() == PortSpace.UNKNOWN, request.toString());
            request.id().close();
            refused(IllegalArgumentException.class, "port space", () -> channel.createId(PortSpace.UNKNOWN));
            require(STUB.get("stub_acked") == 2, "both are acknowledged");
            AddressInfo info = AddressInfo.resolve("::1", null, new AddressInfo.Hints());
            require(info.portSpace() == PortSpace.UNKNOWN, "the port space has no name");
            require(info.source() == null, "an address that is shorter than its family asks for is none");
            info.close();
            id.close();
            channel.close();
        }
    },
    REQUESTS_TO_NOBODY {
        @Override
        void run() {
            EventChannel channel = EventChannel.create();
            CmId id = channel.createId(PortSpace.TCP);
            STUB.call("stub_lost", id.pointer());
            refused(IllegalStateException.class, "acknowledged and lost", channel::poll);
            require(STUB.get("stub_acked") == 1 && STUB.get("stub_destroyed") == 1, "the new id is destroyed");
            id.close();
            channel.close();
        }
    },
    NUMBERS_OUT_OF_RANGE {
        @Override
        void run() {
            EventChannel channel = EventChannel.create();
            CmId id = channel.createId(PortSpace.TCP);
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            ConnectionParameters usual = ConnectionParameters.DEFAULT;
            for (Runnable use : List.<Runnable>of(
                    () -> channel.await(-1), () -> id.resolveAddress(here, -1), () -> id.resolveRoute(-1))) {
                refused(IllegalArgumentException.class, "0 or more", use);
            }
            refused(IllegalArgumentException.class, "0 or more", () -> id.listen(-1));
            refused(IllegalArgumentException.class, "0 or more", () -> socket.listen(-1));
            refused(IllegalArgumentException.class, "at least 1", () -> RdmaSocket.poll(List.of(), -1));
            refused(
                    IllegalArgumentException.class,
                    "0 and 31",
                    () -> id.options().ackTimeout(32));
            refused(
                    IllegalArgumentException.class,
                    "0 and 255",
                    () -> id.options().typeOfService(256));
            refused(IllegalArgumentException.class, "at most 255", () -> id.reject(new byte[256]));
            refused(
                    IllegalArgumentException.class,
                    "unresolved",
                    () -> id.bind(InetSocketAddress.createUnresolved("a", 1)));
            try (Arena arena = Arena.ofConfined()) {
                refused(
                        IllegalArgumentException.class,
                        "0 and 7",
                        () -> usual.withRetries(8, 0).write(arena));
                refused(
                        IllegalArgumentException.class,
                        "0 and 7",
                        () -> usual.withRetries(0, 9).write(arena));
                refused(
                        IllegalArgumentException.class,
                        "0 and 16777215",
                        () -> usual.withQueuePair(1 << 24, false).write(arena));
            }
            socket.close();
            id.close();
            channel.close();
        }
    },
    MEMORY_THAT_C_CANNOT_USE {
        @Override
        void run() {
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            Arena arena = Arena.ofConfined();
            MemorySegment good = arena.allocate(64);
            MemorySegment heap = MemorySegment.ofArray(new byte[64]);
            require(socket.read(good) == 64 && socket.writeGathered(good, good) == 71, "good memory is used");
            refused(IllegalArgumentException.class, "read-only", () -> socket.read(good.asReadOnly()));
            refused(IllegalArgumentException.class, "read-only", () -> socket.receive(good.asReadOnly(), Set.of()));
            refused(IllegalArgumentException.class, "read-only", () -> socket.receiveFrom(good.asReadOnly(), Set.of()));
            refused(IllegalArgumentException.class, "read-only", () -> socket.map(good.asReadOnly(), -1));
            arena.close();
            InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            for (Runnable use : uses(socket, heap, here)) {
                refused(IllegalArgumentException.class, "heap", use);
            }
            for (Runnable use : uses(socket, good, here)) {
                refused(IllegalStateException.class, "closed", use);
            }
            socket.close();
        }

        private List<Runnable> uses(RdmaSocket socket, MemorySegment memory, InetSocketAddress peer) {
            return List.of(
                    () -> socket.read(memory),
                    () -> socket.receive(memory, Set.of()),
                    () -> socket.receiveFrom(memory, Set.of()),
                    () -> socket.write(memory),
                    () -> socket.send(memory, Set.of()),
                    () -> socket.sendTo(memory, Set.of(), peer),
                    () -> socket.writeGathered(memory),
                    () -> socket.writeMapped(memory, 0),
                    () -> socket.map(memory, 0));
        }
    },
    CLOSING_A_POLLER_THAT_WAITS {
        @Override
        void run() throws Exception {
            RdmaSocketPoller poller = RdmaSocketPoller.create();
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            poller.add(socket, Set.of(RdmaSocket.Readiness.READABLE));
            require(poller.await(1, -1).size() == 1, "it is ready");
            refused(IllegalArgumentException.class, "at least 1", () -> poller.await(0, 0));
            STUB.set("stub_blocked", 1);
            require(poller.await(1, 1).isEmpty(), "nothing is ready");
            for (Thread.Builder builder : List.of(Thread.ofPlatform().daemon(), Thread.ofVirtual())) {
                AtomicBoolean ended = new AtomicBoolean();
                long before = waits();
                Thread waiting = builder.start(() -> {
                    refused(VerbsException.class, "interrupted", () -> poller.await(1, -1));
                    ended.set(Thread.currentThread().isInterrupted());
                });
                awaitWaits(before + 1);
                refused(IllegalStateException.class, "in use", poller::close);
                refused(IllegalStateException.class, "in use", socket::close);
                waiting.interrupt();
                waiting.join();
                require(ended.get(), "the wait ended by the interrupt, and the flag stays set");
            }
            poller.close();
            for (Runnable use : List.<Runnable>of(
                    () -> poller.await(1, 0),
                    () -> poller.add(socket, Set.of()),
                    () -> poller.modify(socket, Set.of()),
                    () -> poller.remove(socket))) {
                refused(IllegalStateException.class, "closed", use);
            }
            socket.close();
        }
    },
    CLOSING_AN_ID_THAT_RESOLVES {
        @Override
        void run() throws Exception {
            for (Consumer<CmId> use : List.<Consumer<CmId>>of(
                    id -> AddressInfo.resolveFor(id, "host", null, new AddressInfo.Hints()),
                    id -> AddressInfo.resolvedFor(id).close())) {
                CmId id = CmId.createSynchronous(PortSpace.TCP);
                STUB.set("stub_blocked", 1);
                Thread resolving = start(() -> use.accept(id));
                STUB.await("stub_inside", 1);
                refused(IllegalStateException.class, "in use", id::close);
                STUB.set("stub_blocked", 0);
                resolving.join();
                id.close();
                refused(IllegalStateException.class, "closed", () -> use.accept(id));
            }
        }
    },
    QUEUE_PAIRS_THAT_CANNOT_BE {
        @Override
        void run() {
            CmId id = CmId.createSynchronous(PortSpace.TCP);
            CmId other = CmId.createSynchronous(PortSpace.TCP);
            STUB.call("stub_device", id.pointer());
            STUB.call("stub_device", other.pointer());
            CompletionQueue own = CompletionQueue.borrow(STUB.call("stub_completions", id.pointer()));
            CompletionQueue foreign = CompletionQueue.borrow(STUB.call("stub_completions", other.pointer()));
            var attributes = new QueuePairInitAttributes(QueuePairType.RC);
            refused(
                    IllegalArgumentException.class,
                    "only objects of one open device",
                    () -> id.createQueuePair(null, attributes.completions(own, foreign)));
            require(STUB.get("stub_destroyed") == 0, "none was made");
            attributes.completions(own).sendOperations(Set.of(SendOperation.SEND));
            refused(
                    UnsupportedOperationException.class,
                    "ibv_qp_to_qp_ex",
                    () -> id.createQueuePair(null, attributes)); // after C made it
            require(STUB.get("stub_destroyed") == 1 && id.queuePair() == null, "it is destroyed");
            own.close();
            foreign.close();
            id.close();
            other.close();
        }
    },
    EVENTS_OF_A_SYNCHRONOUS_ID {
        @Override
        void run() {
            CmId id = CmId.createSynchronous(PortSpace.TCP);
            refused(IllegalStateException.class, "synchronous", () -> id.writeEvent(0, 0));
            id.close();
        }
    },
    CLOSING_DURING_A_CALL {
        @Override
        void run() throws Exception {
            RdmaSocket socket = RdmaSocket.stream(StandardProtocolFamily.INET);
            STUB.set("stub_blocked", 1);
            Thread reading = start(() -> {
                try (Arena arena = Arena.ofConfined()) {
                    socket.read(arena.allocate(8));
                }
            });
            STUB.await("stub_inside", 1);
            refused(IllegalStateException.class, "in use", socket::close);
            STUB.set("stub_blocked", 0);
            reading.join();
            socket.close();
        }
    },
    /** What this library has and an older librdmacm has not. */
    FUNCTIONS_THAT_ARE_NOT_THERE {
        @Override
        void run() {
            CmId id = CmId.createSynchronous(PortSpace.TCP);
            for (int call = 1; call <= 2; call++) {
                refused(
                        UnsupportedOperationException.class,
                        "rdma_reject_ece@RDMACM_1.3: it came with rdma-core 31",
                        () -> id.rejectEce(new byte[0]));
            }
            id.close();
        }
    };

    private static final StubProgram STUB = new StubProgram("librdmacm.so.1");

    abstract void run() throws Exception;

    public static void main(String[] arguments) throws Exception {
        CmMisuse misuse = valueOf(arguments[0]);
        misuse.run();
        System.out.println("done: " + misuse);
    }
}
