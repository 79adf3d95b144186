package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The memory that inbound PDUs are read into: bounded, allocated before full feature phase and when the command window grows. */
final class PduPlaces implements AutoCloseable {
    private final ArrayDeque<ReceivedPdu> free = new ArrayDeque<>();
    private final Arena arena = Arena.ofShared();
    private final long stride;
    private final Runnable whenOneIsFree;
    private boolean closed;

    /** @param whenOneIsFree runs when there is a place again, where there was none */
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    PduPlaces(int count, int maxAhsLength, int maxDataLength, Runnable whenOneIsFree) {
        this.whenOneIsFree = whenOneIsFree;
        stride = Pdu.HEADER_LENGTH + maxAhsLength + Digest.LENGTH + (long) maxDataLength;
        try {
            add(count);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /** @throws OutOfMemoryError if there is not enough for them */
    void extend(int more) {
        boolean wasEmpty = free.isEmpty();
        add(more);
        if (wasEmpty) {
            whenOneIsFree.run();
        }
    }

    private void add(int more) {
        MemorySegment memory = arena.allocate(more * stride, Long.BYTES);
        for (int i = 0; i < more; i++) {
            free.add(new ReceivedPdu(this, memory.asSlice(i * stride, stride)));
        }
    }

    @Nullable
    ReceivedPdu take() {
        return free.poll();
    }

    void giveBack(ReceivedPdu place) {
        if (!closed) {
            boolean wasEmpty = free.isEmpty();
            free.push(place);
            if (wasEmpty) {
                whenOneIsFree.run();
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            free.clear();
            arena.close();
        }
    }
}
