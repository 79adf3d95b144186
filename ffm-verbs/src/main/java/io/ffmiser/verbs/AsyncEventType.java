package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.NativeLibrary;

/** What happened to a device, a port or an object, beside completions (enum ibv_event_type, ibv_get_async_event(3)). */
public enum AsyncEventType implements NativeConstant {
    /** An event of a later kernel. */
    UNKNOWN(-1),
    CQ_ERR(LibIbverbs.IBV_EVENT_CQ_ERR()),
    QP_FATAL(LibIbverbs.IBV_EVENT_QP_FATAL()),
    QP_REQ_ERR(LibIbverbs.IBV_EVENT_QP_REQ_ERR()),
    QP_ACCESS_ERR(LibIbverbs.IBV_EVENT_QP_ACCESS_ERR()),
    COMM_EST(LibIbverbs.IBV_EVENT_COMM_EST()),
    SQ_DRAINED(LibIbverbs.IBV_EVENT_SQ_DRAINED()),
    PATH_MIG(LibIbverbs.IBV_EVENT_PATH_MIG()),
    PATH_MIG_ERR(LibIbverbs.IBV_EVENT_PATH_MIG_ERR()),
    DEVICE_FATAL(LibIbverbs.IBV_EVENT_DEVICE_FATAL()),
    PORT_ACTIVE(LibIbverbs.IBV_EVENT_PORT_ACTIVE()),
    PORT_ERR(LibIbverbs.IBV_EVENT_PORT_ERR()),
    LID_CHANGE(LibIbverbs.IBV_EVENT_LID_CHANGE()),
    PKEY_CHANGE(LibIbverbs.IBV_EVENT_PKEY_CHANGE()),
    SM_CHANGE(LibIbverbs.IBV_EVENT_SM_CHANGE()),
    SRQ_ERR(LibIbverbs.IBV_EVENT_SRQ_ERR()),
    SRQ_LIMIT_REACHED(LibIbverbs.IBV_EVENT_SRQ_LIMIT_REACHED()),
    QP_LAST_WQE_REACHED(LibIbverbs.IBV_EVENT_QP_LAST_WQE_REACHED()),
    CLIENT_REREGISTER(LibIbverbs.IBV_EVENT_CLIENT_REREGISTER()),
    GID_CHANGE(LibIbverbs.IBV_EVENT_GID_CHANGE()),
    WQ_FATAL(LibIbverbs.IBV_EVENT_WQ_FATAL()),
    /** The speed of one or many ports is another now: {@link Context#queryPortSpeed}. */
    DEVICE_SPEED_CHANGE(LibIbverbs.IBV_EVENT_DEVICE_SPEED_CHANGE());

    private final int value;

    AsyncEventType(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** As libibverbs words it (ibv_event_type_str(3)). */
    public String description() {
        return NativeLibrary.IBVERBS
                .call("ibv_event_type_str", () -> LibIbverbs.ibv_event_type_str(value))
                .getString(0);
    }
}
