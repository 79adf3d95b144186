package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What kind of memory a {@link DmaHandle} is for (enum ibv_tph_mem_type, ibv_alloc_dmah(3); PCI Express, TLP processing hints). */
public enum TphMemoryType implements NativeConstant {
    VOLATILE(LibIbverbs.IBV_TPH_MEM_TYPE_VM()),
    PERSISTENT(LibIbverbs.IBV_TPH_MEM_TYPE_PM());

    private final int value;

    TphMemoryType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
