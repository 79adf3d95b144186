package io.ffmiser.verbs;

import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_device;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;

/**
 * An RDMA device of this machine. What it tells was read when it was listed; it can be opened while the list, or the context, that it came
 * from is open. Thread-safe.
 */
public final class Device {
    private static final NativeCall.ToPointer OPEN = new NativeCall.ToPointer(
            "ibv_open_device", LibIbverbs::ibv_open_device$address, LibIbverbs::ibv_open_device$descriptor);

    private final MemorySegment pointer;
    private final NativeObject holder;
    private final String name;
    private final String uverbsName;
    private final String sysfsPath;
    private final int index;
    private final Guid guid;
    private final NodeType nodeType;
    private final Transport transport;

    /** Reads what the device tells; the pointer is good while the holder is open. */
    @SuppressWarnings("restricted") // bounded by the size of the struct
    Device(MemorySegment pointer, NativeObject holder) {
        this.pointer = pointer.reinterpret(ibv_device.sizeof());
        this.holder = holder;
        this.name = LibIbverbs.ibv_get_device_name(this.pointer).getString(0);
        this.uverbsName = ibv_device.dev_name(this.pointer).getString(0);
        this.sysfsPath = ibv_device.ibdev_path(this.pointer).getString(0);
        this.index = index(this.pointer);
        this.guid = new Guid(Long.reverseBytes(LibIbverbs.ibv_get_device_guid(this.pointer)));
        this.nodeType = Constants.find(NodeType.class, ibv_device.node_type(this.pointer), NodeType.UNKNOWN);
        this.transport = Constants.find(Transport.class, ibv_device.transport_type(this.pointer), Transport.UNKNOWN);
    }

    private static int index(MemorySegment device) {
        try {
            return NativeLibrary.IBVERBS.call("ibv_get_device_index", () -> LibIbverbs.ibv_get_device_index(device));
        } catch (UnsupportedOperationException before30) {
            return -1;
        }
    }

    /**
     * Opens the device (ibv_open_device(3)).
     *
     * @return the caller's to close; it outlives the list
     * @throws VerbsUnavailableException when its device file is not this user's to open
     */
    public Context open() {
        try {
            return Lifetime.whileOpen(
                    () -> Context.known(new Context(OPEN.invoke("device " + name, pointer()), true)), holder);
        } catch (VerbsException e) {
            if (e.errno().equals(Errno.EACCES) || e.errno().equals(Errno.EPERM)) {
                throw new VerbsUnavailableException(
                        Reason.NO_PERMISSION,
                        "device " + name + ": this user may not open /dev/infiniband/" + uverbsName
                                + ": run as its group, or set its mode with a udev rule",
                        e);
            }
            throw e;
        }
    }

    /** The kernel's name, such as {@code mlx5_0} or {@code rxe0}. */
    public String name() {
        return name;
    }

    /** The name of its file under {@code /dev/infiniband}, such as {@code uverbs0}. */
    public String uverbsName() {
        return uverbsName;
    }

    /** Its directory in sysfs, such as {@code /sys/class/infiniband/rxe0}. */
    public String sysfsPath() {
        return sysfsPath;
    }

    /** The kernel's number of it (ibv_get_device_index(3)); -1 where the kernel gives none, or this rdma-core has no way to ask. */
    public int index() {
        return index;
    }

    /** The node's GUID (ibv_get_device_guid(3)). */
    public Guid guid() {
        return guid;
    }

    public NodeType nodeType() {
        return nodeType;
    }

    public Transport transport() {
        return transport;
    }

    /**
     * The C object.
     *
     * @throws IllegalStateException when what it came from is closed
     */
    public MemorySegment pointer() {
        holder.requireOpen();
        return pointer;
    }

    @Override
    public String toString() {
        return "device " + name;
    }
}
