package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_data_buf;
import io.ffmiser.verbs.gen.ibv_mw_bind_info;
import io.ffmiser.verbs.gen.ibv_qp;
import io.ffmiser.verbs.gen.ibv_qp_ex;
import io.ffmiser.verbs.gen.ibv_sge;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeData;
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
 * <p>From start to complete or abort the send queue is the calling thread's, and the device's lock is held: calls of other threads, and what is out
 * of this order, throw {@link IllegalStateException}. A chain that is left behind by an exception keeps the lock; in
 * {@code try (var chain = pair.begin()) {... chain.complete();}} it is aborted. Nothing is allocated.
 */
public final class ExtendedQueuePair extends QueuePair {
    private static final NativeCall.ToPointer TO_EX = new NativeCall.ToPointer(
            "ibv_qp_to_qp_ex", LibIbverbs::ibv_qp_to_qp_ex$address, LibIbverbs::ibv_qp_to_qp_ex$descriptor);

    private static final Set<SendOperation> OF_44 = Set.of(SendOperation.ATOMIC_WRITE);
    private static final Set<SendOperation> LATER = Set.of(SendOperation.ATOMIC_WRITE, SendOperation.FLUSH);

    private static final int MAX_LIST = 64;
    private static final long MAX_INLINE = 4096;
    private static final long BINDING = ibv_sge.sizeof() * MAX_LIST;
    private static final long INLINE = BINDING + ibv_mw_bind_info.sizeof();

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
    private final NativeMemory frame = new NativeMemory(INLINE + MAX_INLINE);
    private final Chain chain = new Chain();
    private final int allowed = SendRules.allowed(type());
    private final boolean needsAddress = SendRules.needsPeer(type()) || SendRules.needsSharedReceiveQueue(type());
    private int listed;
    private long listedBytes;
    private boolean begun;
    private boolean addressed;

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

    /** Returns to the thread that builds the chain; there is one only while the queue pair is open. */
    private long at() {
        if (builder != Thread.currentThread()) {
            address();
            throw new IllegalStateException(
                    "no chain of requests to " + this + " is under way in this thread: call start() first");
        }
        return extended;
    }

    /** Begins a request, as the one before it is complete. */
    private long next(WorkRequestOpcode opcode) {
        long at = at();
        requireAddressed();
        if ((allowed & SendRules.bit(opcode)) == 0) {
            SendRules.requireAllowed(this, (int) opcode.value());
        }
        begun = true;
        addressed = false;
        return at;
    }

    /** Goes on with the request that was begun last. */
    private long within() {
        long at = at();
        if (!begun) {
            throw new IllegalStateException("no request to " + this + " has been begun: say first what it does");
        }
        return at;
    }

    private void requireAddressed() {
        if (begun && needsAddress && !addressed) {
            throw SendRules.needsPeer(type()) ? SendRules.noPeer(this) : SendRules.noSharedReceiveQueue(this);
        }
    }

    private void forgetList() {
        listed = 0;
        listedBytes = 0;
    }

    /**
     * Begins a chain of requests (ibv_wr_start). {@link #complete} or {@link #abort} must follow, whatever happens in between: {@link #begin} sees to it.
     *
     * @throws IllegalStateException when one is under way
     */
    public void start() {
        address();
        if (builder != null) {
            throw new IllegalStateException("a chain of requests to " + this + " is under way: complete or abort it");
        }
        DataPath.call(present(start, "ibv_wr_start"), extended);
        builder = Thread.currentThread();
        begun = false;
        forgetList();
    }

    /** {@link #start}, for a try-with-resources statement that aborts the chain unless it was completed. */
    public Chain begin() {
        start();
        return chain;
    }

    /** A chain under way; the same object for each chain of a queue pair. */
    public final class Chain implements AutoCloseable {
        private Chain() {}

        /** See {@link ExtendedQueuePair#complete}. */
        public void complete() {
            ExtendedQueuePair.this.complete();
        }

        /** Aborts the chain, unless it was completed or aborted. */
        @Override
        public void close() {
            if (builder == Thread.currentThread()) {
                abort();
            }
        }
    }

    /**
     * Posts the chain (ibv_wr_complete); it is over, also when this throws.
     *
     * @throws IllegalStateException when none is under way, or its last request says not to whom it goes; nothing of it is posted
     * @throws VerbsException when something of it is wrong or does not fit; nothing of it is posted
     */
    public void complete() {
        long queue = at();
        MemorySegment function = present(complete, "ibv_wr_complete");
        try {
            requireAddressed();
        } catch (IllegalStateException e) {
            abort();
            throw e;
        }
        builder = null;
        int errno = DataPath.callInt(function, queue);
        if (errno != 0) {
            throw new VerbsException("ibv_wr_complete", new Errno(Math.abs(errno)), toString(), null);
        }
    }

    /**
     * Forgets the chain (ibv_wr_abort). When the thread that built it has ended, any thread may.
     *
     * @throws IllegalStateException when none is under way
     */
    public void abort() {
        Thread building = builder;
        long queue = building == null || building.isAlive() ? at() : extended;
        builder = null;
        DataPath.call(present(abort, "ibv_wr_abort"), queue);
    }

    @Override
    void requireIdle() {
        if (builder != null) {
            throw new IllegalStateException("a chain of requests to " + this + " is under way: complete or abort it");
        }
    }

    /**
     * What holds for the requests that follow, until it is set again (wr_id, wr_flags).
     *
     * @param workRequestId comes back with the completion
     * @param flags the bits of {@link SendFlag}, such as {@code (int) SendFlag.SIGNALED.value()}
     */
    public ExtendedQueuePair request(long workRequestId, int flags) {
        at();
        struct.set(ValueLayout.JAVA_LONG, ibv_qp_ex.wr_id$offset(), workRequestId);
        struct.set(ValueLayout.JAVA_INT, ibv_qp_ex.wr_flags$offset(), flags);
        return this;
    }

    /** See {@link SendWorkRequest#compareAndSwap}. */
    public ExtendedQueuePair compareAndSwap(long remoteAddress, int rkey, long expected, long replacement) {
        DataPath.quick(
                present(compareSwap, "ibv_wr_atomic_cmp_swp"),
                next(WorkRequestOpcode.ATOMIC_CMP_AND_SWP),
                rkey,
                remoteAddress,
                expected,
                replacement);
        return this;
    }

    /** See {@link SendWorkRequest#fetchAndAdd}. */
    public ExtendedQueuePair fetchAndAdd(long remoteAddress, int rkey, long addend) {
        DataPath.quick(
                present(fetchAdd, "ibv_wr_atomic_fetch_add"),
                next(WorkRequestOpcode.ATOMIC_FETCH_AND_ADD),
                rkey,
                remoteAddress,
                addend);
        return this;
    }

    /**
     * Writes 8 bytes in one piece (ibv_wr_atomic_write).
     *
     * @param remoteAddress a multiple of 8
     * @param data native, of 8 bytes, which are copied
     */
    public ExtendedQueuePair atomicWrite(long remoteAddress, int rkey, MemorySegment data) {
        if (NativeData.readable(data).byteSize() != Long.BYTES) {
            throw new IllegalArgumentException(data.byteSize() + " bytes: an atomic write is of 8");
        }
        DataPath.quick(
                present(atomicWrite, "ibv_wr_atomic_write"),
                next(WorkRequestOpcode.ATOMIC_WRITE),
                rkey,
                remoteAddress,
                data);
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
        Ranges.require("placement", placement, 0, 0xFF);
        Ranges.require("selectivity", selectivity, 0, 0xFF);
        DataPath.quick(
                present(flush, "ibv_wr_flush"),
                next(WorkRequestOpcode.FLUSH),
                rkey,
                remoteAddress,
                length,
                placement,
                selectivity);
        return this;
    }

    /** See {@link SendWorkRequest#bind}. */
    public ExtendedQueuePair bind(
            MemoryWindow window, int rkey, MemoryRegion region, long address, long length, Set<AccessFlag> access) {
        SendRules.requireBindable(window, region);
        SendWorkRequest.writeBinding(frame.segment(), BINDING, region.pointer().address(), address, length, access);
        DataPath.quick(
                present(bind, "ibv_wr_bind_mw"),
                next(WorkRequestOpcode.BIND_MW),
                window.pointer().address(),
                rkey,
                frame.address() + BINDING);
        return this;
    }

    /** See {@link SendWorkRequest#localInvalidate}. */
    public ExtendedQueuePair localInvalidate(int rkey) {
        DataPath.quick(present(localInvalidate, "ibv_wr_local_inv"), next(WorkRequestOpcode.LOCAL_INV), rkey);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaRead}. */
    public ExtendedQueuePair rdmaRead(long remoteAddress, int rkey) {
        DataPath.quick(present(rdmaRead, "ibv_wr_rdma_read"), next(WorkRequestOpcode.RDMA_READ), rkey, remoteAddress);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaWrite}. */
    public ExtendedQueuePair rdmaWrite(long remoteAddress, int rkey) {
        DataPath.quick(
                present(rdmaWrite, "ibv_wr_rdma_write"), next(WorkRequestOpcode.RDMA_WRITE), rkey, remoteAddress);
        return this;
    }

    /** See {@link SendWorkRequest#rdmaWriteWithImmediate}. */
    public ExtendedQueuePair rdmaWriteWithImmediate(long remoteAddress, int rkey, int immediate) {
        DataPath.quick(
                present(rdmaWriteImmediate, "ibv_wr_rdma_write_imm"),
                next(WorkRequestOpcode.RDMA_WRITE_WITH_IMM),
                rkey,
                remoteAddress,
                Integer.reverseBytes(immediate));
        return this;
    }

    /** See {@link SendWorkRequest#send}. */
    public ExtendedQueuePair send() {
        DataPath.quick(present(send, "ibv_wr_send"), next(WorkRequestOpcode.SEND));
        return this;
    }

    /** See {@link SendWorkRequest#sendWithImmediate}. */
    public ExtendedQueuePair sendWithImmediate(int immediate) {
        DataPath.quick(
                present(sendImmediate, "ibv_wr_send_imm"),
                next(WorkRequestOpcode.SEND_WITH_IMM),
                Integer.reverseBytes(immediate));
        return this;
    }

    /** See {@link SendWorkRequest#sendWithInvalidate}. */
    public ExtendedQueuePair sendWithInvalidate(int rkey) {
        DataPath.quick(present(sendInvalidate, "ibv_wr_send_inv"), next(WorkRequestOpcode.SEND_WITH_INV), rkey);
        return this;
    }

    /** See {@link SendWorkRequest#segment}; the header is read now. */
    public ExtendedQueuePair sendSegmented(MemorySegment header, int maxSegmentBytes) {
        int headerBytes = Ranges.require("bytes of header", NativeData.length(NativeData.readable(header)), 0, 0xFFFF);
        int segment = Ranges.require("bytes a segment", maxSegmentBytes, 0, 0xFFFF);
        DataPath.quick(
                present(sendSegmented, "ibv_wr_send_tso"), next(WorkRequestOpcode.TSO), header, headerBytes, segment);
        return this;
    }

    /** See {@link SendWorkRequest#toDatagramPeer}; the handle stays open until the chain is posted. */
    public ExtendedQueuePair toDatagramPeer(AddressHandle peer, int queuePairNumber, int queueKey) {
        SendRules.requirePeer(this, peer);
        int number = Ranges.require("queue pair number", queuePairNumber, 0, Ranges.BITS_24);
        DataPath.quick(
                present(setDatagramPeer, "ibv_wr_set_ud_addr"),
                within(),
                peer.pointer().address(),
                number,
                queueKey);
        addressed = true;
        return this;
    }

    /** See {@link SendWorkRequest#toSharedReceiveQueue}. */
    public ExtendedQueuePair toSharedReceiveQueue(int number) {
        int checked = Ranges.require("shared receive queue number", number, 0, Ranges.BITS_24);
        DataPath.quick(present(setSharedReceiveQueue, "ibv_wr_set_xrc_srqn"), within(), checked);
        addressed = true;
        return this;
    }

    /**
     * The request's data, copied now (ibv_wr_set_inline_data); soft RoCE needs {@link SendFlag#INLINE} among the request's flags for it.
     *
     * @param data native
     * @throws IllegalArgumentException when it is on the heap
     * @throws IllegalStateException when its arena is closed
     */
    public ExtendedQueuePair inlineData(MemorySegment data) {
        NativeData.readable(data);
        DataPath.quick(present(setInlineData, "ibv_wr_set_inline_data"), within(), data, data.byteSize());
        return this;
    }

    /** The request's data in one piece (ibv_wr_set_sge). */
    public ExtendedQueuePair element(long address, int length, int lkey) {
        DataPath.quick(present(setElement, "ibv_wr_set_sge"), within(), lkey, address, length);
        return this;
    }

    /** Puts one more piece on the list for {@link #elementList}, up to 64, by plain numbers, which the device checks against the key. */
    public ExtendedQueuePair list(long address, int length, int lkey) {
        within();
        long to = room();
        MemorySegment block = frame.segment();
        block.set(ValueLayout.JAVA_LONG, to + ibv_sge.addr$offset(), address);
        block.set(ValueLayout.JAVA_INT, to + ibv_sge.length$offset(), length);
        block.set(ValueLayout.JAVA_INT, to + ibv_sge.lkey$offset(), lkey);
        return this;
    }

    /**
     * Puts one more piece on the list for {@link #inlineDataList}, up to 64, and copies it now.
     *
     * @param data of all pieces together up to 4096 bytes
     */
    public ExtendedQueuePair listInline(MemorySegment data) {
        within();
        long length = data.byteSize();
        if (length > MAX_INLINE - listedBytes) {
            throw new IllegalArgumentException(
                    length + " bytes more than " + listedBytes + " inline: at most " + MAX_INLINE + " are possible");
        }
        long to = room();
        MemorySegment block = frame.segment();
        long copy = INLINE + listedBytes;
        MemorySegment.copy(data, 0, block, copy, length);
        listedBytes += length;
        block.set(ValueLayout.JAVA_LONG, to + ibv_data_buf.addr$offset(), frame.address() + copy);
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
        forgetList();
        DataPath.quick(function, within(), count, frame.address());
        return this;
    }

    @Override
    void released() {
        frame.close();
    }
}
