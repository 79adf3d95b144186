package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory that is allocated as the device's provider wants it (ibv_alloc_buf(3)), such as outside of a confidential guest's protected memory.
 * {@link MemoryRegionAttributes#buffer} registers it, in the domain that it was allocated in.
 *
 * <p>A child of its {@link ProtectionDomain}, and a parent of the regions; thread-safe. Needs rdma-core 64.
 */
public final class ProviderBuffer extends NativeObject {
    private static final NativeCall.ToPointer ALLOC = new NativeCall.ToPointer(
            "ibv_alloc_buf", LibIbverbs::ibv_alloc_buf$address, LibIbverbs::ibv_alloc_buf$descriptor);
    private static final NativeCall.ToMinusOne EXPORT = new NativeCall.ToMinusOne(
            "ibv_export_buf_dmabuf_fd",
            LibIbverbs::ibv_export_buf_dmabuf_fd$address,
            LibIbverbs::ibv_export_buf_dmabuf_fd$descriptor);

    private final ProtectionDomain domain;
    private final Arena arena;
    private final MemorySegment memory;

    @SuppressWarnings({"restricted", "MustBeClosedChecker"}) // as long as was asked for; destroy closes the arena
    private ProviderBuffer(MemorySegment handle, MemorySegment address, long byteSize, ProtectionDomain domain) {
        super(handle, domain);
        this.domain = domain;
        this.arena = Arena.ofShared();
        this.memory = address.reinterpret(byteSize, arena, null);
    }

    /**
     * Allocates.
     *
     * @param byteSize more than 0
     * @throws VerbsException ENOMEM, or EOPNOTSUPP when the provider cannot
     * @throws UnsupportedOperationException before rdma-core 64
     */
    public static ProviderBuffer allocate(ProtectionDomain domain, long byteSize) {
        Ranges.require("bytes", byteSize, 1, Long.MAX_VALUE);
        return Lifetime.whileOpen(() -> allocated(domain, byteSize), domain);
    }

    private static ProviderBuffer allocated(ProtectionDomain domain, long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment address = ALLOC.invoke(byteSize + " bytes in " + domain, domain, byteSize, out);
            return new ProviderBuffer(out.get(ValueLayout.ADDRESS, 0), address, byteSize, domain);
        }
    }

    /** The memory, at least page-aligned. It lives until {@link #close}; a use after that throws {@link IllegalStateException}. */
    public MemorySegment memory() {
        return memory;
    }

    public ProtectionDomain protectionDomain() {
        return domain;
    }

    /**
     * The memory as a dma-buf, to be shared with another device's library (ibv_export_buf_dmabuf_fd).
     *
     * @return a new descriptor, the caller's to close
     * @throws VerbsException ENODATA when the memory is no dma-buf
     * @throws UnsupportedOperationException before rdma-core 65
     */
    public int exportDmabuf() {
        return EXPORT.invoke(toString(), this);
    }

    /** Frees the memory (ibv_free_buf(3)); an {@link IllegalStateException} while an access to it is under way. */
    @Override
    protected void destroy(MemorySegment closing) {
        arena.close();
        LibIbverbs.ibv_free_buf(closing);
    }

    @Override
    public String toString() {
        return "buffer of " + memory.byteSize() + " bytes in " + domain;
    }
}
