package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_dmah;
import io.ffmiser.verbs.gen.ibv_dmah_init_attr;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How a device's accesses to memory are to be routed: by hints in PCI Express transactions (TPH), which a {@link MemoryRegion} is registered with
 * ({@link MemoryRegionAttributes#dmaHandle}). A child of its {@link Context}, and a parent of the regions; thread-safe. Needs rdma-core 59.
 */
public final class DmaHandle extends NativeObject {
    private static final NativeCall.ToPointer ALLOC = new NativeCall.ToPointer(
            "ibv_alloc_dmah", LibIbverbs::ibv_alloc_dmah$address, LibIbverbs::ibv_alloc_dmah$descriptor);
    private static final NativeCall.ToErrno DEALLOC = new NativeCall.ToErrno(
            "ibv_dealloc_dmah", LibIbverbs::ibv_dealloc_dmah$address, LibIbverbs::ibv_dealloc_dmah$descriptor);

    /** What a handle says (struct ibv_dmah_init_attr). Each method changes this object and returns it; what is not set is not said. */
    public static final class Attributes {
        private int mask;
        private int cpu;
        private byte processingHint;
        private byte memoryType;

        /**
         * The processor that will use the data, whose cache is meant (cpu_id).
         *
         * @param number as the kernel counts them
         */
        public Attributes cpu(int number) {
            mask |= LibIbverbs.IBV_DMAH_INIT_ATTR_MASK_CPU_ID();
            cpu = number;
            return this;
        }

        /**
         * How the data will be used (ph): PCI Express' processing hint.
         *
         * @param hint 0 to 3
         */
        public Attributes processingHint(int hint) {
            processingHint = (byte) Ranges.require("processing hint", hint, 0, 3);
            mask |= LibIbverbs.IBV_DMAH_INIT_ATTR_MASK_PH();
            return this;
        }

        /** What kind of memory it is (tph_mem_type). */
        public Attributes memoryType(TphMemoryType type) {
            mask |= LibIbverbs.IBV_DMAH_INIT_ATTR_MASK_TPH_MEM_TYPE();
            memoryType = (byte) type.value();
            return this;
        }

        private MemorySegment write(Arena arena) {
            MemorySegment attr = ibv_dmah_init_attr.allocate(arena);
            ibv_dmah_init_attr.comp_mask(attr, mask);
            ibv_dmah_init_attr.cpu_id(attr, cpu);
            ibv_dmah_init_attr.ph(attr, processingHint);
            ibv_dmah_init_attr.tph_mem_type(attr, memoryType);
            return attr;
        }
    }

    private final Context context;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private DmaHandle(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_dmah.sizeof()), context);
        this.context = context;
    }

    /**
     * A new handle (ibv_alloc_dmah(3)).
     *
     * @throws VerbsException EOPNOTSUPP when the device or the kernel has none
     * @throws UnsupportedOperationException before rdma-core 59
     */
    public static DmaHandle allocate(Context context, Attributes attributes) {
        try (Arena arena = Arena.ofConfined()) {
            return Lifetime.whileOpen(
                    () -> new DmaHandle(ALLOC.invoke(context.toString(), context, attributes.write(arena)), context),
                    context);
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DEALLOC.invoke(toString(), closing);
    }

    @Override
    public String toString() {
        return "DMA handle of " + context.device().name();
    }
}
