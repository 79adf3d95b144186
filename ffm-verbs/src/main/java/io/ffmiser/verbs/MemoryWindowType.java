package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** The two kinds of memory window (enum ibv_mw_type, ibv_alloc_mw(3)). */
public enum MemoryWindowType implements NativeConstant {
    /** Belongs to a protection domain; bound by a verb; the device picks the whole key. */
    TYPE_1(LibIbverbs.IBV_MW_TYPE_1()),
    /** Belongs to a queue pair once bound; bound by a work request; the user picks the low 8 bits of the key. */
    TYPE_2(LibIbverbs.IBV_MW_TYPE_2());

    private final int value;

    MemoryWindowType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
