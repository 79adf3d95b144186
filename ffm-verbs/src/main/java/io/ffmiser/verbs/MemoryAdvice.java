package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What is about to be done with memory that is paged on demand (ibv_advise_mr(3)). */
public enum MemoryAdvice implements NativeConstant {
    /** Bring it in for reading. */
    PREFETCH(LibIbverbs.IBV_ADVISE_MR_ADVICE_PREFETCH()),
    /** Bring it in for writing. */
    PREFETCH_WRITE(LibIbverbs.IBV_ADVISE_MR_ADVICE_PREFETCH_WRITE()),
    /** Map what is present, bring nothing in. */
    PREFETCH_NO_FAULT(LibIbverbs.IBV_ADVISE_MR_ADVICE_PREFETCH_NO_FAULT());

    private final int value;

    MemoryAdvice(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
