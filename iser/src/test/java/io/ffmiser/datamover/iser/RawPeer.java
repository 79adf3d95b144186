package io.ffmiser.datamover.iser;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A peer that is nothing but an RDMA connection: it sends and receives octets made by hand. */
final class RawPeer implements ConnectionHandler {
    static final ConnectionOptions OPTIONS = new ConnectionOptions(64, 64, 2, 32);
    static final int DATA = 1 << 20;

    private static final int SLOT = 8320;
    private static final int SCRATCH = 64 * SLOT;

    /** A Send that arrived. */
    record Arrived(byte[] message, boolean invalidated, int stag) {}

    final List<Arrived> arrived = new ArrayList<>();
    final List<String> completions = new ArrayList<>();
    final MemoryRegion region;

    Runnable onUp = () -> {};
    boolean established;
    byte[] privateData = new byte[0];

    @Nullable
    DisconnectCause cause;

    private @Nullable Connection connection;
    private int receives;
    private int scratch;

    RawPeer(ProtectionDomain domain) {
        region = domain.allocate(2L << 20, Access.ALL);
    }

    Connection connection() {
        Connection made = connection;
        if (made == null) {
            throw new AssertionError("no connection");
        }
        return made;
    }

    void use(Connection made) {
        connection = made;
    }

    void postReceives(int count) {
        for (int i = 0; i < count; i++) {
            postReceive(receives++ % 64, SLOT);
        }
    }

    void postReceive(int slot, int length) {
        connection().postReceive(slot, region, (long) slot * SLOT, length);
    }

    void send(byte[] message) {
        send(message, SendBatch.SIGNALED);
    }

    void send(byte[] message, int flags) {
        long at = stage(message);
        connection()
                .sendBatch()
                .send(1000, flags)
                .sge(region, at, message.length)
                .post();
    }

    void sendWithInvalidate(byte[] message, int stag) {
        sendWithInvalidate(message, stag, SendBatch.SIGNALED);
    }

    void sendWithInvalidate(byte[] message, int stag, int flags) {
        long at = stage(message);
        connection()
                .sendBatch()
                .sendWithInvalidate(1000, stag, flags)
                .sge(region, at, message.length)
                .post();
    }

    void write(int stag, long address, byte[] data) {
        long at = stage(data);
        connection()
                .sendBatch()
                .rdmaWrite(1001, stag, address, SendBatch.SIGNALED)
                .sge(region, at, data.length)
                .post();
    }

    void read(int stag, long address, long offset, int length) {
        connection()
                .sendBatch()
                .rdmaRead(1002, stag, address, SendBatch.SIGNALED)
                .sge(region, offset, length)
                .post();
    }

    Exposure expose(long offset, long length, int rights) {
        Exposure exposure = connection().newExposure();
        exposure.expose(region, offset, length, rights);
        return exposure;
    }

    private long stage(byte[] bytes) {
        long at = SCRATCH + (scratch++ % 32) * (long) SLOT;
        put(at, bytes);
        return at;
    }

    void put(long offset, byte[] bytes) {
        MemorySegment.copy(bytes, 0, region.segment(), ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    byte[] get(long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(region.segment(), ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }

    @Override
    public void onEstablished(Connection any, byte[] data) {
        established = true;
        privateData = data;
        onUp.run();
    }

    @Override
    public void onCompletion(Connection any, Completion completion) {
        if (completion.status() == WorkStatus.SUCCESS && completion.operation() == Operation.RECEIVE) {
            byte[] message = get(completion.workId() * SLOT, completion.byteLength());
            arrived.add(new Arrived(
                    message, completion.invalidated(), completion.invalidated() ? completion.invalidatedStag() : 0));
        } else {
            completions.add(completion.workId() + " " + completion.status());
        }
    }

    @Override
    public void onDisconnected(Connection any, DisconnectCause why) {
        cause = why;
    }

    void close() {
        if (connection != null) {
            connection.close();
        }
        region.close();
    }
}
