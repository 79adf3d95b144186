package io.ffmiser.testkit.contract;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One end of a connection under test: a domain, a region with all rights, and a record of what the handler was told. */
public final class End implements ConnectionHandler {
    /** Half for sending from, half for receiving into. */
    static final int REGION_BYTES = 1 << 20;

    public final ProtectionDomain domain;
    public final MemoryRegion region;
    public final List<Done> done = new ArrayList<>();
    /** In the order in which the handler was called: E, C, D. */
    final StringBuilder calls = new StringBuilder();

    @Nullable
    Connection connection;

    byte @Nullable [] establishedData;

    @Nullable
    DisconnectCause cause;
    /** Runs in the handler after each call is recorded. */
    public Runnable onEach = () -> {};

    private boolean closed;

    End(ProtectionDomain domain) {
        this.domain = domain;
        this.region = domain.allocate(REGION_BYTES, Access.ALL);
    }

    public Connection connection() {
        Connection made = connection;
        if (made == null) {
            throw new AssertionError("there is no connection");
        }
        return made;
    }

    public boolean isEstablished() {
        return establishedData != null;
    }

    public boolean isDisconnected() {
        return cause != null;
    }

    public DisconnectCause cause() {
        DisconnectCause why = cause;
        if (why == null) {
            throw new AssertionError("not disconnected");
        }
        return why;
    }

    @Override
    public void onEstablished(Connection established, byte[] privateData) {
        check(established);
        calls.append('E');
        establishedData = privateData;
        onEach.run();
    }

    @Override
    public void onCompletion(Connection of, Completion completion) {
        check(of);
        calls.append('C');
        done.add(Done.of(completion));
        onEach.run();
    }

    @Override
    public void onDisconnected(Connection ended, DisconnectCause why) {
        check(ended);
        calls.append('D');
        cause = why;
        onEach.run();
    }

    private void check(Connection called) {
        if (closed) {
            throw new AssertionError("a handler was called after close: " + calls);
        }
        if (connection != null && !called.equals(connection)) {
            throw new AssertionError("a handler was called for another connection");
        }
    }

    List<Done> receives() {
        return done.stream().filter(Done::isReceive).toList();
    }

    public boolean has(long workId) {
        return done.stream().anyMatch(one -> one.workId() == workId);
    }

    public WorkStatus status(long workId) {
        List<Done> found = done.stream().filter(one -> one.workId() == workId).toList();
        if (found.size() != 1) {
            throw new AssertionError("expected one completion of " + workId + ", got " + found);
        }
        return found.getFirst().status();
    }

    public void receive(long workId, long offset, int length) {
        connection().postReceive(workId, region, offset, length);
    }

    public void send(long workId, long offset, int length) {
        connection()
                .sendBatch()
                .send(workId, SendBatch.SIGNALED)
                .sge(region, offset, length)
                .post();
    }

    public Exposure expose(long offset, long length, int rights) {
        Exposure exposure = connection().newExposure();
        exposure.expose(region, offset, length, rights);
        return exposure;
    }

    /** Fills a range with bytes that depend on the seed and the place. */
    public void fill(long offset, int length, int seed) {
        for (int i = 0; i < length; i++) {
            region.segment().set(ValueLayout.JAVA_BYTE, offset + i, pattern(seed, i));
        }
    }

    public void clear(long offset, long length) {
        region.segment().asSlice(offset, length).fill((byte) 0);
    }

    /** Whether a range holds what {@link #fill} writes. */
    public boolean holds(long offset, int length, int seed) {
        for (int i = 0; i < length; i++) {
            if (region.segment().get(ValueLayout.JAVA_BYTE, offset + i) != pattern(seed, i)) {
                return false;
            }
        }
        return true;
    }

    boolean isZero(long offset, long length) {
        for (long i = offset; i < offset + length; i++) {
            if (region.segment().get(ValueLayout.JAVA_BYTE, i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte pattern(int seed, int index) {
        return (byte) (seed * 31 + index * 7 + (index >>> 8) + 1);
    }

    public void closeConnection() {
        Connection open = connection;
        if (open != null) {
            open.close();
            closed = true;
        }
    }

    @Override
    public String toString() {
        return calls + " " + done + " " + cause;
    }
}
