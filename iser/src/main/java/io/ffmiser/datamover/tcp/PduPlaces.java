package io.ffmiser.datamover.tcp;

import io.ffmiser.iscsi.pdu.Pdu;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The memory that inbound PDUs are read into: bounded, allocated before full feature phase and when the command window grows. */
final class PduPlaces implements AutoCloseable {
    private final ArrayDeque<ReceivedPdu> free = new ArrayDeque<>();
    private final Arena arena;
    private final long stride;
    private final Runnable whenOneIsFree;
    private boolean closed;

    /**
     * @param arena closed by whoever made it, once these are closed
     * @param whenOneIsFree runs when there is a place again, where there was none
     * @throws OutOfMemoryError if there is not enough for them
     */
    PduPlaces(Arena arena, int count, int maxAhsLength, int maxDataLength, Runnable whenOneIsFree) {
        this.arena = arena;
        this.whenOneIsFree = whenOneIsFree;
        stride = Pdu.HEADER_LENGTH + maxAhsLength + Digest.LENGTH + (long) maxDataLength;
        add(count);
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
        closed = true;
        free.clear();
    }
}
