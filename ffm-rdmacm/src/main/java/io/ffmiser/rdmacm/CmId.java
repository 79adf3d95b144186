package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_addr;
import io.ffmiser.rdmacm.gen.rdma_cm_event;
import io.ffmiser.rdmacm.gen.rdma_cm_id;
import io.ffmiser.rdmacm.gen.rdma_event_channel;
import io.ffmiser.rdmacm.gen.rdma_route;
import io.ffmiser.verbs.AsyncEventType;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.Ece;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairAttributes;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairState;
import io.ffmiser.verbs.SharedReceiveQueue;
import io.ffmiser.verbs.SharedReceiveQueueAttributes;
import io.ffmiser.verbs.SharedReceiveQueueInitAttributes;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall.ToMinusOne;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection or of a datagram service, or a listener: what a socket is to TCP (rdma_create_id(3), rdma_cm(7)).
 *
 * <p>An id of an {@link EventChannel} is asynchronous: an operation starts here, and its outcome is an event there; an operation that throws
 * has no event. A synchronous id ({@link #createSynchronous}, an endpoint, or one that was migrated) has a hidden channel of its own: an
 * operation returns when it is done, and throws what the event would have told.
 *
 * <p>A child of its channel. Its queue pair, its shared receive queue and its multicast groups are its children. One thread at a
 * time uses an id, while another may take the channel's events. A close from any thread is refused while a call on the id is in progress; of several
 * closes, one does it. An operation of a synchronous id returns when the network has answered or given up: neither an interrupt nor a close
 * ends it, but for {@link #getRequest}.
 */
public final class CmId extends NativeObject {
    private final PortSpace portSpace;
    private final boolean endpoint;
    private final @Nullable CmId listener;
    private final CmResources resources = new CmResources(this);
    private final Map<Long, MulticastGroup> groups = new ConcurrentHashMap<>();
    private final DescriptorWaits waits = new DescriptorWaits();
    private @Nullable EventChannel channel;
    private @Nullable ProtectionDomain requestDomain;
    private @Nullable QueuePairInitAttributes requestAttributes;
    private volatile String about;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private CmId(
            MemorySegment pointer,
            PortSpace portSpace,
            @Nullable EventChannel channel,
            boolean endpoint,
            @Nullable CmId listener,
            String about,
            NativeObject... parents) {
        super(pointer.reinterpret(rdma_cm_id.sizeof()), parents);
        this.portSpace = portSpace;
        this.channel = channel;
        this.endpoint = endpoint;
        this.listener = listener;
        this.about = about;
    }

    static CmId create(EventChannel channel, PortSpace space) {
        return Lifetime.whileOpen(
                () -> {
                    MemorySegment made = create(channel.pointer(), space);
                    CmId id = new CmId(made, space, channel, false, null, space + " id", channel);
                    channel.register(id);
                    return id;
                },
                channel);
    }

    /**
     * An id whose operations return when they are done (rdma_create_id(3) without a channel).
     *
     * @throws io.ffmiser.verbs.VerbsUnavailableException when there is no RDMA to be had
     */
    public static CmId createSynchronous(PortSpace space) {
        NativeLibrary.RDMACM.require();
        try {
            return new CmId(create(MemorySegment.NULL, space), space, null, false, null, space + " id");
        } catch (VerbsException e) {
            throw EventChannel.unavailable(e);
        }
    }

    private static MemorySegment create(MemorySegment channel, PortSpace space) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            CmCalls.CREATE_ID.invoke(space + " id", channel, out, MemorySegment.NULL, space.requireNumber());
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }

    /** The id that came with a connection request. */
    static CmId requested(MemorySegment pointer, EventChannel channel) {
        CmId id = wrap(pointer, channel, false, null, channel);
        channel.register(id);
        return id;
    }

    /** An id of rdma_create_ep(3), synchronous and with a destructor of its own; C keeps the attributes of a listener. */
    static CmId endpoint(
            MemorySegment pointer,
            boolean passive,
            @Nullable ProtectionDomain domain,
            @Nullable QueuePairInitAttributes attributes) {
        NativeObject[] used = passive && attributes != null ? attributes.parents(domain) : new NativeObject[0];
        CmId id = wrap(pointer, null, true, null, used);
        if (passive) {
            id.requestDomain = domain;
            id.requestAttributes = attributes;
        } else if (attributes != null) {
            id.adoptQueuePair(domain, attributes);
        }
        return id;
    }

    /** Takes the queue pair that this new id came with into care, or closes the id. */
    private void adoptQueuePair(@Nullable ProtectionDomain domain, QueuePairInitAttributes attributes) {
        try {
            resources.adoptQueuePair(domain, attributes);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static CmId wrap(
            MemorySegment pointer,
            @Nullable EventChannel channel,
            boolean endpoint,
            @Nullable CmId listener,
            NativeObject... parents) {
        PortSpace space = portSpace(pointer);
        CmId id = new CmId(pointer, space, channel, endpoint, listener, space + " id", parents);
        InetSocketAddress peer = id.peerAddress();
        id.about = space + " id" + (peer == null ? " at " + id.localAddress() : " with " + peer);
        return id;
    }

    @SuppressWarnings("restricted") // bounded by the size of the struct
    static PortSpace portSpace(MemorySegment pointer) {
        return PortSpace.of(rdma_cm_id.ps(pointer.reinterpret(rdma_cm_id.sizeof())));
    }

    public PortSpace portSpace() {
        return portSpace;
    }

    /** Where its events go; null for a synchronous id. */
    public @Nullable EventChannel channel() {
        return channel;
    }

    /** Whether the id is bound to a device: since its address was resolved, or since it was bound to an address of the device's. */
    public boolean hasDevice() {
        return read(id -> !rdma_cm_id.verbs(id).equals(MemorySegment.NULL));
    }

    /** The port of the device that the id is bound to, from 1; 0 before. */
    public int devicePort() {
        return read(id -> Byte.toUnsignedInt(rdma_cm_id.port_num(id)));
    }

    /**
     * The device that the id is bound to: librdmacm's own context of it, the same for all ids on it. What is made on it must be closed
     * before the id; to share things between ids, make them on the context that {@link RdmaDevices#contextOf} tells.
     */
    public Context context() {
        return read(pointer -> {
            requireDevice("the context");
            return resources.context();
        });
    }

    /** The protection domain of the queue pair: that it was created in, else librdmacm's default one of the device. */
    public ProtectionDomain protectionDomain() {
        return read(pointer -> {
            requireDevice("the protection domain");
            return resources.domain();
        });
    }

    void requireDevice(String operation) {
        if (!hasDevice()) {
            throw new IllegalStateException(operation + " needs a device, and " + this
                    + " has none yet: resolve an address, or bind to one of a device, and wait until that is done");
        }
    }

    // ---- addresses and routes

    /**
     * Takes a local address (rdma_bind_addr(3)): a device's own binds the id to the device, a wildcard to a port of all devices.
     *
     * @param local the port 0 asks for a free one
     */
    public void bind(InetSocketAddress local) {
        try (Arena arena = Arena.ofConfined()) {
            invoke(CmCalls.BIND_ADDR, Sockaddr.write(local, arena));
        }
        about = portSpace + " id at " + localAddress();
    }

    /** Finds the device and the address that lead to a peer, wherever the routing table says (rdma_resolve_addr(3)). */
    public void resolveAddress(InetSocketAddress peer, int timeoutMillis) {
        resolveAddress(null, peer, timeoutMillis);
    }

    /**
     * Finds the device and the hardware address that lead to a peer (rdma_resolve_addr(3)). The outcome is {@link CmEvent.AddressResolved} or
     * {@link CmEvent.AddressError}.
     *
     * @param local the address to come from; null for what the routing table says
     * @param timeoutMillis 0 or more
     */
    public void resolveAddress(@Nullable InetSocketAddress local, InetSocketAddress peer, int timeoutMillis) {
        requireMillis(timeoutMillis);
        about = portSpace + " id to " + peer;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = local == null ? MemorySegment.NULL : Sockaddr.write(local, arena);
            invoke(CmCalls.RESOLVE_ADDR, from, Sockaddr.write(peer, arena), timeoutMillis);
        }
    }

    /**
     * Finds the route to the peer whose address is resolved (rdma_resolve_route(3)): on InfiniBand a path record, elsewhere a formality that must
     * be gone through. The outcome is {@link CmEvent.RouteResolved} or {@link CmEvent.RouteError}.
     *
     * @param timeoutMillis 0 or more
     */
    public void resolveRoute(int timeoutMillis) {
        requireMillis(timeoutMillis);
        requireDevice("rdma_resolve_route");
        invoke(CmCalls.RESOLVE_ROUTE, timeoutMillis);
    }

    private static void requireMillis(int timeoutMillis) {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException(timeoutMillis + " ms: 0 or more are possible");
        }
    }

    /** This end's address; null while there is none, or where it is none of IP. */
    public @Nullable InetSocketAddress localAddress() {
        return read(id -> Optional.ofNullable(Sockaddr.read(rdma_addr.src_storage(address(id)))))
                .orElse(null);
    }

    /** The peer's address; null while there is none, or where it is none of IP. */
    public @Nullable InetSocketAddress peerAddress() {
        return read(id -> Optional.ofNullable(Sockaddr.read(rdma_addr.dst_storage(address(id)))))
                .orElse(null);
    }

    /** This end's port (rdma_get_src_port(3)); 0 while there is none. */
    public int localPort() {
        return read(id -> Sockaddr.port(LibRdmacm.rdma_get_src_port(id)));
    }

    /** The peer's port (rdma_get_dst_port(3)); 0 while there is none. */
    public int peerPort() {
        return read(id -> Sockaddr.port(LibRdmacm.rdma_get_dst_port(id)));
    }

    private static MemorySegment address(MemorySegment id) {
        return rdma_route.addr(rdma_cm_id.route(id));
    }

    // ---- queues

    /**
     * Creates the id's queue pair, a child of the id, the domain and what the attributes name (rdma_create_qp(3), rdma_create_qp_ex(3)).
     * librdmacm takes it through its states from then on, so that receives can be posted at once and sends when the connection stands;
     * closing it is rdma_destroy_qp(3).
     *
     * @param domain of this id's device; null for librdmacm's default one
     * @param attributes where they name no completion queues, librdmacm makes one for each direction that has requests:
     *     {@link #sendCompletions}, {@link #receiveCompletions}; they go with the queue pair
     */
    public QueuePair createQueuePair(@Nullable ProtectionDomain domain, QueuePairInitAttributes attributes) {
        requireDevice("rdma_create_qp");
        return resources.createQueuePair(domain, attributes);
    }

    /** The queue pair, while there is one. */
    public @Nullable QueuePair queuePair() {
        return resources.queuePair();
    }

    /** Where sends complete, if librdmacm made that queue. */
    public @Nullable CompletionQueue sendCompletions() {
        return resources.sendCompletions();
    }

    /** Where receives complete, if librdmacm made that queue. */
    public @Nullable CompletionQueue receiveCompletions() {
        return resources.receiveCompletions();
    }

    /**
     * What a queue pair that is not the id's own must be changed with, to go to a state of this connection (rdma_init_qp_attr(3)).
     *
     * @param state INIT, RTR or RTS
     */
    public QueuePairAttributes initAttributes(QueuePairState state) {
        requireDevice("rdma_init_qp_attr");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = QueuePairAttributes.to(state).write(arena);
            MemorySegment mask = arena.allocate(ValueLayout.JAVA_INT);
            invoke(CmCalls.INIT_QP_ATTR, attributes, mask);
            return QueuePairAttributes.read(attributes, mask.get(ValueLayout.JAVA_INT, 0));
        }
    }

    /**
     * Creates the id's shared receive queue, a child of the id and the domain (rdma_create_srq(3)): a queue pair of the id receives from it.
     *
     * @param domain of this id's device; null for librdmacm's default one
     */
    public SharedReceiveQueue createSharedReceiveQueue(
            @Nullable ProtectionDomain domain, SharedReceiveQueueAttributes attributes) {
        requireDevice("rdma_create_srq");
        return resources.createSharedReceiveQueue(domain, attributes);
    }

    /** As above, of any kind (rdma_create_srq_ex(3)). */
    public SharedReceiveQueue createSharedReceiveQueue(
            @Nullable ProtectionDomain domain, SharedReceiveQueueInitAttributes attributes) {
        requireDevice("rdma_create_srq_ex");
        return resources.createSharedReceiveQueue(domain, attributes);
    }

    /** The shared receive queue that the id created, while there is one. */
    public @Nullable SharedReceiveQueue sharedReceiveQueue() {
        return resources.sharedReceiveQueue();
    }

    // ---- connecting

    /**
     * Waits for connection requests (rdma_listen(3)): each is a {@link CmEvent.ConnectRequest}.
     *
     * @param backlog how many may wait for an answer, 0 or more; 0 is the kernel's most
     */
    public void listen(int backlog) {
        if (backlog < 0) {
            throw new IllegalArgumentException("a backlog of " + backlog + ": 0 or more are possible");
        }
        invoke(CmCalls.LISTEN, backlog);
        about = portSpace + " listener at " + localAddress();
    }

    /**
     * Waits for the next connection request of a synchronous listener (rdma_get_request(3)). The new id is synchronous, owned by the caller, and
     * has a queue pair if the listening endpoint was made with attributes for one; {@link #lastEvent} of it is the request.
     *
     * @throws VerbsException EINTR when the thread is interrupted while there is none; its flag stays set
     * @throws IllegalStateException when the listener is closed, before or meanwhile
     */
    @SuppressWarnings("restricted") // bounded by the size of the struct
    public CmId getRequest() {
        requireSynchronous("rdma_get_request");
        int fd = read(id -> {
            MemorySegment hidden = rdma_cm_id.channel(id);
            return hidden.address() == 0 ? -1 : rdma_event_channel.fd(hidden.reinterpret(rdma_event_channel.sizeof()));
        });
        while (fd >= 0 && !waits.await(this, fd, -1)) {
            // until there is one
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            invoke(CmCalls.GET_REQUEST, out);
            CmId id = wrap(out.get(ValueLayout.ADDRESS, 0), null, true, this);
            if (requestAttributes != null) {
                id.adoptQueuePair(requestDomain, requestAttributes);
            }
            return id;
        }
    }

    /**
     * Asks the peer for the connection, or for its datagram service (rdma_connect(3)). The outcome is {@link CmEvent.Established},
     * {@link CmEvent.Rejected}, {@link CmEvent.Unreachable} or {@link CmEvent.ConnectError}; without a queue pair of the id's own,
     * {@link CmEvent.ConnectResponse} comes first.
     */
    public void connect(ConnectionParameters parameters) {
        requireDevice("rdma_connect");
        try (Arena arena = Arena.ofConfined()) {
            invoke(CmCalls.CONNECT, parameters.write(arena));
        }
    }

    /** Says yes to the request that this id came with (rdma_accept(3)); {@link CmEvent.Established} follows, but not for datagrams. */
    public void accept(ConnectionParameters parameters) {
        requireDevice("rdma_accept");
        try (Arena arena = Arena.ofConfined()) {
            invoke(CmCalls.ACCEPT, parameters.write(arena));
        }
    }

    /** Says no to the request that this id came with (rdma_reject(3)), with at most 255 octets for the peer; close the id then. */
    public void reject(byte[] privateData) {
        reject(CmCalls.REJECT, privateData);
    }

    /** As {@link #reject}, with the reason {@link RejectReason#VENDOR_OPTION_NOT_SUPPORTED}: the enhanced connection cannot be made. */
    public void rejectEce(byte[] privateData) {
        reject(CmCalls.REJECT_ECE, privateData);
    }

    private void reject(ToMinusOne call, byte[] privateData) {
        if (privateData.length > ConnectionParameters.MAX_PRIVATE_DATA) {
            throw new IllegalArgumentException(privateData.length + " octets of private data: at most "
                    + ConnectionParameters.MAX_PRIVATE_DATA + " can be sent");
        }
        try (Arena arena = Arena.ofConfined()) {
            invoke(call, arena.allocateFrom(ValueLayout.JAVA_BYTE, privateData), (byte) privateData.length);
        }
    }

    /** Completes a connection whose queue pair is not the id's own, after {@link CmEvent.ConnectResponse} (rdma_establish(3)). */
    public void establish() {
        invoke(CmCalls.ESTABLISH);
    }

    /**
     * Ends the connection and takes the queue pair, if the id has one, to the error state, which flushes its work (rdma_disconnect(3)). Both sides
     * then get {@link CmEvent.Disconnected}.
     */
    public void disconnect() {
        requireDevice("rdma_disconnect");
        invoke(CmCalls.DISCONNECT);
    }

    /**
     * Tells librdmacm of an asynchronous event of a queue pair (rdma_notify(3)): {@link AsyncEventType#COMM_EST} completes a connection whose
     * first data came before the peer's last message did.
     */
    public void notify(AsyncEventType event) {
        invoke(CmCalls.NOTIFY, (int) event.value());
    }

    /**
     * Has the id's channel bring an event of the application's own, {@link CmEvent.User}, such as to wake the thread that waits there
     * (rdma_write_cm_event(3)).
     *
     * @param status comes back with the event
     * @param argument comes back with the event
     * @throws IllegalStateException when the id is synchronous: the event would be taken for the outcome of its next operation
     * @throws UnsupportedOperationException before rdma-core 60
     */
    public void writeEvent(int status, long argument) {
        if (channel == null) {
            throw new IllegalStateException(
                    "rdma_write_cm_event needs an id with an event channel, and " + this + " is synchronous");
        }
        invoke(CmCalls.WRITE_CM_EVENT, LibRdmacm.RDMA_CM_EVENT_USER(), status, argument);
    }

    /** What this end offers in a connection whose queue pair is not the id's own (rdma_set_local_ece(3)). */
    public void setLocalEce(Ece offered) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ece = arena.allocate(ValueLayout.JAVA_INT, 3);
            ece.setAtIndex(ValueLayout.JAVA_INT, 0, offered.vendorId());
            ece.setAtIndex(ValueLayout.JAVA_INT, 1, offered.options());
            invoke(CmCalls.SET_LOCAL_ECE, ece);
        }
    }

    /** What the peer offered, where the queue pair is not the id's own (rdma_get_remote_ece(3)). */
    public Ece remoteEce() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ece = arena.allocate(ValueLayout.JAVA_INT, 3);
            invoke(CmCalls.GET_REMOTE_ECE, ece);
            return new Ece(ece.getAtIndex(ValueLayout.JAVA_INT, 0), ece.getAtIndex(ValueLayout.JAVA_INT, 1));
        }
    }

    /** The event that the last operation of a synchronous id ended with; null before the first, and for other ids. */
    public @Nullable CmEvent lastEvent() {
        return read(id -> Optional.ofNullable(event(rdma_cm_id.event(id)))).orElse(null);
    }

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private @Nullable CmEvent event(MemorySegment event) {
        if (channel != null || event.equals(MemorySegment.NULL)) {
            return null;
        }
        MemorySegment bounded = event.reinterpret(rdma_cm_event.sizeof());
        return listener != null && CmEventReader.type(bounded) == CmEventType.CONNECT_REQUEST
                ? new CmEvent.ConnectRequest(listener, this, CmEventReader.peer(bounded, portSpace))
                : CmEventReader.read(bounded, this);
    }

    // ---- channels

    /** Moves the id, with the events that were not taken yet, to another channel (rdma_migrate_id(3)). */
    public void migrate(EventChannel to) {
        Lifetime.whileOpen(
                () -> {
                    EventChannel from = channel;
                    if (to.equals(from)) {
                        return;
                    }
                    to.register(this);
                    try {
                        invoke(CmCalls.MIGRATE_ID, to);
                    } catch (RuntimeException | Error e) {
                        to.forget(this);
                        throw e;
                    }
                    moved(from, to);
                },
                this,
                to);
    }

    /** Makes the id synchronous (rdma_migrate_id(3) without a channel). */
    public void migrateToSynchronous() {
        Lifetime.whileOpen(
                () -> {
                    EventChannel from = channel;
                    if (from != null) {
                        invoke(CmCalls.MIGRATE_ID, MemorySegment.NULL);
                        moved(from, null);
                    }
                },
                this);
    }

    private void moved(@Nullable EventChannel from, @Nullable EventChannel to) {
        moveTo(from, to);
        channel = to;
        if (from != null) {
            from.forget(this);
        }
    }

    private void requireSynchronous(String operation) {
        if (channel != null) {
            throw new IllegalStateException(
                    operation + " needs a synchronous id; the events of " + this + " come through " + channel);
        }
    }

    // ---- options

    /** What is set before the id is bound or resolves. */
    public CmOptions options() {
        return new CmOptions(this);
    }

    // ---- multicast

    /** Asks to be a member of the group: {@link MulticastGroup}. */
    public MulticastGroup join(InetSocketAddress group) {
        return MulticastGroup.join(this, group);
    }

    /** Asks to be a member of the group, or to be one that only sends: {@link MulticastGroup}. */
    public MulticastGroup join(InetSocketAddress group, MulticastGroup.Membership membership) {
        return MulticastGroup.join(this, group, membership);
    }

    void register(MulticastGroup group) {
        groups.put(group.number(), group);
    }

    void forget(MulticastGroup group) {
        groups.remove(group.number());
    }

    @Nullable
    MulticastGroup group(long number) {
        return groups.get(number);
    }

    // ---- the C object

    int invoke(ToMinusOne call, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = this;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return call.invoke(about, all);
    }

    /** Reads the C id while nobody closes it. */
    private <T> T read(Function<MemorySegment, T> field) {
        return Lifetime.whileOpen(() -> field.apply(pointer()), this);
    }

    long address() {
        return pointer().address();
    }

    @Override
    protected void destroy(MemorySegment closing) {
        waits.wakeAll();
        resources.release();
        if (endpoint) {
            LibRdmacm.rdma_destroy_ep(closing);
        } else {
            CmCalls.DESTROY_ID.invoke(about, closing);
        }
        if (channel != null) {
            channel.forget(this);
        }
    }

    @Override
    public String toString() {
        return about;
    }
}
