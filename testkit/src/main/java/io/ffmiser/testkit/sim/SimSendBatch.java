package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;

/** Builds requests in the free places of the send queue, and makes them part of it when posted. */
final class SimSendBatch implements SendBatch {
    private final SimConnection connection;
    private int begun;

    SimSendBatch(SimConnection connection) {
        this.connection = connection;
    }

    private SimWork begin(Operation operation, long workId, int stag, long remoteOffset, int flags) {
        connection.checkPost();
        if (begun >= connection.freePlaces()) {
            throw refuse("the send queue is full: " + connection);
        }
        SimWork work = connection.place(begun);
        begun++;
        if ((flags & SOLICITED) != 0) {
            connection.fabric.counters.solicitedEvents++;
        }
        return work.begin(operation, workId, stag, remoteOffset, flags);
    }

    private IllegalStateException refuse(String message) {
        begun = 0;
        return connection.fabric.misuse(message);
    }

    @Override
    public SendBatch send(long workId, int flags) {
        begin(Operation.SEND, workId, 0, 0, flags);
        return this;
    }

    @Override
    public SendBatch sendWithInvalidate(long workId, int remoteStag, int flags) {
        begin(Operation.SEND, workId, remoteStag, 0, flags).invalidates = true;
        return this;
    }

    @Override
    public SendBatch rdmaWrite(long workId, int remoteStag, long remoteOffset, int flags) {
        begin(Operation.RDMA_WRITE, workId, remoteStag, remoteOffset, flags);
        return this;
    }

    @Override
    public SendBatch rdmaRead(long workId, int remoteStag, long remoteOffset, int flags) {
        begin(Operation.RDMA_READ, workId, remoteStag, remoteOffset, flags);
        return this;
    }

    @Override
    public SendBatch sge(MemoryRegion region, long offset, int length) {
        if (begun == 0) {
            throw refuse("no request was begun");
        }
        SimWork work = connection.place(begun - 1);
        int limit = work.operation == Operation.RDMA_READ
                ? connection.fabric.options.capabilities().maxReadSge()
                : work.regions.length;
        if (work.sges >= Math.min(limit, work.regions.length)) {
            throw refuse("too many entries: " + (work.sges + 1));
        }
        if (work.total + length > connection.fabric.options.capabilities().maxMessageBytes()) {
            throw refuse("longer than the device's longest message");
        }
        SimRegion memory;
        try {
            memory = connection.own(region);
            memory.checkRange(offset, length);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            begun = 0;
            throw e;
        }
        work.regions[work.sges] = memory;
        work.offsets[work.sges] = offset;
        work.lengths[work.sges] = length;
        work.sges++;
        work.total += length;
        return this;
    }

    @Override
    public void post() {
        connection.checkPost();
        int count = begun;
        begun = 0;
        connection.post(count);
    }
}
