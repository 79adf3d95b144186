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
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.FileDescriptors;
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
import java.util.concurrent.TimeUnit;

/**
 * An open device: the root of everything that is made on it, and where the device, its ports and their tables are asked.
 *
 * <p>Thread-safe, but for {@link #nextAsyncEvent}, which one thread calls at a time. Ports are counted from 1. A port, index or key that does
 * not exist is a {@link VerbsException} with what the library or the kernel says to it.
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

    private final boolean owned;
    private final Device device;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    Context(MemorySegment pointer, boolean owned) {
        super(pointer.reinterpret(ibv_context.sizeof()));
        this.owned = owned;
        this.device = new Device(ibv_context.device(pointer()), this);
    }

    /**
     * A context that somebody else opened and closes, such as librdmacm; closing it here does nothing to the device.
     *
     * @param ibvContext a {@code struct ibv_context *} that outlives what is made from here
     */
    public static Context borrow(MemorySegment ibvContext) {
        return new Context(ibvContext, false);
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
            return new Context(IMPORT.invoke("descriptor " + commandFd, duplicate), true);
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
        return ibv_context.cmd_fd(pointer());
    }

    /** The file descriptor that is readable while an asynchronous event waits; it belongs to the context. */
    public int asyncFd() {
        return ibv_context.async_fd(pointer());
    }

    /** How many completion vectors there are to choose from for a completion queue; at least 1. */
    public int completionVectors() {
        return ibv_context.num_comp_vectors(pointer());
    }

    /** What the device is and how much it takes (ibv_query_device(3)). */
    public DeviceAttributes queryDevice() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_device_attr.allocate(arena);
            QUERY_DEVICE.invoke(toString(), pointer(), attr);
            return DeviceAttributes.readFrom(attr);
        }
    }

    /** All that the device tells (ibv_query_device_ex(3)); from an older driver, what {@link #queryDevice} tells. */
    public ExtendedDeviceAttributes queryDeviceExtended() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_device_attr_ex.allocate(arena);
            try {
                QUERY_DEVICE_EX.invoke(
                        toString(),
                        operation(verbs_context.query_device_ex$offset(), QUERY_DEVICE_EX),
                        pointer(),
                        MemorySegment.NULL,
                        attr,
                        ibv_device_attr_ex.sizeof());
            } catch (VerbsException e) {
                if (!e.errno().equals(Errno.EOPNOTSUPP) && !e.errno().equals(Errno.ENOSYS)) {
                    throw e;
                }
                attr.fill((byte) 0); // as verbs.h falls back
                QUERY_DEVICE.invoke(toString(), pointer(), ibv_device_attr_ex.orig_attr(attr));
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
            QUERY_RT_VALUES_EX.invoke(
                    toString(),
                    operation(verbs_context.query_rt_values$offset(), QUERY_RT_VALUES_EX),
                    pointer(),
                    values);
            MemorySegment clock = ibv_values_ex.raw_clock(values);
            return TimeUnit.SECONDS.toNanos(timespec.tv_sec(clock)) + timespec.tv_nsec(clock);
        }
    }

    /** The state and the limits of a port (ibv_query_port(3)). */
    public PortAttributes queryPort(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_port_attr.allocate(arena);
            String object = describe(port);
            MemorySegment query;
            try {
                query = operation(verbs_context.query_port$offset(), QUERY_PORT);
            } catch (
                    VerbsException
                            e) { // as verbs.h falls back; the function of old fills less than the struct, which is
                // zeroed
                QUERY_PORT_LEGACY.invoke(object, pointer(), portNumber(port), attr);
                return PortAttributes.readFrom(attr);
            }
            QUERY_PORT.invoke(object, query, pointer(), portNumber(port), attr, ibv_port_attr.sizeof());
            return PortAttributes.readFrom(attr);
        }
    }

    /** An entry of the port's GID table; {@link Gid#ZERO} where it is not in use (ibv_query_gid(3)). */
    public Gid queryGid(int port, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gid = ibv_gid.allocate(arena);
            if (QUERY_GID.test(describe(port), pointer(), portNumber(port), index, gid) != 0) {
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
                    describe(port) + ", GID " + index, pointer(), port, index, entry, 0, ibv_gid_entry.sizeof());
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
            long count = QUERY_GID_TABLE.invoke(toString(), pointer(), entries, most, 0, ibv_gid_entry.sizeof());
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
            QUERY_PKEY.invoke(describe(port) + ", P_Key " + index, pointer(), portNumber(port), index, key);
            return Short.toUnsignedInt(Short.reverseBytes(key.get(ValueLayout.JAVA_SHORT, 0)));
        }
    }

    /** Where in the port's table a P_Key stands (ibv_get_pkey_index(3)). */
    public int partitionKeyIndex(int port, int partitionKey) {
        return GET_PKEY_INDEX.invoke(
                describe(port) + ", P_Key 0x" + Integer.toHexString(partitionKey),
                pointer(),
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
            RESOLVE_ETH_L2.invoke(toString() + ", " + address, pointer(), attr, mac, vlan);
            int vid = Short.toUnsignedInt(vlan.get(ValueLayout.JAVA_SHORT, 0));
            return new EthernetDestination(
                    MacAddress.read(mac), vid == NO_VLAN ? OptionalInt.empty() : OptionalInt.of(vid));
        }
    }

    /**
     * The next asynchronous event of the device (ibv_get_async_event(3)).
     *
     * @param timeoutMillis how long to wait for one; 0 looks once, a negative number waits without end
     * @return to be closed, which acknowledges it; empty when the time has passed
     */
    public Optional<AsyncEvent> nextAsyncEvent(int timeoutMillis) {
        if (!FileDescriptors.awaitReadable(asyncFd(), timeoutMillis)) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = ibv_async_event.allocate(arena);
            GET_ASYNC_EVENT.invoke(toString(), pointer(), event);
            return Optional.of(AsyncEvent.readFrom(this, event));
        }
    }

    private MemorySegment operation(long offset, NativeCall call) {
        return ExtendedContext.operation(pointer(), offset, call.name(), toString());
    }

    private static byte portNumber(int port) {
        if (port < 1 || port > 0xFF) {
            throw new IllegalArgumentException("ports are counted from 1 to 255, this is " + port);
        }
        return (byte) port;
    }

    private String describe(int port) {
        return "port " + port + " of " + device.name();
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (owned) {
            CLOSE.invoke(toString(), closing);
        }
    }

    @Override
    public String toString() {
        return "context of " + device.name();
    }
}
