package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.ffmiser.verbs.gen.ibv_mw_bind_info;
import io.ffmiser.verbs.gen.ibv_send_wr;
import io.ffmiser.verbs.internal.NativeData;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One send request (struct ibv_send_wr, ibv_post_send(3)): a view of its place in {@link SendWorkRequests}. One method says what it does, others
 * what with and how. Keys are the 32 bits that {@link MemoryRegion} and {@link MemoryWindow} give; immediate data is a plain
 * number here and goes to the wire big-endian.
 */
public final class SendWorkRequest {
    private static final int SEND = (int) WorkRequestOpcode.SEND.value();
    private static final int SEND_WITH_IMM = (int) WorkRequestOpcode.SEND_WITH_IMM.value();
    private static final int SEND_WITH_INV = (int) WorkRequestOpcode.SEND_WITH_INV.value();
    private static final int RDMA_WRITE = (int) WorkRequestOpcode.RDMA_WRITE.value();
    private static final int RDMA_WRITE_WITH_IMM = (int) WorkRequestOpcode.RDMA_WRITE_WITH_IMM.value();
    private static final int RDMA_READ = (int) WorkRequestOpcode.RDMA_READ.value();
    private static final int COMPARE_AND_SWAP = (int) WorkRequestOpcode.ATOMIC_CMP_AND_SWP.value();
    private static final int FETCH_AND_ADD = (int) WorkRequestOpcode.ATOMIC_FETCH_AND_ADD.value();
    private static final int ATOMIC_WRITE = (int) WorkRequestOpcode.ATOMIC_WRITE.value();
    private static final int LOCAL_INV = (int) WorkRequestOpcode.LOCAL_INV.value();
    private static final int BIND_MW = (int) WorkRequestOpcode.BIND_MW.value();
    private static final int TSO = (int) WorkRequestOpcode.TSO.value();

    private static final int FENCE = (int) SendFlag.FENCE.value();
    private static final int SIGNALED = (int) SendFlag.SIGNALED.value();
    private static final int SOLICITED = (int) SendFlag.SOLICITED.value();
    private static final int INLINE = (int) SendFlag.INLINE.value();
    private static final int IP_CSUM = (int) SendFlag.IP_CSUM.value();

    private static final long OPCODE = ibv_send_wr.opcode$offset();
    private static final long FLAGS = ibv_send_wr.send_flags$offset();
    private static final long IMMEDIATE = ibv_send_wr.imm_data$offset();
    private static final long INVALIDATE = ibv_send_wr.invalidate_rkey$offset();
    private static final long WR = ibv_send_wr.wr$offset();
    private static final long RDMA_ADDRESS = WR + ibv_send_wr.wr.rdma.remote_addr$offset();
    private static final long RDMA_RKEY = WR + ibv_send_wr.wr.rdma.rkey$offset();
    private static final long ATOMIC_ADDRESS = WR + ibv_send_wr.wr.atomic.remote_addr$offset();
    private static final long ATOMIC_COMPARE_ADD = WR + ibv_send_wr.wr.atomic.compare_add$offset();
    private static final long ATOMIC_SWAP = WR + ibv_send_wr.wr.atomic.swap$offset();
    private static final long ATOMIC_RKEY = WR + ibv_send_wr.wr.atomic.rkey$offset();
    private static final long UD_HANDLE = WR + ibv_send_wr.wr.ud.ah$offset();
    private static final long UD_QPN = WR + ibv_send_wr.wr.ud.remote_qpn$offset();
    private static final long UD_QKEY = WR + ibv_send_wr.wr.ud.remote_qkey$offset();
    private static final long XRC_SRQN = ibv_send_wr.qp_type$offset() + ibv_send_wr.qp_type.xrc.remote_srqn$offset();
    private static final long BIND = ibv_send_wr.bind_mw$offset();
    private static final long BIND_WINDOW = BIND + ibv_send_wr.bind_mw.mw$offset();
    private static final long BIND_RKEY = BIND + ibv_send_wr.bind_mw.rkey$offset();
    private static final long BIND_INFO = BIND + ibv_send_wr.bind_mw.bind_info$offset();
    private static final long TSO_HEADER = ibv_send_wr.tso$offset() + ibv_send_wr.tso.hdr$offset();
    private static final long TSO_HEADER_SIZE = ibv_send_wr.tso$offset() + ibv_send_wr.tso.hdr_sz$offset();
    private static final long TSO_MSS = ibv_send_wr.tso$offset() + ibv_send_wr.tso.mss$offset();

    private static final long SIZE = ibv_send_wr.sizeof();

    private final SendWorkRequests batch;
    private final int index;
    private final long at;
    private final long count;

    /** What each element was given as: a segment, a region, or null for plain numbers. */
    private final @Nullable Object[] data;

    private @Nullable AddressHandle peer;
    private @Nullable MemoryWindow window;
    private @Nullable MemoryRegion bound;
    private @Nullable MemorySegment header;
    private boolean sharedReceiveQueue;
    private boolean readOnly;

    SendWorkRequest(SendWorkRequests batch, int index) {
        this.batch = batch;
        this.index = index;
        this.at = batch.requestOffset(index);
        this.count = at + ibv_send_wr.num_sge$offset();
        this.data = new @Nullable Object[batch.maxElements()];
    }

    /** A Send without data, and nothing of what was in its place before. */
    SendWorkRequest begin(long workRequestId) {
        MemorySegment block = batch.memory.segment();
        block.set(JAVA_LONG, at + ibv_send_wr.wr_id$offset(), workRequestId);
        block.set(JAVA_INT, count, 0);
        block.set(JAVA_INT, at + OPCODE, SEND);
        for (long field = FLAGS; field < SIZE; field += Long.BYTES) {
            block.set(JAVA_LONG, at + field, 0);
        }
        peer = null;
        window = null;
        bound = null;
        header = null;
        sharedReceiveQueue = false;
        readOnly = false;
        return this;
    }

    /** Throws when the queue pair cannot send it, something that it must say is missing, or memory that the processor will read is gone. */
    void check(QueuePair pair) {
        MemorySegment block = batch.memory.segment();
        int opcode = block.get(JAVA_INT, at + OPCODE);
        SendRules.requireAllowed(pair, opcode);
        if (SendRules.needsPeer(pair.type())) {
            if (peer == null) {
                throw SendRules.noPeer(pair);
            }
            SendRules.requirePeer(pair, peer);
        }
        if (SendRules.needsSharedReceiveQueue(pair.type()) && !sharedReceiveQueue) {
            throw SendRules.noSharedReceiveQueue(pair);
        }
        if (opcode == BIND_MW && window != null && bound != null) {
            SendRules.requireBindable(window, bound);
        }
        if (opcode == TSO && header != null) {
            NativeData.readable(header);
        }
        if (readOnly && (SendRules.SCATTERING & 1 << opcode) != 0) {
            throw new IllegalArgumentException("what is read or exchanged would be written to a read-only segment");
        }
        if ((block.get(JAVA_INT, at + FLAGS) & INLINE) != 0) {
            checkInline(block.get(JAVA_INT, count));
        }
    }

    private void checkInline(int elements) {
        for (int i = 0; i < elements; i++) {
            switch (data[i]) {
                case MemorySegment segment -> NativeData.readable(segment);
                case MemoryRegion region -> region.requireReadableInline();
                case null, default ->
                    throw new IllegalStateException("data that goes inline is read at its address by the processor:"
                            + " give it as a MemorySegment or as a part of a MemoryRegion, not as numbers");
            }
        }
    }

    private SendWorkRequest set(int opcode) {
        batch.use(1 << opcode);
        return setInt(OPCODE, opcode);
    }

    private SendWorkRequest setInt(long field, int value) {
        batch.memory.segment().set(JAVA_INT, at + field, value);
        return this;
    }

    private SendWorkRequest setLong(long field, long value) {
        batch.memory.segment().set(JAVA_LONG, at + field, value);
        return this;
    }

    private SendWorkRequest or(int flag) {
        return setInt(FLAGS, batch.memory.segment().get(JAVA_INT, at + FLAGS) | flag);
    }

    /** Sends its data into the peer's next receive. */
    public SendWorkRequest send() {
        return set(SEND);
    }

    /** Sends, with a number that comes with the peer's completion. */
    public SendWorkRequest sendWithImmediate(int immediate) {
        return set(SEND_WITH_IMM).setInt(IMMEDIATE, Integer.reverseBytes(immediate));
    }

    /** Sends, and withdraws a key of the peer's. */
    public SendWorkRequest sendWithInvalidate(int rkey) {
        return set(SEND_WITH_INV).setInt(INVALIDATE, rkey);
    }

    private SendWorkRequest remote(int opcode, long remoteAddress, int rkey) {
        peer = null; // its handle is in the same place
        return set(opcode).setLong(RDMA_ADDRESS, remoteAddress).setInt(RDMA_RKEY, rkey);
    }

    /** Writes its data to the peer's memory; the peer is not told. */
    public SendWorkRequest rdmaWrite(long remoteAddress, int rkey) {
        return remote(RDMA_WRITE, remoteAddress, rkey);
    }

    /** Writes, and takes a receive of the peer's to tell it the number. */
    public SendWorkRequest rdmaWriteWithImmediate(long remoteAddress, int rkey, int immediate) {
        return remote(RDMA_WRITE_WITH_IMM, remoteAddress, rkey).setInt(IMMEDIATE, Integer.reverseBytes(immediate));
    }

    /** Reads the peer's memory into its elements. */
    public SendWorkRequest rdmaRead(long remoteAddress, int rkey) {
        return remote(RDMA_READ, remoteAddress, rkey);
    }

    private SendWorkRequest atomic(int opcode, long remoteAddress, int rkey, long compareAdd, long swap) {
        peer = null;
        return set(opcode)
                .setLong(ATOMIC_ADDRESS, remoteAddress)
                .setLong(ATOMIC_COMPARE_ADD, compareAdd)
                .setLong(ATOMIC_SWAP, swap)
                .setInt(ATOMIC_RKEY, rkey);
    }

    /**
     * Replaces 8 bytes of the peer's if they are as expected; what was there comes into its element of 8 bytes.
     *
     * @param remoteAddress a multiple of 8
     */
    public SendWorkRequest compareAndSwap(long remoteAddress, int rkey, long expected, long replacement) {
        return atomic(COMPARE_AND_SWAP, remoteAddress, rkey, expected, replacement);
    }

    /**
     * Adds to 8 bytes of the peer's; what was there comes into its element of 8 bytes.
     *
     * @param remoteAddress a multiple of 8
     */
    public SendWorkRequest fetchAndAdd(long remoteAddress, int rkey, long addend) {
        return atomic(FETCH_AND_ADD, remoteAddress, rkey, addend, 0);
    }

    /**
     * Writes its 8 bytes of data, to be sent {@link #inline}, in one piece.
     *
     * @param remoteAddress a multiple of 8
     */
    public SendWorkRequest atomicWrite(long remoteAddress, int rkey) {
        return remote(ATOMIC_WRITE, remoteAddress, rkey);
    }

    /** Withdraws a key of this side: of a type 2 window. */
    public SendWorkRequest localInvalidate(int rkey) {
        return set(LOCAL_INV).setInt(INVALIDATE, rkey);
    }

    /**
     * Opens part of a region through a type 2 window.
     *
     * @param rkey what the window will be known by: {@link MemoryWindow#incrementKey} of what it was
     * @param region with {@link AccessFlag#MW_BIND}
     * @param address of the first byte
     * @param length in bytes; 0 closes the window
     * @param access what the peer may do
     * @throws IllegalArgumentException when the window is of type 1, or window and region are of different domains
     */
    public SendWorkRequest bind(
            MemoryWindow window, int rkey, MemoryRegion region, long address, long length, Set<AccessFlag> access) {
        SendRules.requireBindable(window, region);
        this.window = window;
        this.bound = region;
        // Soft RoCE refuses a bind with immediate data.
        set(BIND_MW)
                .setLong(BIND_WINDOW, window.pointer().address())
                .setInt(BIND_RKEY, rkey)
                .setInt(IMMEDIATE, 0);
        writeBinding(batch.memory.segment(), at + BIND_INFO, region.pointer().address(), address, length, access);
        return this;
    }

    static void writeBinding(
            MemorySegment to, long at, long region, long address, long length, Set<AccessFlag> access) {
        to.set(JAVA_LONG, at + ibv_mw_bind_info.mr$offset(), region);
        to.set(JAVA_LONG, at + ibv_mw_bind_info.addr$offset(), address);
        to.set(JAVA_LONG, at + ibv_mw_bind_info.length$offset(), length);
        to.set(JAVA_INT, at + ibv_mw_bind_info.mw_access_flags$offset(), AccessFlag.bits(access));
    }

    /**
     * Sends its data as segments, each behind a copy of a header (raw packets and UD).
     *
     * @param header native, 0 to 65535 bytes, which are read when the request is posted
     * @param maxSegmentBytes the most data of a segment, 0 to 65535
     */
    public SendWorkRequest segment(MemorySegment header, int maxSegmentBytes) {
        int headerBytes = Ranges.require("bytes of header", NativeData.length(header), 0, 0xFFFF);
        this.header = NativeData.readable(header);
        set(TSO).setLong(TSO_HEADER, header.address());
        MemorySegment block = batch.memory.segment();
        block.set(JAVA_SHORT, at + TSO_HEADER_SIZE, (short) headerBytes);
        block.set(JAVA_SHORT, at + TSO_MSS, CompletionQueue.unsignedShort("bytes a segment", maxSegmentBytes));
        return this;
    }

    /**
     * Where a datagram goes; after what it does.
     *
     * @param peer stays open until the request is posted
     * @param queuePairNumber 24 bits
     */
    public SendWorkRequest toDatagramPeer(AddressHandle peer, int queuePairNumber, int queueKey) {
        this.peer = peer;
        return setLong(UD_HANDLE, peer.pointer().address())
                .setInt(UD_QPN, Ranges.require("queue pair number", queuePairNumber, 0, Ranges.BITS_24))
                .setInt(UD_QKEY, queueKey);
    }

    /** Which shared receive queue of the peer takes it (XRC). */
    public SendWorkRequest toSharedReceiveQueue(int number) {
        sharedReceiveQueue = true;
        return setInt(XRC_SRQN, Ranges.require("shared receive queue number", number, 0, Ranges.BITS_24));
    }

    /**
     * Adds a piece of memory by plain numbers, which the device checks against the key; not for what goes {@link #inline}.
     *
     * @param length in bytes, unsigned
     * @param lkey of a region that holds it
     * @throws IllegalStateException when the request has no more room
     */
    public SendWorkRequest element(long address, int length, int lkey) {
        return element(address, length, lkey, null);
    }

    private SendWorkRequest element(long address, int length, int lkey, @Nullable Object piece) {
        MemorySegment block = batch.memory.segment();
        int place = block.get(JAVA_INT, count);
        block.set(JAVA_INT, count, batch.element(index, place, address, length, lkey));
        data[place] = piece;
        return this;
    }

    /**
     * Adds all of a segment.
     *
     * @param data native, and not closed before the request has completed; where it goes {@link #inline}, before it is posted
     * @param lkey of a region that holds it; anything for what goes inline
     * @throws IllegalArgumentException when it is on the heap or longer than 4294967295 bytes
     * @throws IllegalStateException when its arena is closed, or the request has no more room
     */
    public SendWorkRequest element(MemorySegment data, int lkey) {
        NativeData.readable(data);
        if (data.isReadOnly()) {
            readOnly = true;
            batch.use(SendRules.READ_ONLY);
        }
        return element(data.address(), NativeData.length(data), lkey, data);
    }

    /**
     * Adds a part of a region, without a segment of it.
     *
     * @param offset where it begins in the region, in bytes
     * @param length in bytes, unsigned
     * @throws IllegalArgumentException when the part is not within the region
     * @throws IllegalStateException when the region is closed or an imported one, or the request has no more room
     */
    public SendWorkRequest element(MemoryRegion region, long offset, int length) {
        return element(region.addressOf(offset, Integer.toUnsignedLong(length)), length, region.lkey(), region);
    }

    /** See {@link SendFlag#SIGNALED}. */
    public SendWorkRequest signaled() {
        return or(SIGNALED);
    }

    /** See {@link SendFlag#FENCE}. */
    public SendWorkRequest fence() {
        return or(FENCE);
    }

    /** See {@link SendFlag#SOLICITED}. */
    public SendWorkRequest solicited() {
        return or(SOLICITED);
    }

    /** See {@link SendFlag#INLINE}. */
    public SendWorkRequest inline() {
        batch.use(SendRules.INLINE);
        return or(INLINE);
    }

    /** See {@link SendFlag#IP_CSUM}. */
    public SendWorkRequest checksums() {
        return or(IP_CSUM);
    }
}
