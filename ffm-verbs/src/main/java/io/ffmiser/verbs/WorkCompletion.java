package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_wc;
import io.ffmiser.verbs.internal.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * What became of one work request (struct ibv_wc, ibv_poll_cq(3)): a view of its place in {@link WorkCompletions}, good until the next poll.
 * When the status is not {@link WorkCompletionStatus#SUCCESS}, only it, the work request id, the vendor's error and the queue pair's number are defined.
 */
public final class WorkCompletion {
    private final NativeMemory memory;
    private final long offset;

    WorkCompletion(NativeMemory memory, long offset) {
        this.memory = memory;
        this.offset = offset;
    }

    private int intAt(long field) {
        return memory.segment().get(ValueLayout.JAVA_INT, offset + field);
    }

    /** The struct, for the functions that take one, such as ibv_create_ah_from_wc(3). */
    MemorySegment struct() {
        return memory.segment().asSlice(offset, ibv_wc.sizeof());
    }

    /** What the request was posted with. */
    public long workRequestId() {
        return memory.segment().get(ValueLayout.JAVA_LONG, offset + ibv_wc.wr_id$offset());
    }

    public WorkCompletionStatus status() {
        return WorkCompletionStatus.of(intAt(ibv_wc.status$offset()));
    }

    public boolean isSuccess() {
        return intAt(ibv_wc.status$offset()) == 0;
    }

    public WorkCompletionOpcode opcode() {
        return WorkCompletionOpcode.of(intAt(ibv_wc.opcode$offset()));
    }

    /** The device's own number of the error. */
    public int vendorError() {
        return intAt(ibv_wc.vendor_err$offset());
    }

    /** How many bytes arrived; of a datagram, the 40 of the route header among them. Unsigned. */
    public int byteCount() {
        return intAt(ibv_wc.byte_len$offset());
    }

    /** Whether there is {@link #immediateData}. */
    public boolean hasImmediateData() {
        return hasFlag(WorkCompletionFlag.WITH_IMM);
    }

    /** The number that the peer gave, in the machine's byte order. */
    public int immediateData() {
        return Integer.reverseBytes(intAt(ibv_wc.imm_data$offset()));
    }

    /** Whether the peer invalidated {@link #invalidatedRkey}. */
    public boolean hasInvalidatedRkey() {
        return hasFlag(WorkCompletionFlag.WITH_INV);
    }

    /** The key of this side that the peer invalidated. */
    public int invalidatedRkey() {
        return intAt(ibv_wc.invalidated_rkey$offset());
    }

    /** The number of the queue pair of this side. */
    public int queuePairNumber() {
        return intAt(ibv_wc.qp_num$offset());
    }

    /** The number of the queue pair that sent it (UD). */
    public int sourceQueuePair() {
        return intAt(ibv_wc.src_qp$offset());
    }

    public boolean hasFlag(WorkCompletionFlag flag) {
        return (intAt(ibv_wc.wc_flags$offset()) & (int) flag.value()) != 0;
    }

    /** All that is set; allocates, unlike {@link #hasFlag}. */
    public Set<WorkCompletionFlag> flags() {
        return Flags.of(WorkCompletionFlag.class, Integer.toUnsignedLong(intAt(ibv_wc.wc_flags$offset())));
    }

    /** The place of the P_Key in its table (raw Ethernet and GSI). */
    public int pkeyIndex() {
        return Short.toUnsignedInt(shortAt(ibv_wc.pkey_index$offset()));
    }

    /** The sender's LID (UD on InfiniBand). */
    public int sourceLid() {
        return Short.toUnsignedInt(shortAt(ibv_wc.slid$offset()));
    }

    private short shortAt(long field) {
        return memory.segment().get(ValueLayout.JAVA_SHORT, offset + field);
    }

    /** The service level (UD on InfiniBand). */
    public int serviceLevel() {
        return Byte.toUnsignedInt(byteAt(ibv_wc.sl$offset()));
    }

    /** The low bits of the LID that it was sent to (UD on InfiniBand). */
    public int destinationPathBits() {
        return Byte.toUnsignedInt(byteAt(ibv_wc.dlid_path_bits$offset()));
    }

    private byte byteAt(long field) {
        return memory.segment().get(ValueLayout.JAVA_BYTE, offset + field);
    }

    @Override
    public String toString() {
        return "request " + workRequestId() + " of QP " + queuePairNumber() + ": "
                + (isSuccess() ? opcode() + ", " + Integer.toUnsignedString(byteCount()) + " bytes" : status());
    }
}
