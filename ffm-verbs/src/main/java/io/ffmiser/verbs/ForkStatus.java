package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Whether the process may fork while memory is registered (enum ibv_fork_status, ibv_is_fork_initialized(3)). */
public enum ForkStatus implements NativeConstant {
    DISABLED(LibIbverbs.IBV_FORK_DISABLED()),
    ENABLED(LibIbverbs.IBV_FORK_ENABLED()),
    /** The kernel copies pinned pages for the child: nothing needs to be done. */
    UNNEEDED(LibIbverbs.IBV_FORK_UNNEEDED());

    private final int value;

    ForkStatus(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
