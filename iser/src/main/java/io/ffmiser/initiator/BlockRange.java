package io.ffmiser.initiator;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Work on a range of blocks as commands within the target's limit, a few of them at a time. Ends with the first failure, when no command
 * is outstanding any more: only then is its memory out of use.
 */
final class BlockRange {
    /** What is done with each piece. On the poller's thread. */
    interface Work {
        /** Before the first piece. */
        default void begin() {}

        /**
         * Makes the command for a piece.
         *
         * @param slot of those that run at a time, less than {@link #CONCURRENT}
         */
        void prepare(ScsiRequest request, int slot, long lba, int blocks);

        /** What is wrong with a command that is done; null if nothing is. */
        default @Nullable InitiatorException check(ScsiRequest done) {
            return done.failure();
        }

        /** After the last command. */
        default void end() {}
    }

    /** Commands at a time. */
    static final int CONCURRENT = 8;

    private final SessionEngine engine;
    private final Cancellation cancellation;
    private final Work work;
    private final int blocksPerCommand;
    private final long endLba;
    private final CompletableFuture<Void> result = new CompletableFuture<>();
    private long nextLba;
    private int running;
    private @Nullable Throwable failure;

    private BlockRange(
            SessionEngine engine, Cancellation cancellation, Work work, long lba, long blocks, int blocksPerCommand) {
        this.engine = engine;
        this.cancellation = cancellation;
        this.work = work;
        this.blocksPerCommand = blocksPerCommand;
        nextLba = lba;
        endLba = lba + blocks;
    }

    /** Reads or writes one; completes when all is done. Thread-safe. */
    static CompletableFuture<Void> transfer(
            SessionEngine engine, boolean write, int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        Capacity capacity = check(engine, lun, lba, blocks);
        int blockSize = capacity.blockSize();
        buffer.check(offset, Math.multiplyExact(blocks, (long) blockSize));
        Work work = (request, slot, at, count) -> {
            long from = offset + (at - lba) * blockSize;
            if (write) {
                request.write(lun, at, count, buffer, from);
            } else {
                request.read(lun, at, count, buffer, from);
            }
        };
        return start(engine, work, lba, blocks, capacity.maxTransferBlocks());
    }

    /** Unmaps one; completes when all is done. Thread-safe. */
    static CompletableFuture<Void> unmap(SessionEngine engine, int lun, long lba, long blocks) {
        check(engine, lun, lba, blocks);
        return start(
                engine,
                new Unmapping(engine, lun),
                lba,
                blocks,
                engine.unit(lun).limits.unmapBlocks(lun));
    }

    private static Capacity check(SessionEngine engine, int lun, long lba, long blocks) {
        Capacity capacity = engine.unit(lun).requireCapacity();
        if (lba < 0 || blocks < 0 || lba > capacity.blocks() - blocks) {
            throw new IndexOutOfBoundsException(
                    "blocks " + lba + " + " + blocks + " of LUN " + lun + ", which has " + capacity.blocks());
        }
        return capacity;
    }

    /** Does that work, whose commands are of so many blocks or fewer. Thread-safe. */
    static CompletableFuture<Void> start(SessionEngine engine, Work work, long lba, long blocks, int blocksPerCommand) {
        if (blocks == 0) {
            return CompletableFuture.completedFuture(null);
        }
        return Cancellation.begin(engine.driver(), cancellation -> {
            BlockRange range = new BlockRange(engine, cancellation, work, lba, blocks, blocksPerCommand);
            engine.driver().run(range::begin);
            return range.result;
        });
    }

    private void begin() {
        try {
            work.begin();
        } catch (Throwable e) {
            result.completeExceptionally(e);
            return;
        }
        running = 1;
        for (int i = 0; i < CONCURRENT && nextLba < endLba; i++) {
            int slot = i;
            ScsiCall[] call = new ScsiCall[1];
            call[0] = new ScsiCall(engine, cancellation, done -> onDone(call[0], slot, done));
            running++;
            next(call[0], slot);
        }
        finishOne();
    }

    private void onDone(ScsiCall call, int slot, ScsiRequest done) {
        try {
            failed(work.check(done));
        } catch (Throwable e) {
            failed(e);
        }
        next(call, slot);
    }

    /** Sends the call's next piece, or retires it. */
    private void next(ScsiCall call, int slot) {
        if (failure != null || nextLba == endLba) {
            finishOne();
            return;
        }
        int blocks = (int) Math.min(blocksPerCommand, endLba - nextLba);
        long lba = nextLba;
        nextLba += blocks;
        try {
            work.prepare(call.request(), slot, lba, blocks);
            call.start();
        } catch (Throwable e) {
            failed(e);
            finishOne();
        }
    }

    /** The first failure counts; null is none. */
    private void failed(@Nullable Throwable wrong) {
        if (failure == null) {
            failure = wrong;
        }
    }

    private void finishOne() {
        running--;
        if (running > 0) {
            return;
        }
        try {
            work.end();
        } catch (Throwable e) {
            failed(e);
        }
        Throwable wrong = failure;
        if (wrong == null) {
            result.complete(null);
        } else {
            result.completeExceptionally(wrong);
        }
    }
}
