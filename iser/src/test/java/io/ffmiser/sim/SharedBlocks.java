package io.ffmiser.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Blocks at the end of a disk that all sessions use at once. What each of them did, and when, goes to a {@link BlockHistory} for each
 * block; contents are {@link DiskModel#fill}'s, so that each write of a block has a version of its own.
 *
 * <p>A command that is sent again over a new connection may have been carried out over the old one as well, until the target has ended the
 * old nexus: when the new login has succeeded (RFC 7143 section 6.3.5). From then on nothing may come of it.
 */
final class SharedBlocks {
    private final int first;
    private final BlockHistory[] histories;
    private final int[] issued;
    private final Consumer<Consumer<Slot>> commandsUnderWay;
    private final List<Abandoned> abandoned = new ArrayList<>();
    private DiskStore store;
    private long clock;
    private long lostAt;

    /** A write that nobody waits for any more, of a nexus that may be alive. */
    private record Abandoned(String nexus, int block, int version, long from) {}

    /** @param commandsUnderWay visits all slots with a command of these blocks that has not ended */
    SharedBlocks(DiskStore store, int first, int count, Consumer<Consumer<Slot>> commandsUnderWay) {
        this.store = store;
        this.first = first;
        this.commandsUnderWay = commandsUnderWay;
        histories = new BlockHistory[count];
        for (int i = 0; i < count; i++) {
            histories[i] = new BlockHistory();
        }
        issued = new int[count];
    }

    int first() {
        return first;
    }

    int count() {
        return histories.length;
    }

    /** The slot's command is about to be issued; a write's buffer is filled with new versions. */
    void issuing(Slot slot) {
        slot.begun = ++clock;
        if (slot.kind.isWrite()) {
            for (int i = 0; i < slot.count; i++) {
                int version = ++issued[slot.first - first + i];
                slot.versions[i] = version;
                DiskModel.fill(slot.memory, (long) i * DiskModel.BLOCK_BYTES, slot.first + i, version);
            }
        }
    }

    /** The slot's command was answered GOOD. */
    void answered(Slot slot) {
        long now = ++clock;
        for (int i = 0; i < slot.count; i++) {
            BlockHistory history = historyOf(slot.first + i);
            if (slot.kind.isWrite()) {
                history.written(slot.versions[i], slot.begun, now);
                if (slot.kind == Slot.Kind.FORCED_WRITE && slot.begun > lostAt) {
                    history.forced(slot.begun);
                }
            } else {
                int version = DiskModel.versionIn(slot.memory, (long) i * DiskModel.BLOCK_BYTES, slot.first + i);
                if (version < 0 || version > issued[slot.first + i - first]) {
                    throw new AssertionError("block " + (slot.first + i) + " was read as version " + version
                            + ", which no session wrote");
                }
                history.read(version, slot.begun, now);
            }
        }
    }

    /** The slot's command was not carried out, or in part, and the target has it no more. */
    void failed(Slot slot) {
        mayBeDone(slot, ++clock);
    }

    /** The nexus has a new connection, and nothing comes of the old one: the slot's command is sent again, or for the first time. */
    void sentAgain(Slot slot) {
        long now = ++clock;
        mayBeDone(slot, now);
        slot.begun = now;
    }

    private void mayBeDone(Slot slot, long until) {
        for (int i = 0; slot.kind.isWrite() && i < slot.count; i++) {
            historyOf(slot.first + i).mayBeWritten(slot.versions[i], slot.begun, until);
        }
    }

    /** Nobody waits for the slot's command any more, and the nexus may be alive at the target. */
    void abandoned(Slot slot, String nexus) {
        for (int i = 0; slot.kind.isWrite() && i < slot.count; i++) {
            abandoned.add(new Abandoned(nexus, slot.first + i, slot.versions[i], slot.begun));
        }
    }

    /** The nexus has been made again: nothing comes of the old one any more. */
    void nexusMade(String nexus) {
        long now = ++clock;
        abandoned.removeIf(write -> {
            boolean ends = write.nexus.equals(nexus);
            if (ends) {
                historyOf(write.block).mayBeWritten(write.version, write.from, now);
            }
            return ends;
        });
    }

    /** A flush has succeeded that began then, with power all the while. */
    void flushed(long begun) {
        for (BlockHistory history : histories) {
            history.flushed(begun);
        }
    }

    long now() {
        return ++clock;
    }

    void powerLost() {
        lostAt = ++clock;
    }

    /** The disk is back, as another one. */
    void restored(DiskStore after) {
        store = after;
        for (int i = 0; i < histories.length; i++) {
            int version = requireWritten(first + i);
            checking(first + i, history -> history.powerLost(version, lostAt, pending(history)));
        }
    }

    private int requireWritten(int block) {
        int version = store.visibleVersion(block);
        if (version < 0 || version > issued[block - first]) {
            throw new AssertionError("block " + block + " holds version " + version + ", which no session wrote");
        }
        return version;
    }

    /** At the end, with nothing under way. */
    void checkAll() {
        for (int i = 0; i < histories.length; i++) {
            int version = requireWritten(first + i);
            checking(first + i, history -> {
                long now = ++clock;
                history.read(version, now, now);
                history.check(now, pending(history));
            });
        }
    }

    private void checking(int block, Consumer<BlockHistory> check) {
        try {
            check.accept(historyOf(block));
        } catch (AssertionError e) {
            throw new AssertionError("block " + block + ", shared: " + e.getMessage(), e);
        }
    }

    private List<BlockHistory.Pending> pending(BlockHistory of) {
        List<BlockHistory.Pending> pending = new ArrayList<>();
        for (Abandoned write : abandoned) {
            if (historyOf(write.block) == of) {
                pending.add(new BlockHistory.Pending(write.version, write.from));
            }
        }
        commandsUnderWay.accept(slot -> {
            for (int i = 0; slot.kind.isWrite() && i < slot.count; i++) {
                if (historyOf(slot.first + i) == of) {
                    pending.add(new BlockHistory.Pending(slot.versions[i], slot.begun));
                }
            }
        });
        return pending;
    }

    private BlockHistory historyOf(int block) {
        return histories[block - first];
    }
}
