package io.ffmiser.interop;

import io.ffmiser.datamover.iser.IserPrivateData;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One end of an RDMA connection on which a test says what it likes, in login's way: one PDU, then the other side's turn. Each PDU is behind
 * an iSER header that names no STag (RFC 7145 section 9.2). Belongs to the thread that uses it, which drives the poller while it waits.
 */
final class HandMadePeer implements ConnectionHandler, AutoCloseable {
    private static final int ISER_BYTES = 28;
    private static final byte CONTROL_TYPE = 0x10;
    private static final int RECEIVES = 4;
    private static final int SLOT = 16 << 10;
    private static final long LOOK_NANOS = 5_000_000;
    /** More than one attempt of the provider {@code verbs}: Linux may miss the answer of ARP when it asks for the first time. */
    private static final Duration RESOLVE_LIMIT = Duration.ofSeconds(3);

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final ConnectionParameters PARAMETERS = new ConnectionParameters(IserPrivateData.of(false), 1, 0);

    private final Poller poller;
    private final ProtectionDomain domain;
    private final MemoryRegion memory;
    private final Connection connection;
    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private boolean established;
    private @Nullable DisconnectCause end;

    /** {@link Route#createConnection} or {@link ConnectionRequest#createConnection}. */
    private interface Maker {
        Connection make(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler);
    }

    private HandMadePeer(Poller poller, Device device, Maker maker) {
        this.poller = poller;
        domain = device.allocateProtectionDomain();
        memory = domain.allocate((RECEIVES + 1L) * SLOT, Access.LOCAL_WRITE);
        connection = maker.make(domain, new ConnectionOptions(RECEIVES, RECEIVES, 1, 0), this);
        for (int slot = 0; slot < RECEIVES; slot++) {
            connection.postReceive(slot, memory, (long) slot * SLOT, SLOT);
        }
    }

    /** Connects to a target. */
    static HandMadePeer connect(Poller poller, InetSocketAddress target) {
        CompletableFuture<Route> found = new CompletableFuture<>();
        poller.resolve(target, RESOLVE_LIMIT, new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                found.complete(route);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                found.completeExceptionally(new AssertionError(cause.message()));
            }
        });
        await(poller, "a way to " + target, found::isDone);
        Route route = found.join();
        HandMadePeer made = new HandMadePeer(poller, route.device(), route::createConnection);
        made.connection.connect(PARAMETERS);
        await(poller, "connected to " + target, () -> made.established);
        return made;
    }

    /** Lets an initiator connect. */
    static HandMadePeer accept(Poller poller, ConnectionRequest request) {
        HandMadePeer made = new HandMadePeer(poller, request.device(), request::createConnection);
        made.connection.accept(PARAMETERS);
        return made;
    }

    /** Drives the poller until it is so. */
    static void await(Poller poller, String what, BooleanSupplier isSo) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + LIMIT + ": " + what);
            }
            if (poller.poll() == 0) {
                poller.await(LOOK_NANOS);
            }
        }
    }

    void send(byte[] pdu) {
        byte[] message = new byte[ISER_BYTES + pdu.length];
        message[0] = CONTROL_TYPE;
        System.arraycopy(pdu, 0, message, ISER_BYTES, pdu.length);
        long offset = (long) RECEIVES * SLOT;
        MemorySegment.copy(message, 0, memory.segment(), ValueLayout.JAVA_BYTE, offset, message.length);
        connection
                .sendBatch()
                .send(RECEIVES, SendBatch.SIGNALED)
                .sge(memory, offset, message.length)
                .post();
    }

    /** The next PDU that arrives. */
    byte[] receive() {
        await(poller, "a PDU", () -> !arrived.isEmpty());
        return arrived.remove();
    }

    /** Waits for the other side to end the connection, without another word. */
    void awaitEnd() {
        await(poller, "the end of the connection", () -> end != null);
        if (!arrived.isEmpty()) {
            throw new AssertionError("before the end came " + Arrays.toString(arrived.remove()));
        }
    }

    @Override
    public void onEstablished(Connection up, byte[] privateData) {
        established = true;
    }

    @Override
    public void onCompletion(Connection from, Completion completion) {
        if (completion.operation() == Operation.RECEIVE && completion.status() == WorkStatus.SUCCESS) {
            long offset = completion.workId() * SLOT;
            arrived.add(memory.segment()
                    .asSlice(offset + ISER_BYTES, completion.byteLength() - ISER_BYTES)
                    .toArray(ValueLayout.JAVA_BYTE));
            from.postReceive(completion.workId(), memory, offset, SLOT);
        }
    }

    @Override
    public void onDisconnected(Connection from, DisconnectCause cause) {
        end = cause;
    }

    @Override
    public void close() {
        connection.close();
        memory.close();
        domain.close();
    }
}
