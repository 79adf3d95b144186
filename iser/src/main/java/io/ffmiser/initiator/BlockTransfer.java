package io.ffmiser.initiator;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A read or write of any length as commands within the target's limit, a few of them at a time. Ends with the first failure, when no
 * command is outstanding any more: only then is the buffer out of use.
 */
final class BlockTransfer {
    private static final int CONCURRENT = 8;

    private final SessionEngine engine;
    private final Cancellation cancellation;
    private final boolean write;
    private final LogicalUnitState unit;
    private final RegisteredBuffer buffer;
    private final long endLba;
    private final int blockSize;
    private final int blocksPerCommand;
    private final CompletableFuture<Void> result = new CompletableFuture<>();
    private long nextLba;
    private long nextOffset;
    private int running;
    private @Nullable RuntimeException failure;

    private BlockTransfer(
            SessionEngine engine,
            Cancellation cancellation,
            boolean write,
            LogicalUnitState unit,
            long lba,
            long blocks,
            RegisteredBuffer buffer,
            long offset) {
        this.engine = engine;
        this.cancellation = cancellation;
        this.write = write;
        this.unit = unit;
        this.buffer = buffer;
        nextLba = lba;
        nextOffset = offset;
        endLba = lba + blocks;
        blockSize = unit.requireCapacity().blockSize();
        blocksPerCommand = unit.requireCapacity().maxTransferBlocks();
    }

    /** Starts one; completes when all is done. Thread-safe. */
    static CompletableFuture<Void> start(
            SessionEngine engine, boolean write, int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        LogicalUnitState unit = engine.unit(lun);
        Capacity capacity = unit.requireCapacity();
        if (lba < 0 || blocks < 0 || lba > capacity.blocks() - blocks) {
            throw new IndexOutOfBoundsException(
                    "blocks " + lba + " + " + blocks + " of LUN " + lun + ", which has " + capacity.blocks());
        }
        buffer.check(offset, Math.multiplyExact(blocks, (long) capacity.blockSize()));
        if (blocks == 0) {
            return CompletableFuture.completedFuture(null);
        }
        return Cancellation.begin(engine.driver(), cancellation -> {
            BlockTransfer transfer = new BlockTransfer(engine, cancellation, write, unit, lba, blocks, buffer, offset);
            engine.driver().run(transfer::begin);
            return transfer.result;
        });
    }

    private void begin() {
        running = 1;
        for (int i = 0; i < CONCURRENT && nextLba < endLba; i++) {
            ScsiCall[] call = new ScsiCall[1];
            call[0] = new ScsiCall(engine, cancellation, done -> onDone(call[0], done));
            running++;
            next(call[0]);
        }
        finishOne();
    }

    private void onDone(ScsiCall call, ScsiRequest done) {
        InitiatorException wrong = done.failure();
        if (wrong != null && failure == null) {
            failure = wrong;
        }
        next(call);
    }

    /** Sends the call's next piece, or retires it. */
    private void next(ScsiCall call) {
        if (failure != null || nextLba == endLba) {
            finishOne();
            return;
        }
        int blocks = (int) Math.min(blocksPerCommand, endLba - nextLba);
        long lba = nextLba;
        long offset = nextOffset;
        nextLba += blocks;
        nextOffset += (long) blocks * blockSize;
        try {
            if (write) {
                call.request().write(unit.number, lba, blocks, buffer, offset);
            } else {
                call.request().read(unit.number, lba, blocks, buffer, offset);
            }
            call.start();
        } catch (RuntimeException e) {
            failure = failure == null ? e : failure;
            finishOne();
        } catch (Error e) {
            failure = failure == null ? new InitiatorException("not sent: " + e, e) : failure;
            finishOne();
        }
    }

    private void finishOne() {
        running--;
        if (running > 0) {
            return;
        }
        RuntimeException wrong = failure;
        if (wrong == null) {
            result.complete(null);
        } else {
            result.completeExceptionally(wrong);
        }
    }
}
