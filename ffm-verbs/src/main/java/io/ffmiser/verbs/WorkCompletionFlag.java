package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What else a completion says (enum ibv_wc_flags, ibv_poll_cq(3)). */
public enum WorkCompletionFlag implements NativeConstant {
    /** The first 40 bytes of the receive hold a global route header (UD). */
    GRH(LibIbverbs.IBV_WC_GRH()),
    /** There is immediate data. */
    WITH_IMM(LibIbverbs.IBV_WC_WITH_IMM()),
    /** The checksums of the packet were found right. */
    IP_CSUM_OK(LibIbverbs.IBV_WC_IP_CSUM_OK()),
    /** A local key was invalidated by the peer. */
    WITH_INV(LibIbverbs.IBV_WC_WITH_INV()),
    /** The tag-matching counter must be synchronised. */
    TM_SYNC_REQ(LibIbverbs.IBV_WC_TM_SYNC_REQ()),
    /** A tag matched. */
    TM_MATCH(LibIbverbs.IBV_WC_TM_MATCH()),
    /** The matched message is in place. */
    TM_DATA_VALID(LibIbverbs.IBV_WC_TM_DATA_VALID());

    private final int value;

    WorkCompletionFlag(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
