package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import java.util.Set;

/** What may be done to registered memory, a memory window or through a queue pair (enum ibv_access_flags, ibv_reg_mr(3)). */
public enum AccessFlag implements NativeConstant {
    /** The device may write; local reads are always allowed. */
    LOCAL_WRITE(LibIbverbs.IBV_ACCESS_LOCAL_WRITE()),
    /** A peer may write; needs {@link #LOCAL_WRITE}. */
    REMOTE_WRITE(LibIbverbs.IBV_ACCESS_REMOTE_WRITE()),
    REMOTE_READ(LibIbverbs.IBV_ACCESS_REMOTE_READ()),
    /** Needs {@link #LOCAL_WRITE}. */
    REMOTE_ATOMIC(LibIbverbs.IBV_ACCESS_REMOTE_ATOMIC()),
    /** Windows may be bound to it. */
    MW_BIND(LibIbverbs.IBV_ACCESS_MW_BIND()),
    /** A peer's addresses count from 0. */
    ZERO_BASED(LibIbverbs.IBV_ACCESS_ZERO_BASED()),
    /** Pages are brought in when they are needed, not pinned. */
    ON_DEMAND(LibIbverbs.IBV_ACCESS_ON_DEMAND()),
    /** The memory lies on huge pages. */
    HUGETLB(LibIbverbs.IBV_ACCESS_HUGETLB()),
    /** A peer may flush with {@link FlushPlacement#GLOBAL}. */
    FLUSH_GLOBAL(LibIbverbs.IBV_ACCESS_FLUSH_GLOBAL()),
    /** A peer may flush with {@link FlushPlacement#PERSISTENT}. */
    FLUSH_PERSISTENT(LibIbverbs.IBV_ACCESS_FLUSH_PERSISTENT()),
    /** Optional: a device that cannot reorder ignores it. */
    RELAXED_ORDERING(LibIbverbs.IBV_ACCESS_RELAXED_ORDERING());

    private static final AccessFlag[] ALL = values();

    private final int value;

    AccessFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** The flags as one number; without an iterator, as the data path asks for it. */
    static int bits(Set<AccessFlag> flags) {
        int bits = 0;
        for (AccessFlag flag : ALL) {
            if (flags.contains(flag)) {
                bits |= flag.value;
            }
        }
        return bits;
    }
}
