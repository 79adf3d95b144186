package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import java.util.Arrays;

/** Which operation a completion is of (enum ibv_wc_opcode, ibv_poll_cq(3)). */
public enum WorkCompletionOpcode implements NativeConstant {
    SEND(LibIbverbs.IBV_WC_SEND()),
    RDMA_WRITE(LibIbverbs.IBV_WC_RDMA_WRITE()),
    RDMA_READ(LibIbverbs.IBV_WC_RDMA_READ()),
    COMP_SWAP(LibIbverbs.IBV_WC_COMP_SWAP()),
    FETCH_ADD(LibIbverbs.IBV_WC_FETCH_ADD()),
    BIND_MW(LibIbverbs.IBV_WC_BIND_MW()),
    LOCAL_INV(LibIbverbs.IBV_WC_LOCAL_INV()),
    TSO(LibIbverbs.IBV_WC_TSO()),
    FLUSH(LibIbverbs.IBV_WC_FLUSH()),
    ATOMIC_WRITE(LibIbverbs.IBV_WC_ATOMIC_WRITE()),
    RECV(LibIbverbs.IBV_WC_RECV()),
    RECV_RDMA_WITH_IMM(LibIbverbs.IBV_WC_RECV_RDMA_WITH_IMM()),
    TM_ADD(LibIbverbs.IBV_WC_TM_ADD()),
    TM_DEL(LibIbverbs.IBV_WC_TM_DEL()),
    TM_SYNC(LibIbverbs.IBV_WC_TM_SYNC()),
    TM_RECV(LibIbverbs.IBV_WC_TM_RECV()),
    TM_NO_TAG(LibIbverbs.IBV_WC_TM_NO_TAG()),
    DRIVER1(LibIbverbs.IBV_WC_DRIVER1()),
    DRIVER2(LibIbverbs.IBV_WC_DRIVER2()),
    DRIVER3(LibIbverbs.IBV_WC_DRIVER3()),
    /** A number that this library does not know. */
    UNKNOWN(-1);

    private final int value;

    WorkCompletionOpcode(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    private static final WorkCompletionOpcode[] BY_VALUE = new WorkCompletionOpcode[256];

    static {
        Arrays.fill(BY_VALUE, UNKNOWN);
        for (WorkCompletionOpcode opcode : values()) {
            if (opcode != UNKNOWN) {
                BY_VALUE[opcode.value] = opcode;
            }
        }
    }

    /** The opcode of a number; allocates nothing. */
    public static WorkCompletionOpcode of(int value) {
        return value >= 0 && value < BY_VALUE.length ? BY_VALUE[value] : UNKNOWN;
    }

    /**
     * Whether something was received: by a posted receive, or by a buffer that was posted with a tag. Adding and deleting a tag and synchronising
     * ({@link #TM_ADD}, {@link #TM_DEL}, {@link #TM_SYNC}) are operations of this side, as are the drivers' own; their numbers have the bit
     * too by which C tells a receive.
     */
    public boolean isReceive() {
        return switch (this) {
            case RECV, RECV_RDMA_WITH_IMM, TM_RECV, TM_NO_TAG -> true;
            case SEND,
                    RDMA_WRITE,
                    RDMA_READ,
                    COMP_SWAP,
                    FETCH_ADD,
                    BIND_MW,
                    LOCAL_INV,
                    TSO,
                    FLUSH,
                    ATOMIC_WRITE,
                    TM_ADD,
                    TM_DEL,
                    TM_SYNC,
                    DRIVER1,
                    DRIVER2,
                    DRIVER3,
                    UNKNOWN -> false;
        };
    }
}
