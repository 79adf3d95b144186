package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_qp_init_attr;
import io.ffmiser.verbs.gen.ibv_qp_init_attr_ex;
import io.ffmiser.verbs.gen.ibv_rx_hash_conf;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a queue pair is created with (struct ibv_qp_init_attr and ibv_qp_init_attr_ex, ibv_create_qp(3), ibv_create_qp_ex(3)). Each setter
 * changes this object and returns it. Not thread-safe.
 */
public final class QueuePairInitAttributes {
    private final QueuePairType type;
    private @Nullable CompletionQueue sendQueue;
    private @Nullable CompletionQueue receiveQueue;
    private @Nullable SharedReceiveQueue sharedReceiveQueue;
    private QueuePairCapabilities capabilities = new QueuePairCapabilities(1, 1, 1, 1, 0);
    private boolean signalAll;
    private long context;
    private @Nullable XrcDomain xrcDomain;
    private @Nullable ReceiveWorkQueueTable receiveTable;
    private @Nullable ReceiveHash receiveHash;
    private Set<QueuePairCreateFlag> createFlags = Set.of();
    private int sourceQueuePair;
    private int maxSegmentationHeader;
    private Set<SendOperation> sendOperations = Set.of();

    /** A queue pair of a type, with one request of one element either way. */
    public QueuePairInitAttributes(QueuePairType type) {
        this.type = type;
    }

    /** Where the completions of sends and of receives go. */
    public QueuePairInitAttributes completions(CompletionQueue sends, CompletionQueue receives) {
        sendQueue = sends;
        receiveQueue = receives;
        return this;
    }

    /** Where all completions go. */
    public QueuePairInitAttributes completions(CompletionQueue both) {
        return completions(both, both);
    }

    /** Where receives come from, instead of a queue of its own. */
    public QueuePairInitAttributes sharedReceiveQueue(SharedReceiveQueue queue) {
        sharedReceiveQueue = queue;
        return this;
    }

    /** How much it holds. */
    public QueuePairInitAttributes capabilities(QueuePairCapabilities wanted) {
        capabilities = wanted;
        return this;
    }

    /** Whether every send request completes with a completion, signalled or not. */
    public QueuePairInitAttributes signalAll(boolean all) {
        signalAll = all;
        return this;
    }

    /** A number of the caller's that goes with the queue pair (qp_context); rdma-core does not look at it. */
    public QueuePairInitAttributes context(long number) {
        context = number;
        return this;
    }

    /** The domain of an {@link QueuePairType#XRC_RECV} queue pair. */
    public QueuePairInitAttributes xrcDomain(XrcDomain domain) {
        xrcDomain = domain;
        return this;
    }

    /** Properties beyond the type; {@link #sourceQueuePair} sets its own. */
    public QueuePairInitAttributes createFlags(Set<QueuePairCreateFlag> flags) {
        createFlags = Set.copyOf(flags);
        return this;
    }

    /** The number that datagrams are sent as, with {@link QueuePairCreateFlag#SOURCE_QPN} among the flags. */
    public QueuePairInitAttributes sourceQueuePair(int number) {
        sourceQueuePair = Ranges.require("source queue pair", number, 0, Ranges.BITS_24);
        return this;
    }

    /** The longest header of a segmentation offload, in bytes; 0 is none. */
    public QueuePairInitAttributes maxSegmentationHeader(int bytes) {
        maxSegmentationHeader = Ranges.require("bytes of header", bytes, 0, 0xFFFF);
        return this;
    }

    /** Spreads arriving packets over work queues by a hash, instead of receiving them (receive-side scaling). */
    public QueuePairInitAttributes receiveTable(ReceiveWorkQueueTable table, ReceiveHash hash) {
        receiveTable = table;
        receiveHash = hash;
        return this;
    }

    /** What an {@link ExtendedQueuePair} will be asked to do. */
    public QueuePairInitAttributes sendOperations(Set<SendOperation> operations) {
        sendOperations = Set.copyOf(operations);
        return this;
    }

    public QueuePairType type() {
        return type;
    }

    /** Whether it takes ibv_create_qp_ex(3) to create it. */
    public boolean isExtended() {
        return xrcDomain != null
                || receiveTable != null
                || !createFlags.isEmpty()
                || maxSegmentationHeader != 0
                || !sendOperations.isEmpty();
    }

    Set<SendOperation> sendOperations() {
        return sendOperations;
    }

    boolean hasSendOperations() {
        return !sendOperations.isEmpty();
    }

    /** What must outlive a queue pair that is made with these, or whoever keeps them. */
    public NativeObject[] parents(@Nullable ProtectionDomain domain) {
        List<NativeObject> parents = new ArrayList<>();
        for (NativeObject parent : new @Nullable NativeObject[] {
            domain,
            sendQueue,
            receiveQueue == sendQueue ? null : receiveQueue,
            sharedReceiveQueue,
            xrcDomain,
            receiveTable
        }) {
            if (parent != null) {
                parents.add(parent);
            }
        }
        return parents.toArray(new NativeObject[0]);
    }

    /**
     * Refuses what libibverbs would not look at before it follows a pointer that is not there.
     *
     * @param domain null where an XRC domain takes its place
     * @throws IllegalStateException that names the setter which was not called
     * @throws IllegalArgumentException when the type does not go with the domain, or a number with the flags
     */
    void requireComplete(@Nullable ProtectionDomain domain) {
        if ((type == QueuePairType.XRC_RECV) != (domain == null)) {
            throw new IllegalArgumentException("a queue pair of type " + type + " is created in "
                    + (domain == null
                            ? "a ProtectionDomain, and only XRC_RECV in an XrcDomain"
                            : "an XrcDomain, not in a ProtectionDomain"));
        }
        boolean receives = type != QueuePairType.XRC_SEND;
        if (domain != null && receiveTable == null && (sendQueue == null || (receives && receiveQueue == null))) {
            throw new IllegalStateException(
                    "a queue pair of type " + type + " needs completion queues: set them with completions(...)");
        }
        if (sourceQueuePair != 0 && !createFlags.contains(QueuePairCreateFlag.SOURCE_QPN)) {
            throw new IllegalArgumentException("source queue pair " + sourceQueuePair
                    + " counts only with QueuePairCreateFlag.SOURCE_QPN among the createFlags");
        }
    }

    private static MemorySegment pointer(@Nullable NativeObject object) {
        return object == null ? MemorySegment.NULL : object.pointer();
    }

    /** The attributes as a {@code struct ibv_qp_init_attr}; what only the extended struct has is left out. */
    public MemorySegment write(SegmentAllocator allocator) {
        MemorySegment struct = allocator.allocate(ibv_qp_init_attr.layout()).fill((byte) 0);
        ibv_qp_init_attr.qp_context(struct, MemorySegment.ofAddress(context));
        ibv_qp_init_attr.send_cq(struct, pointer(sendQueue));
        ibv_qp_init_attr.recv_cq(struct, pointer(receiveQueue));
        ibv_qp_init_attr.srq(struct, pointer(sharedReceiveQueue));
        capabilities.write(ibv_qp_init_attr.cap(struct));
        ibv_qp_init_attr.qp_type(struct, (int) type.value());
        ibv_qp_init_attr.sq_sig_all(struct, signalAll ? 1 : 0);
        return struct;
    }

    /**
     * The attributes as a {@code struct ibv_qp_init_attr_ex}.
     *
     * @param domain the protection domain; null for {@link QueuePairType#XRC_RECV}, which has none
     */
    public MemorySegment writeExtended(SegmentAllocator allocator, @Nullable ProtectionDomain domain) {
        MemorySegment struct = allocator.allocate(ibv_qp_init_attr_ex.layout()).fill((byte) 0);
        // The extended struct begins with the fields of the plain one; what follows overwrites the plain one's padding.
        MemorySegment plain = write(allocator);
        MemorySegment.copy(plain, 0, struct, 0, ibv_qp_init_attr_ex.comp_mask$offset());
        int mask = 0;
        if (domain != null) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_PD();
            ibv_qp_init_attr_ex.pd(struct, domain.pointer());
        }
        if (xrcDomain != null) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_XRCD();
            ibv_qp_init_attr_ex.xrcd(struct, pointer(xrcDomain));
        }
        if (!createFlags.isEmpty()) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_CREATE_FLAGS();
            ibv_qp_init_attr_ex.create_flags(struct, (int) Constants.bits(createFlags));
            ibv_qp_init_attr_ex.source_qpn(struct, sourceQueuePair);
        }
        if (maxSegmentationHeader != 0) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_MAX_TSO_HEADER();
            ibv_qp_init_attr_ex.max_tso_header(struct, (short) maxSegmentationHeader);
        }
        if (receiveTable != null && receiveHash != null) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_IND_TABLE() | LibIbverbs.IBV_QP_INIT_ATTR_RX_HASH();
            ibv_qp_init_attr_ex.rwq_ind_tbl(struct, pointer(receiveTable));
            writeHash(allocator, ibv_qp_init_attr_ex.rx_hash_conf(struct), receiveHash);
        }
        if (!sendOperations.isEmpty()) {
            mask |= LibIbverbs.IBV_QP_INIT_ATTR_SEND_OPS_FLAGS();
            ibv_qp_init_attr_ex.send_ops_flags(struct, Constants.bits(sendOperations));
        }
        ibv_qp_init_attr_ex.comp_mask(struct, mask);
        return struct;
    }

    private static void writeHash(SegmentAllocator allocator, MemorySegment struct, ReceiveHash hash) {
        byte[] key = hash.key();
        ibv_rx_hash_conf.rx_hash_function(struct, (byte) hash.function().value());
        ibv_rx_hash_conf.rx_hash_key_len(struct, (byte) key.length);
        ibv_rx_hash_conf.rx_hash_key(struct, allocator.allocateFrom(ValueLayout.JAVA_BYTE, key));
        ibv_rx_hash_conf.rx_hash_fields_mask(struct, Constants.bits(hash.fields()));
    }

    @Override
    public String toString() {
        return type + " QP with " + capabilities;
    }
}
