package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_alloc_dm_attr;
import io.ffmiser.verbs.gen.ibv_dm;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeData;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory on the device itself (ibv_alloc_dm(3)): near to it, and reached from here only by copying. A child of its {@link Context};
 * {@link MemoryRegion#register(ProtectionDomain, DeviceMemory, long, long, java.util.Set)} makes it reachable for work. Thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class DeviceMemory extends NativeObject {
    private static final NativeCall.ToPointer ALLOC =
            new NativeCall.ToPointer("ibv_alloc_dm", verbs_context.alloc_dm::descriptor);
    private static final NativeCall.ToPointer IMPORT = new NativeCall.ToPointer(
            "ibv_import_dm", LibIbverbs::ibv_import_dm$address, LibIbverbs::ibv_import_dm$descriptor);
    private static final NativeCall.ToErrno FREE =
            new NativeCall.ToErrno("ibv_free_dm", verbs_context.free_dm::descriptor);
    private static final NativeCall.ToMinusOne EXPORT = new NativeCall.ToMinusOne(
            "ibv_dm_export_dmabuf_fd",
            LibIbverbs::ibv_dm_export_dmabuf_fd$address,
            LibIbverbs::ibv_dm_export_dmabuf_fd$descriptor);
    private static final NativeCall.ToErrno MEMCPY_TO =
            new NativeCall.ToErrno("ibv_memcpy_to_dm", ibv_dm.memcpy_to_dm::descriptor);
    private static final NativeCall.ToErrno MEMCPY_FROM =
            new NativeCall.ToErrno("ibv_memcpy_from_dm", ibv_dm.memcpy_from_dm::descriptor);

    private static final int MAX_LOG2 = 63;

    private final Context context;
    private final boolean imported;
    private final int handle;
    private final long byteSize;
    private final MemorySegment copyTo;
    private final MemorySegment copyFrom;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private DeviceMemory(MemorySegment pointer, Context context, boolean imported, long byteSize) {
        super(pointer.reinterpret(ibv_dm.sizeof()), context);
        this.context = context;
        this.imported = imported;
        this.byteSize = byteSize;
        this.handle = ibv_dm.handle(pointer());
        this.copyTo = ibv_dm.memcpy_to_dm(pointer());
        this.copyFrom = ibv_dm.memcpy_from_dm(pointer());
    }

    /**
     * Takes memory of the device.
     *
     * @param byteSize more than 0, at most {@link ExtendedDeviceAttributes#maxDeviceMemoryBytes}
     * @param log2Alignment its address is a multiple of 2 to this power; 0 to 63
     * @throws VerbsException EOPNOTSUPP when the device lends none of its memory
     */
    public static DeviceMemory allocate(Context context, long byteSize, int log2Alignment) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_alloc_dm_attr.allocate(arena);
            ibv_alloc_dm_attr.length(attr, Ranges.require("bytes", byteSize, 1, Long.MAX_VALUE));
            ibv_alloc_dm_attr.log_align_req(attr, Ranges.require("alignment", log2Alignment, 0, MAX_LOG2));
            return Lifetime.whileOpen(
                    () -> new DeviceMemory(
                            ALLOC.invoke(
                                    context.toString(),
                                    ExtendedContext.operation(
                                            context.pointer(),
                                            verbs_context.alloc_dm$offset(),
                                            ALLOC.name(),
                                            context.toString()),
                                    context.pointer(),
                                    attr),
                            context,
                            false,
                            byteSize),
                    context);
        }
    }

    /**
     * Memory that another context over the same open file took (ibv_import_dm(3)). Closing it forgets it here (ibv_unimport_dm(3)); it
     * stays taken until its owner closes it.
     *
     * @param handle what {@link #handle} is there
     */
    public static DeviceMemory importFrom(Context context, int handle) {
        return Lifetime.whileOpen(
                () -> new DeviceMemory(
                        IMPORT.invoke("device memory " + handle + " of " + context, context.pointer(), handle),
                        context,
                        true,
                        Long.MAX_VALUE),
                context);
    }

    /**
     * Copies to the device (ibv_memcpy_to_dm).
     *
     * @param offset in the device's memory, in bytes
     * @param from native
     * @throws IllegalArgumentException when that is not within the memory, or from is on the heap; of imported memory only the device
     *     knows the size
     */
    public void write(long offset, MemorySegment from) {
        NativeData.readable(from);
        requireWithin(offset, from.byteSize());
        MEMCPY_TO.invoke(toString(), copyTo, this, offset, from, from.byteSize());
    }

    /**
     * Copies from the device (ibv_memcpy_from_dm).
     *
     * @param offset in the device's memory, in bytes
     * @param to native and writable; is filled
     * @throws IllegalArgumentException as {@link #write}, and when to is read-only
     */
    public void read(long offset, MemorySegment to) {
        NativeData.writable(to);
        requireWithin(offset, to.byteSize());
        MEMCPY_FROM.invoke(toString(), copyFrom, to, this, offset, to.byteSize());
    }

    /**
     * The memory as a dma-buf, for other devices to reach (ibv_dm_export_dmabuf_fd(3)).
     *
     * @return a new descriptor, the caller's to close
     * @throws VerbsException EOPNOTSUPP when the device cannot
     * @throws UnsupportedOperationException before rdma-core 62
     */
    public int exportDmabuf() {
        return EXPORT.invoke(toString(), this);
    }

    /** The kernel's number of it in this context, which another context over the same open file imports it by. */
    public int handle() {
        requireOpen();
        return handle;
    }

    /** Returns when such a part is there, as far as the size is known. */
    void requireWithin(long offset, long length) {
        Ranges.requireWithin(toString(), offset, length, byteSize);
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (imported) {
            LibIbverbs.ibv_unimport_dm(closing);
        } else {
            FREE.invoke(
                    toString(),
                    ExtendedContext.operation(
                            context.pointer(), verbs_context.free_dm$offset(), FREE.name(), toString()),
                    closing);
        }
    }

    @Override
    public String toString() {
        return "device memory of " + context.device().name();
    }
}
