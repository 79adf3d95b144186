package io.ffmiser.iwarp;

import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.rdma.Operation;
import org.jspecify.annotations.Nullable;

/** The peer's RDMA Reads that wait for their responses, as many as IRD, answered in order (RFC 5040 section 5.2.2). */
final class ReadQueue {
    private final SendRequest[] ring;
    private int head;
    private int count;

    ReadQueue(int ird) {
        ring = new SendRequest[ird];
        for (int i = 0; i < ird; i++) {
            ring[i] = new SendRequest(1);
        }
    }

    boolean isFull() {
        return count == ring.length;
    }

    /** The one to answer next, or null. */
    @Nullable
    SendRequest first() {
        return count == 0 ? null : ring[head];
    }

    /**
     * Takes a checked Read Request.
     *
     * @param source null for one of no octets
     */
    void add(int sinkStag, long sinkOffset, int size, @Nullable StagEntry source, long sourceOffset) {
        SendRequest response = ring[(head + count) % ring.length];
        count++;
        response.begin(RdmapOpcode.READ_RESPONSE, Operation.RDMA_READ, 0, sinkStag, sinkOffset);
        response.entry = source;
        if (source != null && source.region != null) {
            response.workId = source.stag;
            response.add(source.region, source.start + sourceOffset, size);
        }
    }

    /** Whether what is to be read may still be read. */
    static boolean isReadable(SendRequest response) {
        StagEntry source = response.entry;
        return source == null || (source.valid && source.stag == (int) response.workId);
    }

    /** The first one is answered. */
    void remove() {
        SendRequest response = ring[head];
        response.release();
        response.entry = null;
        head = head + 1 == ring.length ? 0 : head + 1;
        count--;
    }

    void clear() {
        while (count > 0) {
            remove();
        }
    }
}
