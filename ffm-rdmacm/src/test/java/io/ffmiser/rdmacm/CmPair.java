package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairCapabilities;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletionStatus;
import io.ffmiser.verbs.WorkCompletions;
import io.ffmiser.verbs.internal.NativeObject;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Two ends on the real devices of this machine: a listener and the channels of both; closes what it made, youngest first. */
final class CmPair implements AutoCloseable {
    static final int MILLIS = 20_000;

    private final Deque<NativeObject> made = new ArrayDeque<>();
    final EventChannel clients = keep(EventChannel.create());
    final EventChannel servers = keep(EventChannel.create());

    /** Where the server's device is: {@code -Dffmiser.address}, by default the lab's. */
    static InetSocketAddress serverAddress() {
        return new InetSocketAddress(System.getProperty("ffmiser.address", "10.9.0.2"), 0);
    }

    static InetSocketAddress serverAddress6() {
        return new InetSocketAddress(System.getProperty("ffmiser.address6", "fd09::2"), 0);
    }

    static boolean isIwarp() {
        return System.getProperty("ffmiser.device", System.getenv().getOrDefault("LAB_RDMA_DEVICE", ""))
                .startsWith("siw");
    }

    <T extends NativeObject> T keep(T object) {
        made.push(object);
        return object;
    }

    /** The next event, which must be of this type. */
    static <E extends CmEvent> E expect(EventChannel channel, Class<E> type) {
        CmEvent event = channel.await(MILLIS);
        assertNotNull(event, "no " + type.getSimpleName() + " in time");
        return assertInstanceOf(type, event, () -> event + " with " + event.status());
    }

    /** The next event of an id, which must be of this type; those of other ids are passed over. */
    static <E extends CmEvent> E expect(CmId id, Class<E> type) {
        EventChannel channel = Objects.requireNonNull(id.channel());
        while (true) {
            CmEvent event = channel.await(MILLIS);
            assertNotNull(event, "no " + type.getSimpleName() + " of " + id + " in time");
            if (event.id().equals(id)) {
                return assertInstanceOf(type, event, () -> event + " with " + event.status());
            }
        }
    }

    CmId listener(PortSpace space, InetSocketAddress address) {
        CmId listener = keep(servers.createId(space));
        listener.bind(address);
        listener.listen(4);
        return listener;
    }

    CmId listener() {
        return listener(PortSpace.TCP, serverAddress());
    }

    static InetSocketAddress addressOf(CmId id) {
        return Objects.requireNonNull(id.localAddress());
    }

    /** An id with address and route resolved. */
    CmId resolved(CmId listener) {
        CmId id = keep(clients.createId(listener.portSpace()));
        resolve(id, addressOf(listener));
        return id;
    }

    static void resolve(CmId id, InetSocketAddress peer) {
        resolveAddress(id, peer);
        id.resolveRoute(MILLIS);
        expect(id, CmEvent.RouteResolved.class);
    }

    /** A first packet may be lost while the neighbour is looked up. */
    private static void resolveAddress(CmId id, InetSocketAddress peer) {
        for (int attempt = 0; ; attempt++) {
            id.resolveAddress(peer, 2000);
            CmEvent event = Objects.requireNonNull(id.channel()).await(MILLIS);
            if (event instanceof CmEvent.AddressResolved) {
                return;
            }
            if (attempt == 5 || !(event instanceof CmEvent.AddressError)) {
                throw new AssertionError(event + " instead of a resolved address");
            }
        }
    }

    /** The id's own, which it must have. */
    static QueuePair queuePair(CmId id) {
        return Objects.requireNonNull(id.queuePair());
    }

    static QueuePairInitAttributes reliable() {
        return new QueuePairInitAttributes(QueuePairType.RC)
                .capabilities(new QueuePairCapabilities(8, 8, 2, 2, 0))
                .signalAll(true);
    }

    static QueuePairInitAttributes datagram() {
        return new QueuePairInitAttributes(QueuePairType.UD)
                .capabilities(new QueuePairCapabilities(8, 8, 1, 1, 0))
                .signalAll(true);
    }

    void createQueuePair(CmId id, QueuePairInitAttributes attributes) {
        keep(id.createQueuePair(null, attributes));
    }

    /** Both ends of an established connection. */
    record Ends(CmId client, CmId server) {
        void disconnect() {
            client.disconnect();
            expect(server, CmEvent.Disconnected.class);
            server.disconnect();
            expect(client, CmEvent.Disconnected.class);
        }
    }

    Ends connect() {
        return connect(resolved(listener()), ConnectionParameters.DEFAULT, ConnectionParameters.DEFAULT);
    }

    Ends connect(CmId client, ConnectionParameters asked, ConnectionParameters accepted) {
        createQueuePair(client, reliable());
        client.connect(asked);
        CmId server = keep(expect(servers, CmEvent.ConnectRequest.class).id());
        createQueuePair(server, reliable());
        server.accept(accepted);
        expect(client, CmEvent.Established.class);
        expect(server, CmEvent.Established.class);
        return new Ends(client, server);
    }

    /** Polls until the next completion is there; it must be a success. */
    static void expectSuccess(@Nullable CompletionQueue queue, WorkCompletions into, long workRequestId) {
        WorkCompletion completion = next(queue, into);
        if (completion.status() != WorkCompletionStatus.SUCCESS || completion.workRequestId() != workRequestId) {
            throw new AssertionError(completion + " instead of the success of " + workRequestId);
        }
    }

    static WorkCompletion next(@Nullable CompletionQueue queue, WorkCompletions into) {
        long deadline = System.nanoTime() + MILLIS * 1_000_000L;
        while (Objects.requireNonNull(queue).poll(into) == 0) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no completion in time");
            }
            Thread.onSpinWait();
        }
        return into.get(0);
    }

    @Override
    public void close() {
        while (!made.isEmpty()) {
            made.pop().close();
        }
    }
}
