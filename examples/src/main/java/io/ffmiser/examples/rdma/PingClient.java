package io.ffmiser.examples.rdma;

import io.ffmiser.examples.RpingData;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import java.io.PrintWriter;

/** Names a buffer to be read, then one to be written, and compares them; as often as asked. */
final class PingClient extends PingEnd {
    private static final int SOURCE = 0;
    private static final int SINK = 1;

    private final MemoryRegion source;
    private final MemoryRegion sink;
    private final int count;
    private final boolean compares;
    private int pings;
    private boolean read;
    private boolean differs;

    /** A count of 0 is for ever. */
    PingClient(Device device, int size, PrintWriter out, boolean verbose, int count, boolean compares) {
        super(device, size, out, verbose);
        source = domain.allocate(size, Access.REMOTE_READ);
        sink = domain.allocate(size, Access.LOCAL_WRITE | Access.REMOTE_WRITE);
        this.count = count;
        this.compares = compares;
    }

    @Override
    void prepare(Connection made) {
        Exposure readable = made.newExposure();
        readable.expose(source, 0, size, Access.REMOTE_READ);
        name(SOURCE, readable);
        Exposure writable = made.newExposure();
        writable.expose(sink, 0, size, Access.REMOTE_WRITE);
        name(SINK, writable);
    }

    @Override
    public void onEstablished(Connection established, byte[] privateData) {
        ping();
    }

    private void ping() {
        RpingData.fill(source.segment(), pings);
        read = false;
        send(SOURCE);
    }

    @Override
    void onMessage(int stag, long offset, int length) {
        if (!read) {
            read = true;
            send(SINK);
            return;
        }
        differs = compares && source.segment().mismatch(sink.segment()) != -1;
        if (!differs) {
            show("ping data: " + RpingData.text(sink.segment()));
            pings++;
        }
        if (differs || isDone()) {
            connection().disconnect();
        } else {
            ping();
        }
    }

    @Override
    void onRead() {}

    private boolean isDone() {
        return count != 0 && pings == count;
    }

    @Override
    boolean mayEnd() {
        return differs || isDone();
    }

    /** Whether a ping came back as something else. */
    boolean differs() {
        return differs;
    }

    @Override
    void closeBuffers() {
        source.close();
        sink.close();
    }
}
