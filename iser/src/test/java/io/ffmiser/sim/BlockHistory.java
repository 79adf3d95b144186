package io.ffmiser.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What several sessions did to one block, and whether there is an order of it that explains what was read: a register is linearizable
 * (Herlihy and Wing), found by search (Wing and Gong), with the states that were seen before left out (Lowe).
 *
 * <p>Times are those of one clock that gives each out once. A write that ended without an answer may have been carried out or not, but
 * not after its end. The power of the disk divides the history: what was not durable may have gone with it, and the search begins anew with
 * what was there then.
 */
final class BlockHistory {
    /** The end of what has none. */
    static final long OPEN = Long.MAX_VALUE;

    private record Operation(boolean isWrite, int version, long from, long until, boolean certain) {
        @Override
        public String toString() {
            return (isWrite ? certain ? "write " : "perhaps write " : "read ") + version + " [" + from + ", "
                    + (until == OPEN ? "" : until) + "]";
        }
    }

    private record Seen(BitSet done, int version) {}

    private final List<Operation> operations = new ArrayList<>();
    /** The version that was there when the power came back, and when it had gone. */
    private int initial;

    private long since;
    /** A write that was acknowledged and flushed began then; none that had ended before may be there after a power loss. */
    private long durableFrom = -1;

    /** A write was acknowledged, and was carried out between these times. */
    void written(int version, long from, long until) {
        operations.add(new Operation(true, version, from, until, true));
    }

    /** A write may have been carried out between these times. */
    void mayBeWritten(int version, long from, long until) {
        operations.add(new Operation(true, version, from, until, false));
    }

    void read(int version, long from, long until) {
        operations.add(new Operation(false, version, from, until, true));
    }

    /** A flush that was issued then has made durable what was acknowledged before. */
    void flushed(long issued) {
        for (Operation operation : operations) {
            if (operation.isWrite && operation.certain && operation.from > since && operation.until < issued) {
                durableFrom = Math.max(durableFrom, operation.from);
            }
        }
    }

    /** A write with that version was made durable, which began then. */
    void forced(long from) {
        durableFrom = Math.max(durableFrom, from);
    }

    /**
     * The power went and came back; checks what was before.
     *
     * @param pending writes that have not ended: they may have been carried out before
     */
    void powerLost(int version, long lostAt, List<Pending> pending) {
        check(lostAt, pending);
        long last = version == initial ? since : -1;
        for (Operation operation : operations) {
            if (operation.isWrite && operation.version == version) {
                last = Math.max(last, operation.until);
            }
        }
        for (Pending write : pending) {
            if (write.version == version) {
                last = OPEN;
            }
        }
        if (last < durableFrom) {
            throw new AssertionError("acknowledged flush lost: version " + version + " came back, " + this);
        }
        operations.removeIf(operation -> operation.until <= lostAt);
        initial = version;
        since = lostAt;
        durableFrom = -1;
    }

    /** A write that has not ended, and began then. */
    record Pending(int version, long from) {}

    /** Throws if no order explains what was read until then. */
    void check(long end, List<Pending> pending) {
        List<Operation> known = new ArrayList<>();
        Set<Integer> read = new HashSet<>();
        for (Operation operation : operations) {
            boolean within = operation.from > since && operation.until <= end;
            if (!operation.isWrite && within) {
                known.add(operation);
                read.add(operation.version);
            } else if (operation.isWrite && operation.from <= end && operation.until > since) {
                known.add(new Operation(
                        true,
                        operation.version,
                        Math.max(operation.from, since),
                        operation.until,
                        operation.certain && within));
            }
        }
        for (Pending write : pending) {
            known.add(new Operation(true, write.version, Math.max(write.from, since), OPEN, false));
        }
        // What may not have been done, and nobody has seen, explains nothing.
        known.removeIf(operation -> !operation.certain && !read.contains(operation.version));
        known.sort(Comparator.comparingLong(Operation::from));
        if (!new Search(known).finds(new BitSet(), initial, -1)) {
            throw new AssertionError("no order explains what was read: " + this);
        }
    }

    @Override
    public String toString() {
        return "at first " + initial + " [" + since + "], " + operations;
    }

    private static final class Search {
        private final List<Operation> operations;
        private final Set<Seen> failed = new HashSet<>();

        Search(List<Operation> operations) {
            this.operations = operations;
        }

        /** Whether what is not done can follow, on a block that holds that version; no operation done began later than {@code latest}. */
        boolean finds(BitSet done, int version, long latest) {
            long frontier = takeReads(done, version, latest);
            long due = OPEN;
            boolean complete = true;
            for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                Operation operation = operations.get(i);
                if (operation.certain) {
                    complete = false;
                    due = Math.min(due, operation.until);
                }
            }
            if (complete) {
                return true;
            }
            Seen state = new Seen(done, version);
            if (failed.contains(state)) {
                return false;
            }
            for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                Operation operation = operations.get(i);
                if (operation.from > due) {
                    break;
                }
                if (operation.until >= frontier && (operation.isWrite || operation.version == version)) {
                    BitSet next = (BitSet) done.clone();
                    next.set(i);
                    if (finds(next, operation.version, Math.max(frontier, operation.from))) {
                        return true;
                    }
                }
            }
            failed.add(state);
            return false;
        }

        /** Reads of what is there may come first, if nothing that is possible now is too late after them. */
        private long takeReads(BitSet done, int version, long latest) {
            long frontier = latest;
            boolean again = true;
            while (again) {
                again = false;
                long due = OPEN;
                for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                    Operation operation = operations.get(i);
                    if (operation.until >= frontier) {
                        due = Math.min(due, operation.until);
                    }
                }
                for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                    Operation operation = operations.get(i);
                    if (!operation.isWrite && operation.version == version && operation.from <= due) {
                        done.set(i);
                        frontier = Math.max(frontier, operation.from);
                        again = true;
                    }
                }
            }
            return frontier;
        }
    }
}
