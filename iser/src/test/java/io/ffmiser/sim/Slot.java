package io.ffmiser.sim;

import io.ffmiser.initiator.ScsiRequest;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One request of a {@link Workload}, used again and again, with its piece of the buffer. */
final class Slot {
    enum Kind {
        READ,
        WRITE,
        FORCED_WRITE,
        FLUSH,
        /** UNMAP, or WRITE SAME of zeros. */
        ZERO,
        WRITE_SAME;

        Encounters.State state() {
            return switch (this) {
                case READ -> Encounters.State.READING;
                case WRITE, FORCED_WRITE -> Encounters.State.WRITING;
                case FLUSH -> Encounters.State.FLUSHING;
                case ZERO, WRITE_SAME -> Encounters.State.ZEROING;
            };
        }

        /** Whether it changes blocks. */
        boolean isWrite() {
            return this != READ && this != FLUSH;
        }
    }

    final MemorySegment memory;
    final long offset;
    final int[] promised;

    @Nullable
    ScsiRequest request;

    Kind kind = Kind.READ;
    int first;
    int count;
    int life;
    long issuedNanos;
    boolean cancelled;
    boolean idle = true;

    /** Whether it is of the {@link SharedBlocks}, and then since when it may be carried out, and what a write writes. */
    boolean shared;

    long begun;
    final int[] versions = new int[DiskUse.MAX_BLOCKS];

    Slot(MemorySegment memory, long offset, int blocks) {
        this.memory = memory;
        this.offset = offset;
        this.promised = new int[blocks];
    }

    ScsiRequest request() {
        ScsiRequest made = request;
        if (made == null) {
            throw new IllegalStateException("no session");
        }
        return made;
    }
}
