package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_ah_attr;
import io.ffmiser.verbs.gen.ibv_async_event;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_device_attr;
import io.ffmiser.verbs.gen.ibv_device_attr_ex;
import io.ffmiser.verbs.gen.ibv_gid;
import io.ffmiser.verbs.gen.ibv_gid_entry;
import io.ffmiser.verbs.gen.ibv_port_attr;
import io.ffmiser.verbs.gen.ibv_values_ex;
import io.ffmiser.verbs.gen.timespec;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.FileDescriptors;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An open device: the root of everything that is made on it, and where the device, its ports and their tables are asked.
 *
 * <p>Thread-safe, close among it: it ends the waits of others with an {@link IllegalStateException}, and is refused while another call is in
 * progress. Ports are counted from 1. A port, index or key that does not exist is a {@link VerbsException} with what the library or the
 * kernel says to it; a number that C could not take is an {@link IllegalArgumentException}.
 */
public final class Context extends NativeObject {
    private static final NativeCall.ToPointer IMPORT = new NativeCall.ToPointer(
            "ibv_import_device", LibIbverbs::ibv_import_device$address, LibIbverbs::ibv_import_device$descriptor);
    private static final NativeCall.ToErrno CLOSE = new NativeCall.ToErrno(
            "ibv_close_device", LibIbverbs::ibv_close_device$address, LibIbverbs::ibv_close_device$descriptor);
    private static final NativeCall.ToErrno QUERY_DEVICE = new NativeCall.ToErrno(
            "ibv_query_device", LibIbverbs::ibv_query_device$address, LibIbverbs::ibv_query_device$descriptor);
    private static final NativeCall.ToErrno QUERY_DEVICE_EX =
            new NativeCall.ToErrno("ibv_query_device_ex", verbs_context.query_device_ex::descriptor);
    private static final NativeCall.ToErrno QUERY_RT_VALUES_EX =
            new NativeCall.ToErrno("ibv_query_rt_values_ex", verbs_context.query_rt_values::descriptor);
    private static final NativeCall.ToErrno QUERY_PORT =
            new NativeCall.ToErrno("ibv_query_port", verbs_context.query_port::descriptor);
    private static final NativeCall.ToErrno QUERY_PORT_LEGACY = new NativeCall.ToErrno(
            "ibv_query_port", LibIbverbs::ibv_query_port$address, LibIbverbs::ibv_query_port$descriptor);
    private static final NativeCall.ToErrno QUERY_PORT_SPEED = new NativeCall.ToErrno(
            "ibv_query_port_speed",
            LibIbverbs::ibv_query_port_speed$address,
            LibIbverbs::ibv_query_port_speed$descriptor);
    private static final NativeCall.ToErrno QUERY_GID = new NativeCall.ToErrno(
            "ibv_query_gid", LibIbverbs::ibv_query_gid$address, LibIbverbs::ibv_query_gid$descriptor);
    private static final NativeCall.ToErrno QUERY_GID_EX = new NativeCall.ToErrno(
            "ibv_query_gid_ex", LibIbverbs::_ibv_query_gid_ex$address, LibIbverbs::_ibv_query_gid_ex$descriptor);
    private static final NativeCall.ToNegatedErrno QUERY_GID_TABLE = new NativeCall.ToNegatedErrno(
            "ibv_query_gid_table",
            LibIbverbs::_ibv_query_gid_table$address,
            LibIbverbs::_ibv_query_gid_table$descriptor);
    private static final NativeCall.ToMinusOne QUERY_PKEY = new NativeCall.ToMinusOne(
            "ibv_query_pkey", LibIbverbs::ibv_query_pkey$address, LibIbverbs::ibv_query_pkey$descriptor);
    private static final NativeCall.ToMinusOne GET_PKEY_INDEX = new NativeCall.ToMinusOne(
            "ibv_get_pkey_index", LibIbverbs::ibv_get_pkey_index$address, LibIbverbs::ibv_get_pkey_index$descriptor);
    private static final NativeCall.ToMinusOne GET_ASYNC_EVENT = new NativeCall.ToMinusOne(
            "ibv_get_async_event", LibIbverbs::ibv_get_async_event$address, LibIbverbs::ibv_get_async_event$descriptor);
    private static final NativeCall.ToErrno RESOLVE_ETH_L2 = new NativeCall.ToErrno(
            "ibv_resolve_eth_l2_from_gid",
            LibIbverbs::ibv_resolve_eth_l2_from_gid$address,
            LibIbverbs::ibv_resolve_eth_l2_from_gid$descriptor);

    private static final int NO_VLAN = 0xFFFF;

    /** The open ones: two may be of one C context, and each has children whose events the other reads. */
    private static final Set<Context> OPEN = ConcurrentHashMap.newKeySet();

    private final boolean owned;
    private final Device device;
    private final long here;
    private final DescriptorWaits waits = new DescriptorWaits();
    private final ReentrantLock taking = new ReentrantLock();
    private boolean readsReturn;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    Context(MemorySegment pointer, boolean owned) {
        super(pointer.reinterpret(ibv_context.sizeof()));
        this.owned = owned;
        this.here = pointer.address();
        this.device = new Device(ibv_context.device(pointer()), this);
    }

    static Context known(Context open) {
        OPEN.add(open);
        return open;
    }

    /**
     * A context that somebody else opened and closes, such as librdmacm; closing it here does nothing to the device.
     *
     * @param ibvContext a {@code struct ibv_context *} that outlives what is made from here, not NULL
     */
    public static Context borrow(MemorySegment ibvContext) {
        return known(new Context(ibvContext, false));
    }

    /**
     * Another context over the open file of one, also of another process that passed the descriptor here (ibv_import_device(3)): each can import
     * what the other made, by its handle.
     *
     * @param commandFd stays the caller's; the new context has a duplicate
     */
    public static Context importFrom(int commandFd) {
        NativeLibrary.IBVERBS.require();
        int duplicate = FileDescriptors.duplicate(commandFd);
        try {
            return known(new Context(IMPORT.invoke("descriptor " + commandFd, duplicate), true));
        } catch (RuntimeException | Error e) {
            FileDescriptors.close(duplicate);
            throw e;
        }
    }

    public Device device() {
        return device;
    }

    /** The file descriptor of its commands; it belongs to the context. */
    public int commandFd() {
        return field(ibv_context::cmd_fd);
    }

    /** The file descriptor that is readable while an asynchronous event waits; it belongs to the context. */
    public int asyncFd() {
        return field(ibv_context::async_fd);
    }

    /** How many completion vectors there are to choose from for a completion queue; at least 1. */
    public int completionVectors() {
        return field(ibv_context::num_comp_vectors);
    }

    private int field(ToIntFunction<MemorySegment> of) {
        return Lifetime.whileOpen(() -> of.applyAsInt(pointer()), this);
    }

    /** What the device is and how much it takes (ibv_query_device(3)). */
    public DeviceAttributes queryDevice() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_device_attr.allocate(arena);
            QUERY_DEVICE.invoke(toString(), this, attr);
            return DeviceAttributes.readFrom(attr);
        }
    }

    /** All that the device tells (ibv_query_device_ex(3)); from an older driver, what {@link #queryDevice} tells. */
    public ExtendedDeviceAttributes queryDeviceExtended() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_device_attr_ex.allocate(arena);
            try {
                Lifetime.whileOpen(
                        () -> QUERY_DEVICE_EX.invoke(
                                toString(),
                                operation(verbs_context.query_device_ex$offset(), QUERY_DEVICE_EX),
                                this,
                                MemorySegment.NULL,
                                attr,
                                ibv_device_attr_ex.sizeof()),
                        this);
            } catch (VerbsException e) {
                if (!e.errno().equals(Errno.EOPNOTSUPP) && !e.errno().equals(Errno.ENOSYS)) {
                    throw e;
                }
                attr.fill((byte) 0); // as verbs.h falls back
                QUERY_DEVICE.invoke(toString(), this, ibv_device_attr_ex.orig_attr(attr));
            }
            return ExtendedDeviceAttributes.readFrom(attr);
        }
    }

    /**
     * The device's clock of now, which completion timestamps are of (ibv_query_rt_values_ex(3)).
     *
     * @return ticks of {@link ExtendedDeviceAttributes#coreClockKhz}
     * @throws VerbsException EOPNOTSUPP when the device has no clock to read
     */
    public long queryRawClock() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = ibv_values_ex.allocate(arena);
            ibv_values_ex.comp_mask(values, LibIbverbs.IBV_VALUES_MASK_RAW_CLOCK());
            Lifetime.whileOpen(
                    () -> QUERY_RT_VALUES_EX.invoke(
                            toString(),
                            operation(verbs_context.query_rt_values$offset(), QUERY_RT_VALUES_EX),
                            this,
                            values),
                    this);
            MemorySegment clock = ibv_values_ex.raw_clock(values);
            return TimeUnit.SECONDS.toNanos(timespec.tv_sec(clock)) + timespec.tv_nsec(clock);
        }
    }

    /** The state and the limits of a port (ibv_query_port(3)). */
    public PortAttributes queryPort(int port) {
        byte number = portNumber(port);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_port_attr.allocate(arena);
            Lifetime.whileOpen(() -> queryPort(number, describe(port), attr), this);
            return PortAttributes.readFrom(attr);
        }
    }

    private void queryPort(byte port, String object, MemorySegment attr) {
        MemorySegment query;
        try {
            query = operation(verbs_context.query_port$offset(), QUERY_PORT);
        } catch (
                VerbsException
                        e) { // as verbs.h falls back; the function of old fills less than the struct, which is zeroed
            QUERY_PORT_LEGACY.invoke(object, this, port, attr);
            return;
        }
        QUERY_PORT.invoke(object, query, this, port, attr, ibv_port_attr.sizeof());
    }

    /**
     * How fast the port is in effect (ibv_query_port_speed(3)).
     *
     * @return in megabits a second; C has hundreds of them
     * @throws UnsupportedOperationException before rdma-core 62
     * @throws VerbsException EOPNOTSUPP where the kernel or the device does not tell
     */
    public long queryPortSpeed(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment speed = arena.allocate(ValueLayout.JAVA_LONG);
            QUERY_PORT_SPEED.invoke(describe(port), this, Ranges.require("port", port, 1, 0xFF), speed);
            return Math.multiplyExact(speed.get(ValueLayout.JAVA_LONG, 0), 100L);
        }
    }

    /** An entry of the port's GID table; {@link Gid#ZERO} where it is not in use (ibv_query_gid(3)). */
    public Gid queryGid(int port, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gid = ibv_gid.allocate(arena);
            if (QUERY_GID.test(describe(port), this, portNumber(port), index, gid) != 0) {
                queryGidEntry(port, index); // tells the reason, which ibv_query_gid does not
                throw new VerbsException(QUERY_GID.name(), Errno.EINVAL, describe(port) + ", GID " + index, null);
            }
            return Gid.read(gid);
        }
    }

    /**
     * An entry of the port's GID table with its type and network interface (ibv_query_gid_ex(3)).
     *
     * @throws VerbsException ENODATA when the entry is not in use
     */
    public GidEntry queryGidEntry(int port, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = ibv_gid_entry.allocate(arena);
            QUERY_GID_EX.invoke(
                    describe(port) + ", GID " + index,
                    this,
                    Byte.toUnsignedInt(portNumber(port)),
                    index,
                    entry,
                    0,
                    ibv_gid_entry.sizeof());
            return GidEntry.readFrom(entry);
        }
    }

    /** All entries in use of the GID tables of all ports (ibv_query_gid_table(3)). */
    public List<GidEntry> queryGidTable() {
        long ports = queryDeviceExtended().ports();
        long most = 0;
        for (int port = 1; port <= ports; port++) {
            most += queryPort(port).gidTableLength();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries = ibv_gid_entry.allocateArray(most, arena);
            long count = QUERY_GID_TABLE.invoke(toString(), this, entries, most, 0, ibv_gid_entry.sizeof());
            List<GidEntry> table = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                table.add(GidEntry.readFrom(ibv_gid_entry.asSlice(entries, i)));
            }
            return List.copyOf(table);
        }
    }

    /** An entry of the port's P_Key table, 16 bits (ibv_query_pkey(3)). */
    public int queryPartitionKey(int port, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_SHORT);
            QUERY_PKEY.invoke(describe(port) + ", P_Key " + index, this, portNumber(port), index, key);
            return Short.toUnsignedInt(Short.reverseBytes(key.get(ValueLayout.JAVA_SHORT, 0)));
        }
    }

    /** Where in the port's table a P_Key stands (ibv_get_pkey_index(3)). */
    public int partitionKeyIndex(int port, int partitionKey) {
        Ranges.require("P_Key", partitionKey, 0, 0xFFFF);
        return GET_PKEY_INDEX.invoke(
                describe(port) + ", P_Key 0x" + Integer.toHexString(partitionKey),
                this,
                portNumber(port),
                Short.reverseBytes((short) partitionKey));
    }

    /**
     * The Ethernet address behind an address by GID, as its neighbour table or a query on the network tells (ibv_resolve_eth_l2_from_gid).
     * Waits for an answer of the network.
     */
    public EthernetDestination resolveEthernet(AddressHandleAttributes address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_ah_attr.allocate(arena);
            address.writeTo(attr);
            MemorySegment mac = arena.allocate(LibIbverbs.ETHERNET_LL_SIZE());
            MemorySegment vlan = arena.allocate(ValueLayout.JAVA_SHORT);
            RESOLVE_ETH_L2.invoke(toString() + ", " + address, this, attr, mac, vlan);
            int vid = Short.toUnsignedInt(vlan.get(ValueLayout.JAVA_SHORT, 0));
            return new EthernetDestination(
                    MacAddress.read(mac), vid == NO_VLAN ? OptionalInt.empty() : OptionalInt.of(vid));
        }
    }

    /**
     * The next asynchronous event of the device (ibv_get_async_event(3)). From the first call on, a read of its descriptor does not wait
     * (O_NONBLOCK).
     *
     * @param timeoutMillis how long to wait for one; 0 looks once, a negative number waits without end
     * @return to be closed, which acknowledges it; empty when the time has passed
     * @throws VerbsException EINTR when the thread is interrupted while there is none; its flag stays set
     * @throws IllegalStateException when the context is closed, before or meanwhile
     */
    public Optional<AsyncEvent> nextAsyncEvent(int timeoutMillis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        int left = timeoutMillis;
        int fd = asyncFd();
        while (waits.await(this, fd, left)) {
            AsyncEvent event = takeAsyncEvent(fd);
            if (event != null) {
                return Optional.of(event);
            }
            left = timeoutMillis < 0 ? -1 : DescriptorWaits.millisUntil(deadline);
        }
        return Optional.empty();
    }

    /** The event that is there; null where another thread was first, or nobody needs it any more. */
    private @Nullable AsyncEvent takeAsyncEvent(int fd) {
        taking.lock();
        try {
            if (!readsReturn) {
                FileDescriptors.setNonBlocking(fd, true);
                readsReturn = true;
            }
            MemorySegment event = ibv_async_event.allocate(Arena.ofAuto());
            int errno = GET_ASYNC_EVENT.test(toString(), this, event);
            if (errno == 0) {
                return AsyncEvent.readFrom(this, event);
            }
            if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
                return null;
            }
            throw new VerbsException(GET_ASYNC_EVENT.name(), new Errno(errno), toString(), null);
        } finally {
            taking.unlock();
        }
    }

    /** What an event's element is, by its address; this context where nothing that was made here is there. */
    NativeObject[] concernedBy(long address) {
        NativeObject[] found = OPEN.stream()
                .filter(open -> open.here == here)
                .flatMap(open -> open.find(address).stream())
                .distinct()
                .toArray(NativeObject[]::new);
        return found.length == 0 ? new NativeObject[] {this} : found;
    }

    private MemorySegment operation(long offset, NativeCall call) {
        return ExtendedContext.operation(pointer(), offset, call.name(), toString());
    }

    /** A port's number as the old functions of C want it. */
    static byte portNumber(int port) {
        return (byte) Ranges.require("port", port, 1, 0xFF);
    }

    private String describe(int port) {
        return "port " + port + " of " + device.name();
    }

    @Override
    protected void destroy(MemorySegment closing) {
        waits.wakeAll();
        if (owned) {
            CLOSE.invoke(toString(), closing);
        }
        OPEN.remove(this);
    }

    @Override
    public String toString() {
        return "context of " + device.name();
    }
}
