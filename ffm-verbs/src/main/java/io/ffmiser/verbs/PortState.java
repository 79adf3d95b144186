package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.NativeLibrary;

/** The logical state of a port (enum ibv_port_state). */
public enum PortState implements NativeConstant {
    /** A state of a later library. */
    UNKNOWN(-1),
    NOP(LibIbverbs.IBV_PORT_NOP()),
    DOWN(LibIbverbs.IBV_PORT_DOWN()),
    INIT(LibIbverbs.IBV_PORT_INIT()),
    ARMED(LibIbverbs.IBV_PORT_ARMED()),
    ACTIVE(LibIbverbs.IBV_PORT_ACTIVE()),
    ACTIVE_DEFER(LibIbverbs.IBV_PORT_ACTIVE_DEFER());

    private final int value;

    PortState(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** As libibverbs words it (ibv_port_state_str(3)). */
    public String description() {
        return NativeLibrary.IBVERBS
                .call("ibv_port_state_str", () -> LibIbverbs.ibv_port_state_str(value))
                .getString(0);
    }
}
