package io.ffmiser.sim;

import io.ffmiser.initiator.Outcome;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * What the commands of a {@link Workload} do: draws them, sets them up, and tells the {@link DiskModel} of its own part of the disk, or the
 * {@link SharedBlocks}, what their ends mean.
 */
final class DiskUse {
    static final int MAX_BLOCKS = 16;
    private static final int LUN = 0;

    /** A write that nobody waits for, of a nexus that may be alive. */
    private record Abandoned(String nexus, int first, int count) {}

    private final DiskModel model;
    private final SharedBlocks shared;
    private final SimRandom random;
    /** So many of a hundred reads and writes are of shared blocks. */
    private final int sharingPercent;

    private final boolean thin;
    private final int firstBlock;
    private final int blocks;
    private final List<Abandoned> abandoned = new ArrayList<>();

    DiskUse(DiskModel model, SharedBlocks shared, SimRandom random, Scenario scenario, int firstBlock, int blocks) {
        this.model = model;
        this.shared = shared;
        this.random = random;
        sharingPercent = scenario.sharingPercent();
        thin = scenario.thin();
        this.firstBlock = firstBlock;
        this.blocks = blocks;
    }

    /** Of its own. */
    int blocks() {
        return blocks;
    }

    /**
     * Draws what the slot does next.
     *
     * @param idle whether nothing else is outstanding
     * @return false if there is nothing to do: what is left of the disk is in use, or abandoned
     */
    boolean choose(Slot slot, boolean idle) {
        slot.kind = kind(random.nextInt(100));
        slot.shared = isTransfer(slot.kind) && random.nextInt(100) < sharingPercent;
        if (slot.kind == Slot.Kind.FLUSH) {
            slot.count = 0;
            return true;
        }
        if (slot.shared) {
            slot.count = 1 + random.nextInt(3);
            slot.first = shared.first() + random.nextInt(shared.count() - slot.count + 1);
            return true;
        }
        for (int tries = 0; tries < 20; tries++) {
            slot.count = 1 + (random.nextInt(3) == 0 ? random.nextInt(MAX_BLOCKS) : random.nextInt(4));
            slot.first = firstBlock + random.nextInt(blocks - slot.count + 1);
            if (model.take(slot.first, slot.count)) {
                return true;
            }
        }
        slot.kind = Slot.Kind.FLUSH;
        slot.count = 0;
        return idle;
    }

    private static Slot.Kind kind(int dice) {
        if (dice < 43) {
            return Slot.Kind.READ;
        } else if (dice < 86) {
            return Slot.Kind.WRITE;
        } else if (dice < 90) {
            return Slot.Kind.FORCED_WRITE;
        } else if (dice < 94) {
            return Slot.Kind.FLUSH;
        }
        return dice < 98 ? Slot.Kind.ZERO : Slot.Kind.WRITE_SAME;
    }

    private static boolean isTransfer(Slot.Kind kind) {
        return kind == Slot.Kind.READ || kind == Slot.Kind.WRITE || kind == Slot.Kind.FORCED_WRITE;
    }

    /** Sets the slot's command up. */
    void prepare(Slot slot, ScsiRequest request, RegisteredBuffer registered) {
        int block = slot.first;
        if (slot.shared) {
            shared.issuing(slot);
        } else if (slot.kind == Slot.Kind.ZERO) {
            model.zeroing(block, slot.count);
        } else if (slot.kind == Slot.Kind.WRITE_SAME) {
            model.writingSame(block, slot.count, slot.memory);
        } else if (slot.kind.isWrite()) {
            model.writing(block, slot.count, slot.memory, 0);
        }
        switch (slot.kind) {
            case READ -> {
                slot.memory.fill((byte) 0x5A);
                request.read(LUN, block, slot.count, registered, slot.offset);
            }
            case WRITE -> request.write(LUN, block, slot.count, registered, slot.offset);
            case FORCED_WRITE -> request.writeThrough(LUN, block, slot.count, registered, slot.offset);
            case ZERO -> {
                if (thin && random.nextInt(2) == 0) {
                    SpaceCommands.unmap(request, LUN, slot, registered);
                } else {
                    SpaceCommands.writeZeros(request, LUN, slot, thin && random.nextInt(2) == 0);
                }
            }
            case WRITE_SAME -> SpaceCommands.writeSame(request, LUN, slot, registered);
            case FLUSH -> {
                model.flushing(firstBlock, blocks, slot.promised);
                slot.life = model.lives();
                slot.begun = shared.now();
                request.flush(LUN);
            }
        }
    }

    /** The slot's command was not submitted after all. */
    void notIssued(Slot slot) {
        if (slot.shared) {
            return;
        }
        switch (slot.kind) {
            case READ -> model.readFailed(slot.first, slot.count);
            case WRITE, FORCED_WRITE, ZERO, WRITE_SAME -> model.writeUncertain(slot.first, slot.count);
            case FLUSH -> {}
        }
    }

    /**
     * The slot's command has ended.
     *
     * @param known whether the target has it no more; else it may be carried out until the nexus is made again
     */
    void ended(Slot slot, Outcome outcome, boolean good, boolean known, String nexus) {
        if (!slot.shared) {
            ownEnded(slot, outcome, good, known, nexus);
        } else if (good) {
            shared.answered(slot);
        } else if (known) {
            shared.failed(slot);
        } else {
            shared.abandoned(slot, nexus);
        }
    }

    private void ownEnded(Slot slot, Outcome outcome, boolean good, boolean known, String nexus) {
        switch (slot.kind) {
            case READ -> {
                if (good) {
                    model.read(slot.first, slot.count, slot.memory, 0);
                } else {
                    model.readFailed(slot.first, slot.count);
                }
            }
            case WRITE, FORCED_WRITE, ZERO, WRITE_SAME -> {
                if (good) {
                    model.written(slot.first, slot.count, slot.kind == Slot.Kind.FORCED_WRITE);
                } else if (!known) {
                    abandonWrite(slot, nexus); // it may be in the target's store
                } else {
                    model.writeUncertain(slot.first, slot.count);
                }
            }
            case FLUSH -> {
                if (good) {
                    model.flushed(firstBlock, blocks, slot.promised, slot.life);
                    if (slot.life == model.lives()) {
                        shared.flushed(slot.begun);
                    }
                } else if (outcome == Outcome.UNFLUSHED_WRITES) {
                    model.lossReported(firstBlock, blocks);
                }
            }
        }
    }

    /** Nobody waits for the slot's command any more. */
    void abandon(Slot slot, String nexus) {
        if (slot.shared) {
            shared.abandoned(slot, nexus);
        } else if (slot.kind.isWrite()) {
            abandonWrite(slot, nexus);
        }
    }

    private void abandonWrite(Slot slot, String nexus) {
        model.writeAbandoned(slot.first, slot.count);
        abandoned.add(new Abandoned(nexus, slot.first, slot.count));
    }

    /** A login has succeeded: nothing comes any more of an old nexus of that name. */
    void nexusMade(String nexus) {
        shared.nexusMade(nexus);
        abandoned.removeIf(write -> {
            boolean ends = write.nexus.equals(nexus);
            if (ends) {
                model.nexusMade(write.first, write.count);
            }
            return ends;
        });
    }

    /** The session has a new connection: what is outstanding is sent again. */
    void sentAgain(Slot slot) {
        shared.sentAgain(slot);
    }

    /** The session has said that acknowledged writes may be lost, or has ended. */
    void lossReported() {
        model.lossReported(firstBlock, blocks);
    }
}
