package io.ffmiser.sim;

import io.ffmiser.rdma.Poller;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import io.ffmiser.testkit.sim.SimRandom;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** Disks with bugs. */
final class PlantedStores {
    private static final long SHARED_BYTES = (long) Simulation.OWN_BLOCKS * DiskModel.BLOCK_BYTES;

    private PlantedStores() {}

    private static MemorySegment copyOf(StoreOperation operation) {
        MemorySegment taken = MemorySegment.ofArray(new long[(int) (operation.length() / Long.BYTES)]);
        MemorySegment.copy(operation.buffer(), operation.bufferOffset(), taken, 0, operation.length());
        return taken;
    }

    /** Acknowledges writes before they are carried out. */
    static final class EarlyAcknowledge extends DiskStore {
        EarlyAcknowledge(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            MemorySegment taken = copyOf(operation);
            long offset = operation.offset();
            later(() -> later(() -> later(() -> later(() -> apply(taken, offset)))));
            operation.complete(null);
        }
    }

    /** Forgets to flush. */
    static final class LostFlush extends DiskStore {
        LostFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** Stores nothing, and says so. */
    static final class NothingStored extends DiskStore {
        NothingStored(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(() -> operation.complete(new StoreException("planted")));
        }
    }

    /** Writes all but the last block. */
    static final class TornWrite extends DiskStore {
        TornWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(
                    operation,
                    () -> apply(
                            operation
                                    .buffer()
                                    .asSlice(operation.bufferOffset(), operation.length() - DiskModel.BLOCK_BYTES),
                            operation.offset()));
        }
    }

    /** Writes one block beside the place that was meant. */
    static final class MisdirectedWrite extends DiskStore {
        MisdirectedWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            long last = sizeBytes() - operation.length();
            later(
                    operation,
                    () -> apply(
                            operation.buffer().asSlice(operation.bufferOffset(), operation.length()),
                            Math.min(last, operation.offset() + DiskModel.BLOCK_BYTES)));
        }
    }

    /** Acknowledges a write, and takes its data from the buffer later. */
    static final class BufferUsedTooLong extends DiskStore {
        BufferUsedTooLong(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            MemorySegment buffer = operation.buffer().asSlice(operation.bufferOffset(), operation.length());
            long offset = operation.offset();
            operation.complete(null);
            later(() -> apply(buffer, offset));
        }
    }

    /** Answers a read before its data is in the buffer. */
    static final class ReadAnsweredTooEarly extends DiskStore {
        ReadAnsweredTooEarly(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            operation.complete(null);
        }
    }

    /** Reads what is durable, not what was written last. */
    static final class StaleRead extends DiskStore {
        StaleRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            later(operation, () -> readDurable(operation));
        }
    }

    /** Flushes the first half of the disk. */
    static final class HalfAFlush extends DiskStore {
        HalfAFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            later(operation, () -> makeDurable((int) (sizeBytes() / DiskModel.BLOCK_BYTES / 2)));
        }
    }

    /** Says that a failed operation succeeded. */
    static final class ErrorsUntold extends DiskStore {
        ErrorsUntold(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        void done(StoreOperation operation, boolean fails) {
            operation.complete(null);
        }
    }

    /** Answers no write, ever. */
    static final class WritesUnanswered extends DiskStore {
        WritesUnanswered(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            later(() -> {});
        }
    }

    /** Comes back after a power loss with nothing of what it had made durable. */
    static final class Forgetful extends DiskStore {
        Forgetful(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        void restoreFrom(DiskStore before) {}
    }

    /** Reads one block beside the place that was meant. */
    static final class MisdirectedRead extends DiskStore {
        MisdirectedRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            long last = sizeBytes() - operation.length();
            long offset = operation.offset() == last ? 0 : operation.offset() + DiskModel.BLOCK_BYTES;
            later(operation, () -> readCache(operation, offset));
        }
    }

    /** Answers reads with what stood in the buffer. */
    static final class NothingRead extends DiskStore {
        NothingRead(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void read(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** A write with FUA is not made durable: flushes are late by one. */
    static final class LateFlush extends DiskStore {
        private boolean first = true;

        LateFlush(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void flush(StoreOperation operation) {
            boolean does = !first;
            first = !first;
            later(operation, () -> makeDurable(does ? (int) (sizeBytes() / DiskModel.BLOCK_BYTES) : 0));
        }
    }

    /** Now and then a write is carried out a second time, after others: as if it came again from a connection that has gone. */
    static final class GhostWrite extends DiskStore {
        private static final int ONE_OF = 3;
        private static final int OTHERS = 20;
        private final ArrayDeque<Runnable> ghosts = new ArrayDeque<>();
        private int count;

        GhostWrite(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            if (operation.offset() >= SHARED_BYTES) {
                MemorySegment taken = copyOf(operation);
                long offset = operation.offset();
                ghosts.add(++count % ONE_OF == 0 ? () -> apply(taken, offset) : () -> {});
                if (ghosts.size() > OTHERS) {
                    ghosts.remove().run();
                }
            }
            super.write(operation);
        }
    }

    /** Acknowledges writes of shared blocks at once, and carries now and then one out after others that came later. */
    static final class ReorderedWrites extends DiskStore {
        private static final int ONE_OF = 3;
        private static final int OTHERS = 4;
        private final ArrayDeque<Runnable> held = new ArrayDeque<>();
        private int count;

        ReorderedWrites(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void write(StoreOperation operation) {
            if (operation.offset() < SHARED_BYTES) {
                super.write(operation);
                return;
            }
            MemorySegment taken = copyOf(operation);
            long offset = operation.offset();
            boolean late = ++count % ONE_OF == 0;
            if (!late) {
                apply(taken, offset);
            }
            held.add(late ? () -> apply(taken, offset) : () -> {});
            if (held.size() > OTHERS) {
                held.remove().run();
            }
            operation.complete(null);
        }
    }

    /** Does not unmap. */
    static final class LostUnmap extends DiskStore {
        LostUnmap(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void unmap(StoreOperation operation) {
            later(operation, () -> {});
        }
    }

    /** Unmaps one block more. */
    static final class UnmapOfTooMuch extends DiskStore {
        UnmapOfTooMuch(Poller poller, Executor owner, SimRandom random, int blocks) {
            super(poller, owner, random, blocks);
        }

        @Override
        public void unmap(StoreOperation operation) {
            long length = Math.min(operation.length() + DiskModel.BLOCK_BYTES, sizeBytes() - operation.offset());
            later(operation, () -> zero(operation.offset(), length));
        }
    }
}
