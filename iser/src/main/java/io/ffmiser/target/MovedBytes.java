package io.ffmiser.target;

import io.ffmiser.rdma.PollerCounters;

/** What a poller has moved, for all that it drives. */
record MovedBytes(long rdmaWrites, long rdmaReads, long copied) {
    static MovedBytes of(PollerCounters counters) {
        return new MovedBytes(counters.rdmaWriteBytes(), counters.rdmaReadBytes(), counters.copiedBytes());
    }

    MovedBytes since(MovedBytes before) {
        return new MovedBytes(rdmaWrites - before.rdmaWrites, rdmaReads - before.rdmaReads, copied - before.copied);
    }
}
