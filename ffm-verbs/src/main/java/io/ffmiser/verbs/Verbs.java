package io.ffmiser.verbs;

import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where the verbs begin: is there RDMA here, which devices, and what concerns the whole process. All methods are thread-safe. */
public final class Verbs {
    private static final NativeCall.ToPointer GET_DEVICE_LIST = new NativeCall.ToPointer(
            "ibv_get_device_list", LibIbverbs::ibv_get_device_list$address, LibIbverbs::ibv_get_device_list$descriptor);

    private static final NativeCall.ToErrno FORK_INIT = new NativeCall.ToErrno(
            "ibv_fork_init", LibIbverbs::ibv_fork_init$address, LibIbverbs::ibv_fork_init$descriptor);

    private static final NativeCall.ToMinusOne IS_FORK_INITIALIZED = new NativeCall.ToMinusOne(
            "ibv_is_fork_initialized",
            LibIbverbs::ibv_is_fork_initialized$address,
            LibIbverbs::ibv_is_fork_initialized$descriptor);

    private Verbs() {}

    /**
     * Returns when this process can use RDMA devices; there may be none of them.
     *
     * @throws VerbsUnavailableException with what to install, load or set, otherwise
     * @throws VerbsException when the devices are there and cannot be listed, such as for want of memory
     */
    public static void require() {
        devices().close();
    }

    /** Why {@link #require} would throw; empty when it would not. It never throws itself. */
    public static Optional<VerbsUnavailableException> whyUnavailable() {
        try {
            require();
            return Optional.empty();
        } catch (VerbsUnavailableException e) {
            return Optional.of(e);
        } catch (RuntimeException | LinkageError e) {
            return Optional.of(
                    new VerbsUnavailableException(Reason.FAILED, "the RDMA devices cannot be listed: " + e, e));
        }
    }

    /**
     * The devices of now (ibv_get_device_list(3)).
     *
     * @return to be closed; a context outlives the list that its device came from
     * @throws VerbsUnavailableException when there is no library, no native access or no RDMA in the kernel
     */
    public static DeviceList devices() {
        NativeLibrary.IBVERBS.require();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment list = GET_DEVICE_LIST.invoke("this machine", count);
            return new DeviceList(list, count.get(ValueLayout.JAVA_INT, 0));
        } catch (VerbsException e) {
            if (e.errno().equals(Errno.ENOSYS)) {
                throw new VerbsUnavailableException(
                        Reason.NO_KERNEL_SUPPORT,
                        "the kernel has no RDMA: load ib_uverbs and the driver of a device,"
                                + " such as with modprobe rdma_rxe and rdma link add rxe0 type rxe netdev eth0",
                        e);
            }
            if (e.errno().equals(Errno.EPERM)) {
                throw new VerbsUnavailableException(Reason.NO_PERMISSION, "this user may not list the RDMA devices", e);
            }
            throw e;
        }
    }

    /**
     * Opens a device by its name, such as {@code mlx5_0}.
     *
     * @throws IllegalArgumentException when there is no such device; the message names those that are
     */
    public static Context open(String deviceName) {
        try (DeviceList devices = devices()) {
            for (Device device : devices) {
                if (device.name().equals(deviceName)) {
                    return device.open();
                }
            }
            throw new IllegalArgumentException("no RDMA device " + deviceName + "; there are "
                    + devices.asList().stream().map(Device::name).collect(Collectors.joining(", ", "[", "]")));
        }
    }

    /**
     * Keeps registered memory from being copied under the device when the process forks (ibv_fork_init(3)). To be called before memory is
     * registered; the JVM forks when it starts another program.
     *
     * @throws VerbsException EINVAL when memory is registered already
     */
    public static void prepareForFork() {
        NativeLibrary.IBVERBS.require();
        FORK_INIT.invoke("this process");
    }

    /**
     * Whether the process may fork while memory is registered (ibv_is_fork_initialized(3)).
     *
     * @throws UnsupportedOperationException before rdma-core 35
     */
    public static ForkStatus forkStatus() {
        NativeLibrary.IBVERBS.require();
        return Constants.find(ForkStatus.class, IS_FORK_INITIALIZED.invoke("this process"), ForkStatus.DISABLED);
    }
}
