package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a device promises of the order in which data is written (enum ibv_query_qp_data_in_order_caps, ibv_query_qp_data_in_order(3)). */
public enum DataInOrderCapability implements NativeConstant {
    /** The whole message is written in order. */
    WHOLE_MESSAGE(LibIbverbs.IBV_QUERY_QP_DATA_IN_ORDER_WHOLE_MSG()),
    /** Each aligned block of 128 bytes is written in order. */
    ALIGNED_128_BYTES(LibIbverbs.IBV_QUERY_QP_DATA_IN_ORDER_ALIGNED_128_BYTES());

    private final int value;

    DataInOrderCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
