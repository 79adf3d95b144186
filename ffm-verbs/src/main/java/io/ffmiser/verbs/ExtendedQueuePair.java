package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_data_buf;
import io.ffmiser.verbs.gen.ibv_mw_bind_info;
import io.ffmiser.verbs.gen.ibv_qp;
import io.ffmiser.verbs.gen.ibv_qp_ex;
import io.ffmiser.verbs.gen.ibv_sge;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A queue pair whose send requests are built in place (ibv_wr_post(3)): {@link #start}, then for each request {@link #request} with its id and flags,
 * one method that says what it does, one that says to whom where that is needed, one that says with what data; {@link #complete} posts them all,
 * {@link #abort} none. It can do what it was created for ({@link QueuePairInitAttributes#sendOperations}); the rest throws
 * {@link UnsupportedOperationException} or is refused by complete.
 *
 * <p>From start to complete or abort the send queue is the calling thread's, and the device's lock is held: no other thread may post
 * meanwhile. Nothing is allocated.
 */
public final class ExtendedQueuePair extends QueuePair {
    private static final NativeCall.ToPointer TO_EX = new NativeCall.ToPointer(
            "ibv_qp_to_qp_ex", LibIbverbs::ibv_qp_to_qp_ex$address, LibIbverbs::ibv_qp_to_qp_ex$descriptor);

    private static final Set<SendOperation> OF_44 = Set.of(SendOperation.ATOMIC_WRITE);
    private static final Set<SendOperation> LATER = Set.of(SendOperation.ATOMIC_WRITE, SendOperation.FLUSH);

    private static final int MAX_LIST = 64;
    private static final long BINDING = ibv_sge.sizeof() * MAX_LIST;

    private final long extended;
    private final MemorySegment struct;
    private final MemorySegment compareSwap;
    private final MemorySegment fetchAdd;
    private final MemorySegment bind;
    private final MemorySegment localInvalidate;
    private final MemorySegment rdmaRead;
    private final MemorySegment rdmaWrite;
    private final MemorySegment rdmaWriteImmediate;
    private final MemorySegment send;
    private final MemorySegment sendImmediate;
    private final MemorySegment sendInvalidate;
    private final MemorySegment sendSegmented;
    private final MemorySegment setDatagramPeer;
    private final MemorySegment setSharedReceiveQueue;
    private final MemorySegment setInlineData;
    private final MemorySegment setInlineDataList;
    private final MemorySegment setElement;
    private final MemorySegment setElementList;
    private final MemorySegment start;
    private final MemorySegment complete;
    private final MemorySegment abort;
    private final MemorySegment atomicWrite;
    private final MemorySegment flush;
    private final NativeMemory frame = new NativeMemory(BINDING + ibv_mw_bind_info.sizeof());
    private int listed;

    private ExtendedQueuePair(
            MemorySegment qp,
            MemorySegment qpEx,
            boolean owned,
            @Nullable QueuePairCapabilities capabilities,
            Set<SendOperation> laterOperations,
            NativeObject... parents) {
        super(qp, owned, capabilities, parents);
        extended = qpEx.address();
        struct = DataPath.struct(qpEx, ibv_qp_ex.layout());
        compareSwap = DataPath.function(struct, ibv_qp_ex.wr_atomic_cmp_swp$offset());
        fetchAdd = DataPath.function(struct, ibv_qp_ex.wr_atomic_fetch_add$offset());
        bind = DataPath.function(struct, ibv_qp_ex.wr_bind_mw$offset());
        localInvalidate = DataPath.function(struct, ibv_qp_ex.wr_local_inv$offset());
        rdmaRead = DataPath.function(struct, ibv_qp_ex.wr_rdma_read$offset());
        rdmaWrite = DataPath.function(struct, ibv_qp_ex.wr_rdma_write$offset());
        rdmaWriteImmediate = DataPath.function(struct, ibv_qp_ex.wr_rdma_write_imm$offset());
        send = DataPath.function(struct, ibv_qp_ex.wr_send$offset());
        sendImmediate = DataPath.function(struct, ibv_qp_ex.wr_send_imm$offset());
        sendInvalidate = DataPath.function(struct, ibv_qp_ex.wr_send_inv$offset());
        sendSegmented = DataPath.function(struct, ibv_qp_ex.wr_send_tso$offset());
        setDatagramPeer = DataPath.function(struct, ibv_qp_ex.wr_set_ud_addr$offset());
        setSharedReceiveQueue = DataPath.function(struct, ibv_qp_ex.wr_set_xrc_srqn$offset());
        setInlineData = DataPath.function(struct, ibv_qp_ex.wr_set_inline_data$offset());
        setInlineDataList = DataPath.function(struct, ibv_qp_ex.wr_set_inline_data_list$offset());
        setElement = DataPath.function(struct, ibv_qp_ex.wr_set_sge$offset());
        setElementList = DataPath.function(struct, ibv_qp_ex.wr_set_sge_list$offset());
        start = DataPath.function(struct, ibv_qp_ex.wr_start$offset());
        complete = DataPath.function(struct, ibv_qp_ex.wr_complete$offset());
        abort = DataPath.function(struct, ibv_qp_ex.wr_abort$offset());
        atomicWrite = later(laterOperations, SendOperation.ATOMIC_WRITE, ibv_qp_ex.wr_atomic_write$offset());
        flush = later(laterOperations, SendOperation.FLUSH, ibv_qp_ex.wr_flush$offset());
        MemorySegment base = ibv_qp_ex.qp_base(struct);
        CompletionQueue.pollPlainly(ibv_qp.send_cq(base));
        CompletionQueue.pollPlainly(ibv_qp.recv_cq(base));
    }

    /**
     * A new queue pair.
     *
     * @param attributes with {@link QueuePairInitAttributes#sendOperations}
     * @throws VerbsException EOPNOTSUPP when the device cannot do them
     */
    public static ExtendedQueuePair create(ProtectionDomain domain, QueuePairInitAttributes attributes) {
        if (!attributes.hasSendOperations()) {
            throw new IllegalArgumentException(
                    "no send operations are asked for: set sendOperations, or create a QueuePair");
        }
        NativeObject[] parents = attributes.parents(domain);
        return Lifetime.whileOpen(() -> create(domain, attributes, parents), parents);
    }

    private static ExtendedQueuePair create(
            ProtectionDomain domain, QueuePairInitAttributes attributes, NativeObject[] parents) {
        Created created = created(domain.context(), domain, attributes);
        MemorySegment extended;
        try {
            extended = TO_EX.invoke(attributes.toString(), created.pointer());
        } catch (RuntimeException | Error e) {
            new QueuePair(created.pointer(), true, created.capabilities()).close(); // nobody else could
            throw e;
        }
        return new ExtendedQueuePair(
                created.pointer(), extended, true, created.capabilities(), attributes.sendOperations(), parents);
    }

    /**
     * A queue pair that somebody else made and destroys; closing it here only forgets it.
     *
     * <p>With an rdma-core before 59, {@link #flush} is not there; with one before 44, {@link #atomicWrite} must not be called.
     *
     * @param ibvQpEx a {@code struct ibv_qp_ex *} that outlives this object
     */
    public static ExtendedQueuePair borrowExtended(MemorySegment ibvQpEx) {
        return borrowExtended(ibvQpEx, NativeLibrary.IBVERBS.has("ibv_reg_mr_ex") ? LATER : OF_44);
    }

    /**
     * As {@link #borrowExtended(MemorySegment)}.
     *
     * @param operations what it was created for; of the later ones, {@link SendOperation#ATOMIC_WRITE} and {@link SendOperation#FLUSH}, only
     *     those that are here are there
     */
    public static ExtendedQueuePair borrowExtended(MemorySegment ibvQpEx, Set<SendOperation> operations) {
        return new ExtendedQueuePair(ibvQpEx, ibvQpEx, false, null, operations);
    }

    static ExtendedQueuePair borrowExtended(
            MemorySegment ibvQp, QueuePairInitAttributes attributes, NativeObject... parents) {
        return new ExtendedQueuePair(
                ibvQp, TO_EX.invoke(attributes.toString(), ibvQp), false, null, attributes.sendOperations(), parents);
    }

    /** A function at the struct's end, which the struct of an older rdma-core does not reach: it is there where it was asked for. */
    private MemorySegment later(Set<SendOperation> operations, SendOperation operation, long offset) {
        return operations.contains(operation) ? DataPath.function(struct, offset) : MemorySegment.NULL;
    }

    private MemorySegment present(MemorySegment function, String name) {
        if (function.address() == 0) {
            throw DataPath.missing(name, this);
        }
        return function;
    }

    private long at() {
        address();
        return extended;
    }

    /** Begins a chain of requests (ibv_wr_start). */
    public void start() {
        DataPath.call(present(start, "ibv_wr_start"), at());
    }

    /**
     * Posts the chain (ibv_wr_complete).
     *
     * @throws VerbsException when something of it is wrong or does not fit; nothing of it is posted
     */
    public void complete() {
        int errno = DataPath.callInt(present(complete, "ibv_wr_complete"), at());
        if (errno != 0) {
            throw new VerbsException("ibv_wr_complete", new Errno(Math.abs(errno)), toString(), null);
        }
    }

    /** Forgets the chain (ibv_wr_abort). */
    public void abort() {
        DataPath.call(present(abort, "ibv_wr_abort"), at());
    }

    /**
     * What holds for the requests that follow, until it is set again (wr_id, wr_flags).
     *
     * @param workRequestId comes back with the completion
     * @param flags the bits of {@link SendFlag}, such as {@code (int) SendFlag.SIGNALED.value()}
     */
    public ExtendedQueuePair request(long workRequestId, int flags) {
        address();
        struct.set(ValueLayout.JAVA_LONG, ibv_qp_ex.wr_id$offset(), workRequestId);
        struct.set(ValueLayout.JAVA_INT, ibv_qp_ex.wr_flags$offset(), flags);
        return this;
    }

    /** See {@link SendWorkRequest#compareAndSwap}. */
    public ExtendedQueuePair compareAndSwap(long remoteAddress, int rkey, long expected, long replacement) {
        DataPath.quick(present(compareSwap, "ibv_wr_atomic_cmp_swp"), at(), rkey, remoteAddress, expected, replacement);
        return this;
    }

    /** See {@link SendWorkRequest#fetchAndAdd}. */
    public ExtendedQueuePair fetchAndAdd(long remoteAddress, int rkey, long addend) {
        DataPath.quick(present(fetchAdd, "ibv_wr_atomic_fetch_add"), at(), rkey, remoteAddress, addend);
        return this;
    }

    /**
     * Writes 8 bytes in one piece (ibv_wr_atomic_write).
     *
     * @param remoteAddress a multiple of 8
     * @param data the address of the 8 bytes, which are copied
     */
    public ExtendedQueuePair atomicWrite(long remoteAddress, int rkey, long data) {
        DataPath.quick(present(atomicWrite, "ibv_wr_atomic_write"), at(), rkey, remoteAddress, data);
        return this;
    }

    /**
     * Has what was written to the peer's memory before become visible or persistent (ibv_wr_flush); it completes when that is so. Needs
     * {@link SendOperation#FLUSH}, and {@link AccessFlag#FLUSH_GLOBAL} or {@link AccessFlag#FLUSH_PERSISTENT} on the peer's region.
     *
     * @param length in bytes, from the remote address on
     */
    public ExtendedQueuePair flush(
            long remoteAddress, int rkey, long length, FlushPlacement placement, FlushSelectivity selectivity) {
        return flush(remoteAddress, rkey, length, (int) placement.value(), (int) selectivity.value());
    }

    /**
     * As {@link #flush(long, int, long, FlushPlacement, FlushSelectivity)}, of numbers.
     *
     * @param placement bits of {@link FlushPlacement}, 0 to 255
     * @param selectivity 0 to 255
     */
    public ExtendedQueuePair flush(long remoteAddress, int rkey, long length, int placement, int selectivity) {
        if ((placement | selectivity) >>> Byte.SIZE != 0) {
            throw new IllegalArgumentException(
                    "a flush has 8 bits of placement and of selectivity, not " + placement + " and " + selectivity);
        }
        DataPath.quick(present(flush, "ibv_wr_flush"), at(), rkey, remoteAddress, length, placement, selectivity);
        return this;
    }

    /** See {@link SendWorkRequest#bind}. */
    public ExtendedQueuePair bind(
            MemoryWindow window, int rkey, MemoryRegion region, long address, long length, Set<AccessFlag> access) {
        SendWorkRequest.writeBinding(frame.segment(), BINDING, region.pointer().address(), address, length, access);
        DataPath.quick(
                present(bind, "ibv_wr_bind_mw"), at(), window.pointer().address(), rkey, frame.address() + BINDING);
        return this;
    }

    /** See {@link SendWorkRequest#localInvalidate}. */
    public ExtendedQueuePair localInvalidate(int rkey) {
        DataPath.quick(present(localInvalidate, "ibv_wr_local_inv"), at(), rkey);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaRead}. */
    public ExtendedQueuePair rdmaRead(long remoteAddress, int rkey) {
        DataPath.quick(present(rdmaRead, "ibv_wr_rdma_read"), at(), rkey, remoteAddress);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaWrite}. */
    public ExtendedQueuePair rdmaWrite(long remoteAddress, int rkey) {
        DataPath.quick(present(rdmaWrite, "ibv_wr_rdma_write"), at(), rkey, remoteAddress);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaWriteWithImmediate}. */
    public ExtendedQueuePair rdmaWriteWithImmediate(long remoteAddress, int rkey, int immediate) {
        DataPath.quick(
                present(rdmaWriteImmediate, "ibv_wr_rdma_write_imm"),
                at(),
                rkey,
                remoteAddress,
                Integer.reverseBytes(immediate));
        return this;
    }

    /** See {@link SendWorkRequest#send}. */
    public ExtendedQueuePair send() {
        DataPath.quick(present(send, "ibv_wr_send"), at());
        return this;
    }

    /** See {@link SendWorkRequest#sendWithImmediate}. */
    public ExtendedQueuePair sendWithImmediate(int immediate) {
        DataPath.quick(present(sendImmediate, "ibv_wr_send_imm"), at(), Integer.reverseBytes(immediate));
        return this;
    }

    /** See {@link SendWorkRequest#sendWithInvalidate}. */
    public ExtendedQueuePair sendWithInvalidate(int rkey) {
        DataPath.quick(present(sendInvalidate, "ibv_wr_send_inv"), at(), rkey);
        return this;
    }

    /** See {@link SendWorkRequest#segment}. */
    public ExtendedQueuePair sendSegmented(long header, int headerBytes, int maxSegmentBytes) {
        DataPath.quick(
                present(sendSegmented, "ibv_wr_send_tso"),
                at(),
                header,
                Short.toUnsignedInt(CompletionQueue.unsignedShort("bytes of header", headerBytes)),
                Short.toUnsignedInt(CompletionQueue.unsignedShort("bytes a segment", maxSegmentBytes)));
        return this;
    }

    /** See {@link SendWorkRequest#toDatagramPeer}. */
    public ExtendedQueuePair toDatagramPeer(AddressHandle peer, int queuePairNumber, int queueKey) {
        DataPath.quick(
                present(setDatagramPeer, "ibv_wr_set_ud_addr"),
                at(),
                peer.pointer().address(),
                queuePairNumber,
                queueKey);
        return this;
    }

    /** See {@link SendWorkRequest#toSharedReceiveQueue}. */
    public ExtendedQueuePair toSharedReceiveQueue(int number) {
        DataPath.quick(present(setSharedReceiveQueue, "ibv_wr_set_xrc_srqn"), at(), number);
        return this;
    }

    /** The request's data, copied now (ibv_wr_set_inline_data); soft RoCE needs {@link SendFlag#INLINE} among the request's flags for it. */
    public ExtendedQueuePair inlineData(long address, long length) {
        DataPath.quick(present(setInlineData, "ibv_wr_set_inline_data"), at(), address, length);
        return this;
    }

    /** The request's data in one piece (ibv_wr_set_sge). */
    public ExtendedQueuePair element(long address, int length, int lkey) {
        DataPath.quick(present(setElement, "ibv_wr_set_sge"), at(), lkey, address, length);
        return this;
    }

    /** Puts one more piece on the list for {@link #elementList}, up to 64. */
    public ExtendedQueuePair list(long address, int length, int lkey) {
        long to = room();
        MemorySegment block = frame.segment();
        block.set(ValueLayout.JAVA_LONG, to + ibv_sge.addr$offset(), address);
        block.set(ValueLayout.JAVA_INT, to + ibv_sge.length$offset(), length);
        block.set(ValueLayout.JAVA_INT, to + ibv_sge.lkey$offset(), lkey);
        return this;
    }

    /** Puts one more piece on the list for {@link #inlineDataList}, up to 64. */
    public ExtendedQueuePair listInline(long address, long length) {
        long to = room();
        MemorySegment block = frame.segment();
        block.set(ValueLayout.JAVA_LONG, to + ibv_data_buf.addr$offset(), address);
        block.set(ValueLayout.JAVA_LONG, to + ibv_data_buf.length$offset(), length);
        return this;
    }

    private long room() {
        if (listed == MAX_LIST) {
            throw new IllegalStateException("the list is full: " + MAX_LIST + " pieces");
        }
        return ibv_sge.sizeof() * listed++; // struct ibv_data_buf has the same size
    }

    /** The request's data as listed, and an empty list again (ibv_wr_set_sge_list). */
    public ExtendedQueuePair elementList() {
        return takeList(present(setElementList, "ibv_wr_set_sge_list"));
    }

    /** The request's data as listed, copied now, and an empty list again (ibv_wr_set_inline_data_list). */
    public ExtendedQueuePair inlineDataList() {
        return takeList(present(setInlineDataList, "ibv_wr_set_inline_data_list"));
    }

    private ExtendedQueuePair takeList(MemorySegment function) {
        long count = listed;
        listed = 0;
        DataPath.quick(function, at(), count, frame.address());
        return this;
    }

    @Override
    void released() {
        frame.close();
    }
}
