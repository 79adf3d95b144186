package io.ffmiser.examples.rdma;

import io.ffmiser.examples.RpingData;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import java.io.PrintWriter;

/** Reads the buffer that the client names first, says go on, writes what it read into the one named second, says go on. */
final class PingServer extends PingEnd {
    private static final int GO_ON = 0;

    private final MemoryRegion data;
    private boolean writesNext;

    PingServer(Device device, int size, PrintWriter out, boolean verbose) {
        super(device, size, out, verbose);
        boolean remote = device.capabilities().readSinkNeedsRemoteWrite();
        data = domain.allocate(size, Access.LOCAL_WRITE | (remote ? Access.REMOTE_WRITE : 0));
    }

    @Override
    void prepare(Connection made) {}

    @Override
    void onMessage(int stag, long offset, int length) {
        if (length < 0 || length > size) {
            fail("the client's buffer has " + Integer.toUnsignedString(length) + " octets, this end's " + size
                    + ": give both the same -S");
        } else if (writesNext) {
            writesNext = false;
            int answered = Math.min(length, RpingData.length(data.segment()));
            connection()
                    .sendBatch()
                    .rdmaWrite(0, stag, offset, SendBatch.UNSIGNALED)
                    .sge(data, 0, answered);
            send(GO_ON);
        } else {
            writesNext = true;
            connection()
                    .sendBatch()
                    .rdmaRead(0, stag, offset, SendBatch.SIGNALED)
                    .sge(data, 0, length)
                    .post();
        }
    }

    @Override
    void onRead() {
        show("server ping data: " + RpingData.text(data.segment()));
        send(GO_ON);
    }

    @Override
    boolean mayEnd() {
        return !writesNext;
    }

    @Override
    void closeBuffers() {
        data.close();
    }
}
