package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_context_ops;
import io.ffmiser.verbs.gen.ibv_device;
import io.ffmiser.verbs.gen.ibv_ece;
import io.ffmiser.verbs.gen.ibv_mw_bind;
import io.ffmiser.verbs.gen.ibv_qp;
import io.ffmiser.verbs.gen.ibv_qp_attr;
import io.ffmiser.verbs.gen.ibv_qp_init_attr;
import io.ffmiser.verbs.gen.ibv_qp_init_attr_ex;
import io.ffmiser.verbs.gen.ibv_qp_open_attr;
import io.ffmiser.verbs.gen.ibv_qp_rate_limit_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A send queue and a receive queue, and the connection or the datagram service between them and a peer's (ibv_create_qp(3)).
 *
 * <p>A child of its {@link ProtectionDomain}, completion queues and shared receive queue. Every method may be called by any thread;
 * requests posted by several are posted in some order. Closing is refused while a control call is in progress; no thread may close it
 * while another one posts, which is not watched. Posting allocates nothing, unless it fails.
 */
public sealed class QueuePair extends NativeObject permits ExtendedQueuePair {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_qp", LibIbverbs::ibv_create_qp$address, LibIbverbs::ibv_create_qp$descriptor);
    private static final NativeCall.ToPointer CREATE_EX =
            new NativeCall.ToPointer("ibv_create_qp_ex", verbs_context.create_qp_ex::descriptor);
    private static final NativeCall.ToPointer OPEN =
            new NativeCall.ToPointer("ibv_open_qp", verbs_context.open_qp::descriptor);
    private static final NativeCall.ToErrno MODIFY = new NativeCall.ToErrno(
            "ibv_modify_qp", LibIbverbs::ibv_modify_qp$address, LibIbverbs::ibv_modify_qp$descriptor);
    private static final NativeCall.ToErrno QUERY = new NativeCall.ToErrno(
            "ibv_query_qp", LibIbverbs::ibv_query_qp$address, LibIbverbs::ibv_query_qp$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_qp", LibIbverbs::ibv_destroy_qp$address, LibIbverbs::ibv_destroy_qp$descriptor);
    private static final NativeCall.ToErrno ATTACH = new NativeCall.ToErrno(
            "ibv_attach_mcast", LibIbverbs::ibv_attach_mcast$address, LibIbverbs::ibv_attach_mcast$descriptor);
    private static final NativeCall.ToErrno DETACH = new NativeCall.ToErrno(
            "ibv_detach_mcast", LibIbverbs::ibv_detach_mcast$address, LibIbverbs::ibv_detach_mcast$descriptor);
    private static final NativeCall.ToErrno QUERY_ECE = new NativeCall.ToErrno(
            "ibv_query_ece", LibIbverbs::ibv_query_ece$address, LibIbverbs::ibv_query_ece$descriptor);
    private static final NativeCall.ToErrno SET_ECE =
            new NativeCall.ToErrno("ibv_set_ece", LibIbverbs::ibv_set_ece$address, LibIbverbs::ibv_set_ece$descriptor);
    private static final NativeCall.ToErrno RATE_LIMIT =
            new NativeCall.ToErrno("ibv_modify_qp_rate_limit", verbs_context.modify_qp_rate_limit::descriptor);
    private static final NativeCall.ToErrno BIND =
            new NativeCall.ToErrno("ibv_bind_mw", ibv_context_ops.bind_mw::descriptor);
    private static final NativeCall.ToMinusOne DATA_IN_ORDER = new NativeCall.ToMinusOne(
            "ibv_query_qp_data_in_order",
            LibIbverbs::ibv_query_qp_data_in_order$address,
            LibIbverbs::ibv_query_qp_data_in_order$descriptor);

    private final boolean owned;
    private final int number;
    private final QueuePairType type;
    private final @Nullable QueuePairCapabilities capabilities;
    private final MemorySegment context;
    private final MemorySegment postSend;
    private final MemorySegment postReceive;
    private final int suspicious;
    private final boolean hasReceiveQueue;
    private @Nullable Runnable destroyer;
    private long address;

    /** The thread that builds a chain of an {@link ExtendedQueuePair}, and so holds the send queue's lock. */
    @Nullable
    Thread builder;

    QueuePair(
            MemorySegment pointer,
            boolean owned,
            @Nullable QueuePairCapabilities capabilities,
            NativeObject... parents) {
        super(DataPath.struct(pointer, ibv_qp.layout()), parents);
        this.owned = owned;
        this.address = pointer.address();
        this.number = ibv_qp.qp_num(pointer());
        this.type = Constants.find(QueuePairType.class, ibv_qp.qp_type(pointer()), QueuePairType.DRIVER);
        this.capabilities = capabilities;
        this.suspicious = SendRules.suspicious(type);
        this.hasReceiveQueue = ibv_qp.srq(pointer()).address() == 0
                && type != QueuePairType.XRC_SEND
                && type != QueuePairType.XRC_RECV;
        this.context = DataPath.struct(ibv_qp.context(pointer()), ibv_context.layout());
        MemorySegment ops = ibv_context.ops(context);
        this.postSend = DataPath.function(ops, ibv_context_ops.post_send$offset());
        this.postReceive = DataPath.function(ops, ibv_context_ops.post_recv$offset());
    }

    /** A struct as created, with what the device made of the wanted capabilities. */
    record Created(MemorySegment pointer, QueuePairCapabilities capabilities) {}

    /**
     * A new queue pair, in the state {@link QueuePairState#RESET}.
     *
     * @throws IllegalStateException that names the setter when something is missing, such as the completion queues
     * @throws IllegalArgumentException when something is of another device than the domain
     * @throws VerbsException EINVAL or ENOMEM when the device cannot hold as much, EOPNOTSUPP when it has no such type or property
     */
    public static QueuePair create(ProtectionDomain domain, QueuePairInitAttributes attributes) {
        NativeObject[] parents = attributes.parents(domain);
        return Lifetime.whileOpen(
                () -> {
                    Created created = created(domain.context(), domain, attributes);
                    return new QueuePair(created.pointer(), true, created.capabilities(), parents);
                },
                parents);
    }

    /**
     * A new receiving end of extended reliable connections: {@link QueuePairType#XRC_RECV} has no protection domain but a domain of its own.
     *
     * @throws VerbsException EOPNOTSUPP when the device has none
     */
    public static QueuePair create(XrcDomain domain, QueuePairInitAttributes attributes) {
        NativeObject[] parents = attributes.xrcDomain(domain).parents(null);
        return Lifetime.whileOpen(
                () -> {
                    Created created = created(domain.context(), null, attributes);
                    return new QueuePair(created.pointer(), true, created.capabilities(), parents);
                },
                parents);
    }

    /**
     * A receiving end of extended reliable connections that another process, or part of this one, created (ibv_open_qp(3)).
     *
     * @param number that queue pair's
     * @throws VerbsException EOPNOTSUPP when the device has none
     */
    public static QueuePair open(XrcDomain domain, int number) {
        Ranges.require("queue pair number", number, 0, Ranges.BITS_24);
        return Lifetime.whileOpen(() -> opened(domain, number), domain);
    }

    private static QueuePair opened(XrcDomain domain, int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_qp_open_attr.allocate(arena);
            ibv_qp_open_attr.comp_mask(
                    attr,
                    LibIbverbs.IBV_QP_OPEN_ATTR_NUM()
                            | LibIbverbs.IBV_QP_OPEN_ATTR_XRCD()
                            | LibIbverbs.IBV_QP_OPEN_ATTR_TYPE());
            ibv_qp_open_attr.qp_num(attr, number);
            ibv_qp_open_attr.xrcd(attr, domain.pointer());
            ibv_qp_open_attr.qp_type(attr, (int) QueuePairType.XRC_RECV.value());
            MemorySegment context = domain.context().pointer();
            String object = "QP " + number + " of " + domain;
            MemorySegment function =
                    ExtendedContext.operation(context, verbs_context.open_qp$offset(), OPEN.name(), object);
            return new QueuePair(OPEN.invoke(object, function, context, attr), true, null, domain);
        }
    }

    /** What the attributes name must be kept open. */
    static Created created(Context context, @Nullable ProtectionDomain domain, QueuePairInitAttributes attributes) {
        attributes.requireComplete(domain);
        SameDevice.require(context, attributes.parents(domain));
        try (Arena arena = Arena.ofConfined()) {
            String object = attributes + " on " + context.device().name();
            if (domain != null && !attributes.isExtended()) {
                MemorySegment struct = attributes.write(arena);
                MemorySegment pointer = CREATE.invoke(object, domain.pointer(), struct);
                return new Created(pointer, QueuePairCapabilities.read(ibv_qp_init_attr.cap(struct)));
            }
            MemorySegment struct = attributes.writeExtended(arena, domain);
            MemorySegment function = ExtendedContext.operation(
                    context.pointer(), verbs_context.create_qp_ex$offset(), CREATE_EX.name(), object);
            MemorySegment pointer = CREATE_EX.invoke(object, function, context.pointer(), struct);
            return new Created(pointer, QueuePairCapabilities.read(ibv_qp_init_attr_ex.cap(struct)));
        }
    }

    /**
     * A queue pair that somebody else made and destroys, such as librdmacm; closing it here only forgets it.
     *
     * @param ibvQp a {@code struct ibv_qp *} that outlives this object
     */
    public static QueuePair borrow(MemorySegment ibvQp) {
        return new QueuePair(ibvQp, false, null);
    }

    /**
     * A queue pair that somebody else made, such as librdmacm, and that closing it here has him destroy.
     *
     * @param ibvQp a {@code struct ibv_qp *}
     * @param attributes what it was made with: what they name becomes its parent
     * @param destroyer destroys it; when it throws, the queue pair stays open
     * @param owners what else must outlive it, its protection domain among them
     * @return an {@link ExtendedQueuePair} where the attributes have send operations
     */
    public static QueuePair borrow(
            MemorySegment ibvQp, QueuePairInitAttributes attributes, Runnable destroyer, NativeObject... owners) {
        NativeObject[] parents = Stream.concat(Arrays.stream(attributes.parents(null)), Arrays.stream(owners))
                .distinct()
                .toArray(NativeObject[]::new);
        QueuePair pair = attributes.hasSendOperations()
                ? ExtendedQueuePair.borrowExtended(ibvQp, attributes, parents)
                : new QueuePair(ibvQp, false, null, parents);
        pair.destroyer = destroyer;
        return pair;
    }

    /** What it is known by to its peer, and in work completions: 24 bits. */
    public final int number() {
        return number;
    }

    public final QueuePairType type() {
        return type;
    }

    /** What the device made of the wanted capabilities; asks the device when somebody else created it. */
    public final QueuePairCapabilities capabilities() {
        return capabilities != null
                ? capabilities
                : query(Set.of(QueuePairAttribute.CAP)).capabilities();
    }

    /** The state that the last change of this process led to; after a failure the device is further, which {@link #query} tells. */
    public final QueuePairState state() {
        return Lifetime.whileOpen(
                () -> Constants.find(QueuePairState.class, ibv_qp.state(pointer()), QueuePairState.UNKNOWN), this);
    }

    final long address() {
        if (address == 0) {
            throw new IllegalStateException(this + " is closed");
        }
        return address;
    }

    final MemorySegment context() {
        return context;
    }

    /**
     * Posts all requests of a batch, in order, with one doorbell (ibv_post_send(3)).
     *
     * @throws IllegalStateException when a request is not one that this type of queue pair sends, or lacks what it needs, such as the peer of a
     *     datagram, or when a chain of an {@link ExtendedQueuePair} is under way, in whichever thread; nothing is posted
     * @throws WorkRequestException that says which were not posted
     */
    public final void postSend(SendWorkRequests batch) {
        if (builder != null) {
            throw new IllegalStateException("a chain of requests to " + this + " is under way: complete or abort it");
        }
        if (batch.uses(suspicious)) {
            batch.check(this);
        }
        batch.post("ibv_post_send", postSend, address(), this);
    }

    /**
     * Posts all receives of a batch, in order (ibv_post_recv(3)); not with a shared receive queue.
     *
     * @throws IllegalStateException when it has no receive queue of its own
     * @throws WorkRequestException that says which were not posted
     */
    public final void postReceive(ReceiveWorkRequests batch) {
        if (!hasReceiveQueue) {
            throw new IllegalStateException(this + " has no receive queue of its own: post to the shared one");
        }
        batch.post("ibv_post_recv", postReceive, address(), this);
    }

    /**
     * Changes it, mostly to another state (ibv_modify_qp(3)). What {@link QueuePairTransition} does not allow is refused here, for InfiniBand and
     * RoCE; iWARP devices have rules of their own.
     *
     * @throws IllegalArgumentException that names what is missing and what does not belong
     * @throws VerbsException when the device refuses
     */
    public final void modify(QueuePairAttributes attributes) {
        Lifetime.whileOpen(
                () -> {
                    requireAllowed(attributes);
                    try (Arena arena = Arena.ofConfined()) {
                        MODIFY.invoke(this + " with " + attributes, this, attributes.write(arena), attributes.mask());
                    }
                },
                this);
    }

    private void requireAllowed(QueuePairAttributes attributes) {
        if (isInfiniBand()) {
            Set<QueuePairAttribute> given = attributes.given();
            QueuePairState from = given.contains(QueuePairAttribute.CUR_STATE) ? attributes.currentState() : state();
            QueuePairState to = given.contains(QueuePairAttribute.STATE) ? attributes.state() : from;
            QueuePairTransition.check(type, from, to, given);
        }
    }

    private boolean isInfiniBand() {
        MemorySegment device = DataPath.struct(ibv_context.device(context), ibv_device.layout());
        return ibv_device.transport_type(device) == (int) Transport.IB.value();
    }

    /** To the error state: what is posted is flushed. */
    public final void modifyToError() {
        modify(QueuePairAttributes.to(QueuePairState.ERR));
    }

    /**
     * What the device says of it (ibv_query_qp(3)).
     *
     * @param attributes what is asked for; the device may tell more
     * @throws VerbsException EOPNOTSUPP for {@link QueuePairAttribute#RATE_LIMIT} where the device does not tell it
     */
    public final QueuePairAttributes query(Set<QueuePairAttribute> attributes) {
        int mask = (int) Constants.bits(attributes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_qp_attr.allocate(arena);
            MemorySegment init = ibv_qp_init_attr.allocate(arena);
            QUERY.invoke(toString(), this, attr, mask, init);
            return QueuePairAttributes.read(attr, mask);
        }
    }

    /** The state that the device says it is in. */
    public final QueuePairState queryState() {
        return query(Set.of(QueuePairAttribute.STATE)).state();
    }

    /** Joins a multicast group (ibv_attach_mcast(3)); for datagrams. */
    public final void attachMulticast(Gid group, int lid) {
        multicast(ATTACH, group, lid);
    }

    /** Leaves a multicast group (ibv_detach_mcast(3)). */
    public final void detachMulticast(Gid group, int lid) {
        multicast(DETACH, group, lid);
    }

    private void multicast(NativeCall.ToErrno call, Gid group, int lid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gid = arena.allocate(16, 8);
            group.writeTo(gid);
            call.invoke(this + " and group " + group, this, gid, CompletionQueue.unsignedShort("as a LID", lid));
        }
    }

    /**
     * What this end offers its peer (ibv_query_ece(3)).
     *
     * @throws VerbsException EOPNOTSUPP where the device has nothing of the kind
     */
    public final Ece queryEce() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ece = ibv_ece.allocate(arena);
            QUERY_ECE.invoke(toString(), this, ece);
            return new Ece(ibv_ece.vendor_id(ece), ibv_ece.options(ece));
        }
    }

    /**
     * Takes what the peer offered, before RTR (ibv_set_ece(3)).
     *
     * @throws VerbsException EOPNOTSUPP where the device has nothing of the kind
     */
    public final void setEce(Ece offered) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ece = ibv_ece.allocate(arena);
            ibv_ece.vendor_id(ece, offered.vendorId());
            ibv_ece.options(ece, offered.options());
            SET_ECE.invoke(toString(), this, ece);
        }
    }

    /** Has something outlive this queue pair, which from now on is its child; both must be kept open. */
    final void keep(NativeObject parent) {
        moveTo(null, parent);
    }

    /** Whether the device promises that data of an operation is written to memory in order (ibv_query_qp_data_in_order(3)). */
    public final boolean isDataInOrder(WorkRequestOpcode operation) {
        return DATA_IN_ORDER.invoke(toString(), this, (int) operation.value(), 0) != 0;
    }

    /**
     * What the device promises of the order in which an operation's data is written (ibv_query_qp_data_in_order(3)); an rdma-core that does not
     * know the question yet promises nothing.
     *
     * @param deviceOnly whether the device alone is asked; else also the processor, of which only x86 keeps an order
     */
    public final Flags<DataInOrderCapability> dataInOrder(WorkRequestOpcode operation, boolean deviceOnly) {
        int flags = LibIbverbs.IBV_QUERY_QP_DATA_IN_ORDER_RETURN_CAPS()
                | (deviceOnly ? LibIbverbs.IBV_QUERY_QP_DATA_IN_ORDER_DEVICE_ONLY() : 0);
        return Flags.of(
                DataInOrderCapability.class, DATA_IN_ORDER.invoke(toString(), this, (int) operation.value(), flags));
    }

    /**
     * Paces what is sent (ibv_modify_qp_rate_limit(3)).
     *
     * @param kilobitsPerSecond 0 is no limit
     * @param maxBurstBytes how much may leave at once; 0 leaves it to the device
     * @param typicalPacketBytes 0 to 65535; 0 leaves it to the device
     * @throws VerbsException EOPNOTSUPP where the device cannot
     */
    public final void modifyRateLimit(int kilobitsPerSecond, int maxBurstBytes, int typicalPacketBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_qp_rate_limit_attr.allocate(arena);
            ibv_qp_rate_limit_attr.rate_limit(
                    attr, Ranges.require("kilobits a second", kilobitsPerSecond, 0, Integer.MAX_VALUE));
            ibv_qp_rate_limit_attr.max_burst_sz(
                    attr, Ranges.require("bytes a burst", maxBurstBytes, 0, Integer.MAX_VALUE));
            ibv_qp_rate_limit_attr.typical_pkt_sz(
                    attr, CompletionQueue.unsignedShort("bytes a packet", typicalPacketBytes));
            Lifetime.whileOpen(
                    () -> {
                        MemorySegment function = ExtendedContext.operation(
                                context, verbs_context.modify_qp_rate_limit$offset(), RATE_LIMIT.name(), toString());
                        RATE_LIMIT.invoke(toString(), function, this, attr);
                    },
                    this);
        }
    }

    /**
     * Opens part of a region through a type 1 window (ibv_bind_mw(3)); the window's key changes at once and is good when the request has
     * completed.
     *
     * @param workRequestId comes back with the completion
     * @param region with {@link AccessFlag#MW_BIND}
     * @param bindAddress of the first byte
     * @param length in bytes; 0 closes the window
     * @param access what the peer may do
     * @throws VerbsException EINVAL for a window of type 2, EPERM when window and region are of different domains
     */
    public final void bind(
            MemoryWindow window,
            long workRequestId,
            MemoryRegion region,
            long bindAddress,
            long length,
            Set<AccessFlag> access,
            Set<SendFlag> flags) {
        if (!SendRules.isSame(window.protectionDomain(), region.protectionDomain())) {
            throw new VerbsException(BIND.name(), Errno.EPERM, window.toString(), "the region is of another domain");
        }
        Lifetime.whileOpen(
                () -> bind(window, workRequestId, region.pointer().address(), bindAddress, length, access, flags),
                region);
    }

    /**
     * Closes a type 1 window (ibv_bind_mw(3) of nothing).
     *
     * @param workRequestId comes back with the completion
     * @throws VerbsException EINVAL for a window of type 2, which is invalidated instead
     */
    public final void unbind(MemoryWindow window, long workRequestId, Set<SendFlag> flags) {
        bind(window, workRequestId, 0, 0, 0, Set.of(), flags);
    }

    private void bind(
            MemoryWindow window,
            long workRequestId,
            long region,
            long bindAddress,
            long length,
            Set<AccessFlag> access,
            Set<SendFlag> flags) {
        if (window.type() != MemoryWindowType.TYPE_1) {
            throw new VerbsException(
                    BIND.name(), Errno.EINVAL, window.toString(), "type 2 windows are bound by a send request");
        }
        Lifetime.whileOpen(
                () -> {
                    SameDevice.require(this, window);
                    bound(window, workRequestId, region, bindAddress, length, access, flags);
                },
                this,
                window);
    }

    private void bound(
            MemoryWindow window,
            long workRequestId,
            long region,
            long bindAddress,
            long length,
            Set<AccessFlag> access,
            Set<SendFlag> flags) {
        MemorySegment function = DataPath.function(ibv_context.ops(context), ibv_context_ops.bind_mw$offset());
        if (function.address() == 0) {
            throw new VerbsException(BIND.name(), Errno.EOPNOTSUPP, toString(), null);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bind = ibv_mw_bind.allocate(arena);
            ibv_mw_bind.wr_id(bind, workRequestId);
            ibv_mw_bind.send_flags(bind, (int) Constants.bits(flags));
            SendWorkRequest.writeBinding(bind, ibv_mw_bind.bind_info$offset(), region, bindAddress, length, access);
            BIND.invoke(this + " and " + window, function, this, window, bind);
            window.readKey();
        }
    }

    @Override
    protected final void destroy(MemorySegment closing) {
        requireIdle();
        if (owned) {
            DESTROY.invoke(toString(), closing);
        } else if (destroyer != null) {
            destroyer.run();
        }
        address = 0;
        released();
    }

    /** Throws while something is under way that the end of the queue pair would cut off. */
    void requireIdle() {}

    /** Frees what goes with it, after it is destroyed. */
    void released() {}

    @Override
    public String toString() {
        return type + " QP " + number;
    }
}
