package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Where automatic path migration stands (enum ibv_mig_state, ibv_modify_qp(3)). */
public enum PathMigrationState implements NativeConstant {
    MIGRATED(LibIbverbs.IBV_MIG_MIGRATED()),
    REARM(LibIbverbs.IBV_MIG_REARM()),
    ARMED(LibIbverbs.IBV_MIG_ARMED());

    private final int value;

    PathMigrationState(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
