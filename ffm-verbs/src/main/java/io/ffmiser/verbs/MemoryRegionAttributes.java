package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_mr_init_attr;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeData;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a region is to be of, and how ({@code struct ibv_mr_init_attr}, ibv_reg_mr_ex in ibv_reg_mr(3)): {@link MemoryRegion#register(ProtectionDomain,
 * MemoryRegionAttributes)}. One of {@link #memory}, {@link #borrowedMemory}, {@link #dmabuf} and {@link #buffer} says of what. Each method changes
 * this object and returns it. Not thread-safe.
 */
public final class MemoryRegionAttributes {
    private long mask;
    private boolean hasSource;
    private long byteSize;
    private int access;
    private long iova;
    private @Nullable MemorySegment memory;
    private boolean borrowed;
    private int fd;
    private long fdOffset;
    private @Nullable DmaHandle dmaHandle;
    private @Nullable ProviderBuffer buffer;

    /**
     * Memory of the caller's that nobody can close (addr, length): of the global arena, or of an automatic one, which the region keeps reachable.
     *
     * @param segment native, and writable where the access is
     */
    public MemoryRegionAttributes memory(MemorySegment segment) {
        NativeData.readable(segment);
        source(LibIbverbs.IBV_REG_MR_MASK_ADDR());
        memory = segment;
        byteSize = segment.byteSize();
        return this;
    }

    /**
     * Memory that the caller keeps open until the region is closed (addr, length), as for {@link MemoryRegion#registerBorrowed(ProtectionDomain,
     * MemorySegment, Set)}.
     *
     * @param segment native, and writable where the access is
     */
    public MemoryRegionAttributes borrowedMemory(MemorySegment segment) {
        memory(segment);
        borrowed = true;
        return this;
    }

    /**
     * Memory that the kernel shares as a dma-buf (fd, fd_offset, length).
     *
     * @param descriptor stays the caller's
     * @param offset where the region begins in it, in bytes
     * @param length in bytes, at least 1
     */
    public MemoryRegionAttributes dmabuf(int descriptor, long offset, long length) {
        Ranges.require("descriptor", descriptor, 0, Integer.MAX_VALUE);
        Ranges.require("offset", offset, 0, Long.MAX_VALUE);
        Ranges.require("bytes", length, 1, Long.MAX_VALUE);
        source(LibIbverbs.IBV_REG_MR_MASK_FD() | LibIbverbs.IBV_REG_MR_MASK_FD_OFFSET());
        fd = descriptor;
        fdOffset = offset;
        byteSize = length;
        return this;
    }

    /**
     * A part of a buffer of the provider's (buf, addr, length); the region is registered in the buffer's domain.
     *
     * @param offset where the region begins in it, in bytes
     */
    public MemoryRegionAttributes buffer(ProviderBuffer from, long offset, long length) {
        MemorySegment part = from.memory().asSlice(offset, length);
        source(LibIbverbs.IBV_REG_MR_MASK_BUF() | LibIbverbs.IBV_REG_MR_MASK_ADDR());
        buffer = from;
        memory = part;
        byteSize = length;
        return this;
    }

    private void source(int bits) {
        if (hasSource) {
            throw new IllegalStateException("what the region is of was said already");
        }
        hasSource = true;
        mask |= bits;
    }

    /** What may be done to it (access). */
    public MemoryRegionAttributes access(Set<AccessFlag> flags) {
        return access((int) Constants.bits(flags));
    }

    /** As {@link #access(Set)}, of bits that may have no constant here. */
    public MemoryRegionAttributes access(int bits) {
        access = bits;
        return this;
    }

    /** The address of its first byte in work requests and for peers (iova). */
    public MemoryRegionAttributes iova(long address) {
        mask |= LibIbverbs.IBV_REG_MR_MASK_IOVA();
        iova = address;
        return this;
    }

    /** How accesses are routed (dmah). */
    public MemoryRegionAttributes dmaHandle(DmaHandle handle) {
        mask |= LibIbverbs.IBV_REG_MR_MASK_DMAH();
        dmaHandle = handle;
        return this;
    }

    /** What the region's memory is in this process; null of a dma-buf. */
    @Nullable
    MemorySegment memory() {
        return memory;
    }

    /** Whether the caller or the buffer, which is a parent, keeps the memory open. */
    boolean isKeptOpen() {
        return borrowed || buffer != null;
    }

    long byteSize() {
        return byteSize;
    }

    /** The flags among the bits of the access that have a constant here. */
    Set<AccessFlag> access() {
        EnumSet<AccessFlag> flags = EnumSet.noneOf(AccessFlag.class);
        for (AccessFlag flag : AccessFlag.values()) {
            if ((access & flag.value()) != 0) {
                flags.add(flag);
            }
        }
        return flags;
    }

    /** The address of the first byte in work requests; the other where none was set. */
    long iovaOr(long otherwise) {
        return (mask & LibIbverbs.IBV_REG_MR_MASK_IOVA()) != 0 ? iova : otherwise;
    }

    /** What must outlive the region. */
    NativeObject[] parents(ProtectionDomain domain) {
        List<NativeObject> parents = new ArrayList<>(List.of(domain));
        if (dmaHandle != null) {
            parents.add(dmaHandle);
        }
        if (buffer != null) {
            parents.add(buffer);
        }
        return parents.toArray(new NativeObject[0]);
    }

    MemorySegment write(SegmentAllocator allocator) {
        if (!hasSource) {
            throw new IllegalStateException("what is the region of? set memory, dmabuf or buffer");
        }
        MemorySegment attr = allocator.allocate(ibv_mr_init_attr.layout()).fill((byte) 0);
        ibv_mr_init_attr.length(attr, byteSize);
        ibv_mr_init_attr.access(attr, access);
        ibv_mr_init_attr.comp_mask(attr, mask);
        ibv_mr_init_attr.iova(attr, iova);
        ibv_mr_init_attr.addr(attr, memory != null ? memory : MemorySegment.NULL);
        ibv_mr_init_attr.fd(attr, fd);
        ibv_mr_init_attr.fd_offset(attr, fdOffset);
        ibv_mr_init_attr.dmah(attr, dmaHandle != null ? dmaHandle.pointer() : MemorySegment.NULL);
        ibv_mr_init_attr.buf(attr, buffer != null ? buffer.pointer() : MemorySegment.NULL);
        return attr;
    }

    /** Such as {@code 4096 bytes}. */
    @Override
    public String toString() {
        return byteSize + " bytes" + (buffer != null ? " of " + buffer : fd != 0 ? " of dma-buf " + fd : "");
    }
}
