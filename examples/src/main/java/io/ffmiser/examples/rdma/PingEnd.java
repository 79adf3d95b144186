package io.ffmiser.examples.rdma;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.io.PrintWriter;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One end of rping's conversation (rdma-core, librdmacm/examples/rping.c): messages of 16 octets that name a buffer by address, key and size,
 * big-endian. Owns its domain, memory and connection; belongs to the poller's thread.
 */
abstract class PingEnd implements ConnectionHandler, AutoCloseable {
    static final ConnectionOptions OPTIONS = new ConnectionOptions(16, 2, 1, 2);
    /** One RDMA Read at a time. */
    static final ConnectionParameters PARAMETERS = new ConnectionParameters(new byte[0], 1, 1);

    private static final int MESSAGE_BYTES = 16;
    private static final ValueLayout.OfLong ADDRESS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt NUMBER = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    final ProtectionDomain domain;
    final int size;
    private final PrintWriter out;
    private final boolean verbose;

    /** Two messages that come in, then two that go out, each of which never changes once it was sent. */
    private final MemoryRegion messages;

    private @Nullable Connection connection;
    private @Nullable DisconnectCause ended;
    private @Nullable String failure;

    PingEnd(Device device, int size, PrintWriter out, boolean verbose) {
        this.size = size;
        this.out = out;
        this.verbose = verbose;
        domain = device.allocateProtectionDomain();
        messages = domain.allocate(4L * MESSAGE_BYTES, Access.LOCAL_WRITE);
    }

    /** Takes the connection, not yet connected or accepted. */
    final void begin(Connection made) {
        connection = made;
        prepare(made);
        for (int slot = 0; slot < 2; slot++) {
            made.postReceive(slot, messages, (long) slot * MESSAGE_BYTES, MESSAGE_BYTES);
        }
    }

    /** What this end exposes on its connection. */
    abstract void prepare(Connection made);

    /** The peer named a buffer; of what the server sends the client, only that it came means something. */
    abstract void onMessage(int stag, long offset, int length);

    /** An RDMA Read is done. */
    abstract void onRead();

    /** Whether the peer may end the conversation here. */
    abstract boolean mayEnd();

    final Connection connection() {
        return Objects.requireNonNull(connection);
    }

    /** Writes one of the two outgoing messages: the name of an exposed buffer. */
    final void name(int message, Exposure exposure) {
        long at = outgoing(message);
        messages.segment().set(ADDRESS, at, exposure.baseOffset());
        messages.segment().set(NUMBER, at + 8, exposure.stag());
        messages.segment().set(NUMBER, at + 12, size);
    }

    /** Posts what the batch holds, with a Send of one of the two outgoing messages behind it. */
    final void send(int message) {
        connection()
                .sendBatch()
                .send(message, SendBatch.SIGNALED)
                .sge(messages, outgoing(message), MESSAGE_BYTES)
                .post();
    }

    private static long outgoing(int message) {
        return (2L + message) * MESSAGE_BYTES;
    }

    final void show(String line) {
        if (verbose) {
            out.println(line);
            out.flush();
        }
    }

    final void fail(String why) {
        if (failure == null) {
            failure = why;
        }
        connection().disconnect();
    }

    final boolean isOver() {
        return ended != null;
    }

    /** Why the conversation did not go to its end, or null if it did. */
    final @Nullable String failure() {
        if (failure != null) {
            return failure;
        }
        return mayEnd()
                ? null
                : "the connection ended: " + Objects.requireNonNull(ended).message();
    }

    @Override
    public void onEstablished(Connection established, byte[] privateData) {}

    @Override
    public final void onCompletion(Connection of, Completion completion) {
        if (completion.status() == WorkStatus.FLUSHED) {
            return; // onDisconnected says why
        }
        if (completion.status() != WorkStatus.SUCCESS) {
            fail("a request failed: " + completion.status());
        } else if (completion.operation() == Operation.RECEIVE) {
            received((int) completion.workId(), completion.byteLength());
        } else if (completion.operation() == Operation.RDMA_READ) {
            onRead();
        }
    }

    private void received(int slot, int length) {
        if (length != MESSAGE_BYTES) {
            fail("a message of " + length + " octets: the peer is no rping");
            return;
        }
        long at = (long) slot * MESSAGE_BYTES;
        long offset = messages.segment().get(ADDRESS, at);
        int stag = messages.segment().get(NUMBER, at + 8);
        int bytes = messages.segment().get(NUMBER, at + 12);
        connection().postReceive(slot, messages, at, MESSAGE_BYTES);
        onMessage(stag, offset, bytes);
    }

    @Override
    public final void onDisconnected(Connection of, DisconnectCause cause) {
        ended = cause;
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.close();
        }
        messages.close();
        closeBuffers();
        domain.close();
    }

    /** Closes the memory of the pings; nothing uses it any more. */
    abstract void closeBuffers();
}
