package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** How far the atomics of a device are atomic (enum ibv_atomic_cap, ibv_query_device(3)). */
public enum AtomicCapability implements NativeConstant {
    NONE(LibIbverbs.IBV_ATOMIC_NONE()),
    /** Among the queue pairs of this device. */
    HCA(LibIbverbs.IBV_ATOMIC_HCA()),
    /** Against processors and other devices too. */
    GLOBAL(LibIbverbs.IBV_ATOMIC_GLOB());

    private final int value;

    AtomicCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
