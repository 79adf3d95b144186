package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** A property of a {@link WorkQueue} (enum ibv_wq_flags, ibv_create_wq(3)). */
public enum WorkQueueFlag implements NativeConstant {
    /** The device takes the VLAN tag off and puts it into the completion. */
    CVLAN_STRIPPING(LibIbverbs.IBV_WQ_FLAGS_CVLAN_STRIPPING()),
    /** The frame check sequence is part of what is received. */
    SCATTER_FCS(LibIbverbs.IBV_WQ_FLAGS_SCATTER_FCS()),
    /** A packet that finds no receive waits for one. */
    DELAY_DROP(LibIbverbs.IBV_WQ_FLAGS_DELAY_DROP()),
    /** Writes to memory are padded to whole cache lines. */
    PCI_WRITE_END_PADDING(LibIbverbs.IBV_WQ_FLAGS_PCI_WRITE_END_PADDING());

    private final int value;

    WorkQueueFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
