package io.ffmiser.verbs;

import io.ffmiser.verbs.ReregistrationException.Remains;
import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_mr;
import io.ffmiser.verbs.gen.ibv_sge;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeData;
import io.ffmiser.verbs.internal.NativeObject;
import io.ffmiser.verbs.internal.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the device may reach, as far as its access flags say: by {@link #lkey} in local work, by {@link #rkey} from a peer.
 *
 * <p>Closing deregisters; only after that may the memory go. A region from {@link #allocate} owns its memory and frees it then, one from
 * {@link #register(ProtectionDomain, MemorySegment, Set) register} has memory that nobody can close, and keeps it. Only
 * {@link #registerBorrowed(ProtectionDomain, MemorySegment, Set) registerBorrowed} takes memory that can be closed, which the caller promises not to do.
 *
 * <p>A child of its {@link ProtectionDomain}. Thread-safe, closing as the {@linkplain io.ffmiser.verbs package} says, but for {@link #reregister}, which must
 * not overlap with any use.
 */
public final class MemoryRegion extends NativeObject {
    private static final String ADVICE =
            "the memory may not be locked (RLIMIT_MEMLOCK): raise it with ulimit -l unlimited,"
                    + " with LimitMEMLOCK=infinity in a systemd unit, or give the process CAP_IPC_LOCK";

    private static final NativeCall.ToPointer REG = new NativeCall.ToPointer(
            "ibv_reg_mr", LibIbverbs::ibv_reg_mr$address, LibIbverbs::ibv_reg_mr$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_IOVA = new NativeCall.ToPointer(
            "ibv_reg_mr_iova", LibIbverbs::ibv_reg_mr_iova$address, LibIbverbs::ibv_reg_mr_iova$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_IOVA2 = new NativeCall.ToPointer(
            "ibv_reg_mr_iova2", LibIbverbs::ibv_reg_mr_iova2$address, LibIbverbs::ibv_reg_mr_iova2$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_DMABUF = new NativeCall.ToPointer(
            "ibv_reg_dmabuf_mr", LibIbverbs::ibv_reg_dmabuf_mr$address, LibIbverbs::ibv_reg_dmabuf_mr$descriptor);
    private static final NativeCall.ToPointer REG_EX = new NativeCall.ToPointer(
            "ibv_reg_mr_ex", LibIbverbs::ibv_reg_mr_ex$address, LibIbverbs::ibv_reg_mr_ex$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_BUF = new NativeCall.ToPointer(
            "ibv_reg_buf_mr", LibIbverbs::ibv_reg_buf_mr$address, LibIbverbs::ibv_reg_buf_mr$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_DM =
            new NativeCall.ToPointer("ibv_reg_dm_mr", verbs_context.reg_dm_mr::descriptor);
    private static final NativeCall.ToPointer ALLOC_NULL =
            new NativeCall.ToPointer("ibv_alloc_null_mr", verbs_context.alloc_null_mr::descriptor);
    private static final NativeCall.ToPointer IMPORT = new NativeCall.ToPointer(
            "ibv_import_mr", LibIbverbs::ibv_import_mr$address, LibIbverbs::ibv_import_mr$descriptor);
    private static final NativeCall.ToCode REREG = new NativeCall.ToCode(
            "ibv_rereg_mr", LibIbverbs::ibv_rereg_mr$address, LibIbverbs::ibv_rereg_mr$descriptor);
    private static final NativeCall.ToErrno ADVISE =
            new NativeCall.ToErrno("ibv_advise_mr", verbs_context.advise_mr::descriptor);
    private static final NativeCall.ToErrno DEREG = new NativeCall.ToErrno(
            "ibv_dereg_mr", LibIbverbs::ibv_dereg_mr$address, LibIbverbs::ibv_dereg_mr$descriptor);

    /**
     * Where a region lies.
     *
     * @param memory of this process, or null
     * @param base the address of its first byte in work requests
     * @param size in bytes; negative where only its registrar knows it
     * @param access what may be done to it, where it is memory of this process
     */
    private record Place(@Nullable MemorySegment memory, long base, long size, Set<AccessFlag> access) {
        static final Place UNKNOWN = elsewhere(0, -1);
        static final Place EVERYTHING = elsewhere(0, Long.MAX_VALUE);

        static Place elsewhere(long base, long size) {
            return new Place(null, base, size, Set.of());
        }

        static Place of(MemorySegment memory, Set<AccessFlag> access) {
            return new Place(
                    memory,
                    access.contains(AccessFlag.ZERO_BASED) ? 0 : memory.address(),
                    memory.byteSize(),
                    Set.copyOf(access));
        }
    }

    /** Keeps the memory of automatic arenas reachable while the device may use it, also when the caller has forgotten the region. */
    private static final Set<MemoryRegion> REGISTERED = ConcurrentHashMap.newKeySet();

    private final boolean imported;
    private ProtectionDomain domain;
    private Place place;
    private int lkey;
    private int rkey;
    private final int handle;
    private @Nullable Arena arena;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private MemoryRegion(
            MemorySegment pointer,
            ProtectionDomain domain,
            Place place,
            @Nullable Arena arena,
            boolean imported,
            NativeObject... parents) {
        super(pointer.reinterpret(ibv_mr.sizeof()), parents);
        this.domain = domain;
        this.place = place;
        this.arena = arena;
        this.imported = imported;
        this.handle = ibv_mr.handle(pointer());
        readKeys();
        keepReachable();
    }

    private void keepReachable() {
        if (place.memory() != null) {
            REGISTERED.add(this);
        }
    }

    private void readKeys() {
        lkey = ibv_mr.lkey(pointer());
        rkey = ibv_mr.rkey(pointer());
    }

    /**
     * Registers memory of the caller's that nobody can close (ibv_reg_mr(3)): of the global arena, or of an automatic one, which the region keeps
     * reachable. A peer addresses it by its own addresses, or from 0 with {@link AccessFlag#ZERO_BASED}.
     *
     * @param memory native, and writable where the access is
     * @throws IllegalArgumentException when its arena can be closed while the device writes to it: use {@link #allocate} or
     *     {@link #registerBorrowed(ProtectionDomain, MemorySegment, Set) registerBorrowed}
     * @throws VerbsException ENOMEM when it may not be locked; the message says what to raise
     */
    public static MemoryRegion register(ProtectionDomain domain, MemorySegment memory, Set<AccessFlag> access) {
        usable(memory, access);
        requireUncloseable(memory);
        return registerBorrowed(domain, memory, access);
    }

    /**
     * As {@link #register(ProtectionDomain, MemorySegment, Set)}, under addresses of the caller's choice (ibv_reg_mr_iova(3)).
     *
     * @param iova the address of its first byte in work requests and for peers; as far into its page as the memory is
     */
    public static MemoryRegion register(
            ProtectionDomain domain, MemorySegment memory, long iova, Set<AccessFlag> access) {
        usable(memory, access);
        requireUncloseable(memory);
        return registerBorrowed(domain, memory, iova, access);
    }

    /**
     * Registers memory that the caller keeps open until the region is closed (ibv_reg_mr(3)). Nothing here can keep a shared or confined arena
     * open: when it is closed earlier, a peer's RDMA Write lands in whatever has the memory next.
     *
     * @param memory native, and writable where the access is
     * @throws VerbsException ENOMEM when it may not be locked; the message says what to raise
     */
    public static MemoryRegion registerBorrowed(ProtectionDomain domain, MemorySegment memory, Set<AccessFlag> access) {
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        registered(domain, memory, access), domain, Place.of(memory, access), null, false, domain),
                domain);
    }

    /**
     * As {@link #registerBorrowed(ProtectionDomain, MemorySegment, Set)}, under addresses of the caller's choice (ibv_reg_mr_iova(3)).
     *
     * @param iova the address of its first byte in work requests and for peers; as far into its page as the memory is
     */
    public static MemoryRegion registerBorrowed(
            ProtectionDomain domain, MemorySegment memory, long iova, Set<AccessFlag> access) {
        int bits = (int) Constants.bits(access);
        NativeCall.ToPointer call = isOptional(bits) ? REG_IOVA2 : REG_IOVA;
        Place place = new Place(memory, iova, memory.byteSize(), Set.copyOf(access));
        MemorySegment at = usable(memory, access);
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        call.invoke(describe(domain, memory), domain.pointer(), at, memory.byteSize(), iova, bits),
                        domain,
                        place,
                        null,
                        false,
                        domain),
                domain);
    }

    private static void requireUncloseable(MemorySegment memory) {
        if (!NativeData.isUncloseable(memory)) {
            throw new IllegalArgumentException(
                    "the memory's arena can be closed while the device writes to it: use"
                            + " MemoryRegion.allocate, an automatic or the global arena, or registerBorrowed when you keep it open");
        }
    }

    /**
     * Allocates zeroed, page-aligned memory that lives as long as the region, and registers it.
     *
     * @param byteSize more than 0
     * @throws VerbsException ENOMEM when it may not be locked; the message says what to raise
     */
    @SuppressWarnings("MustBeClosedChecker") // destroy closes the arena
    public static MemoryRegion allocate(ProtectionDomain domain, long byteSize, Set<AccessFlag> access) {
        Ranges.require("bytes", byteSize, 1, Long.MAX_VALUE);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = arena.allocate(byteSize, Platform.pageBytes());
            return Lifetime.whileOpen(
                    () -> new MemoryRegion(
                            registered(domain, memory, access), domain, Place.of(memory, access), arena, false, domain),
                    domain);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /**
     * The whole address space of the process, paged in as it is used: implicit on-demand paging (ibv_reg_mr(3)).
     *
     * @throws VerbsException when the device lacks {@link OdpCapability#IMPLICIT}
     */
    public static MemoryRegion registerAddressSpace(ProtectionDomain domain, Set<AccessFlag> access) {
        int bits = (int) Constants.bits(access) | LibIbverbs.IBV_ACCESS_ON_DEMAND();
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        REG.invoke("the address space in " + domain, domain.pointer(), MemorySegment.NULL, -1L, bits),
                        domain,
                        Place.EVERYTHING,
                        null,
                        false,
                        domain),
                domain);
    }

    /**
     * Registers memory of another device, which the kernel shares as a dma-buf (ibv_reg_dmabuf_mr(3)).
     *
     * @param fd the dma-buf's descriptor; stays the caller's
     * @param offset where the region begins in it, in bytes
     * @param iova the address of the first byte in work requests and for peers; as far into its page as the offset is
     * @throws VerbsException EOPNOTSUPP when the device cannot reach dma-bufs, EBADF when this is none
     */
    public static MemoryRegion registerDmabuf(
            ProtectionDomain domain, int fd, long offset, long byteSize, long iova, Set<AccessFlag> access) {
        Ranges.require("descriptor", fd, 0, Integer.MAX_VALUE);
        Ranges.require("offset", offset, 0, Long.MAX_VALUE);
        Ranges.require("bytes", byteSize, 1, Long.MAX_VALUE);
        String object = "dma-buf " + fd + " in " + domain;
        int bits = (int) Constants.bits(access);
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        REG_DMABUF.invoke(object, domain.pointer(), offset, byteSize, iova, fd, bits),
                        domain,
                        Place.elsewhere(iova, byteSize),
                        null,
                        false,
                        domain),
                domain);
    }

    /**
     * Registers what the attributes say (ibv_reg_mr_ex in ibv_reg_mr(3)). A child of the domain, and of the DMA handle and the buffer among them.
     *
     * @throws IllegalArgumentException when something is of another device than the domain, or the memory may not be used so
     * @throws VerbsException ENOMEM when it may not be locked, EOPNOTSUPP for what the device cannot
     * @throws UnsupportedOperationException before rdma-core 59
     */
    public static MemoryRegion register(ProtectionDomain domain, MemoryRegionAttributes attributes) {
        NativeObject[] parents = attributes.parents(domain);
        return Lifetime.whileOpen(
                () -> {
                    SameDevice.require(domain, parents);
                    Place place = placeOf(attributes);
                    try (Arena scratch = Arena.ofConfined()) {
                        MemorySegment pointer =
                                REG_EX.invoke(attributes + " in " + domain, domain, attributes.write(scratch));
                        return new MemoryRegion(pointer, domain, place, null, false, parents);
                    }
                },
                parents);
    }

    private static Place placeOf(MemoryRegionAttributes attributes) {
        MemorySegment memory = attributes.memory();
        if (memory == null) {
            return Place.elsewhere(attributes.iovaOr(0), attributes.byteSize());
        }
        Set<AccessFlag> access = attributes.access();
        usable(memory, access);
        if (!attributes.isKeptOpen()) {
            requireUncloseable(memory);
        }
        Place place = Place.of(memory, access);
        return new Place(memory, attributes.iovaOr(place.base()), place.size(), place.access());
    }

    /**
     * Registers a part of a buffer of the provider's, in the buffer's domain (ibv_reg_buf_mr in ibv_alloc_buf(3)). A child of both.
     *
     * @param offset where the region begins in the buffer, in bytes
     */
    public static MemoryRegion register(ProviderBuffer buffer, long offset, long byteSize, Set<AccessFlag> access) {
        MemorySegment part = buffer.memory().asSlice(offset, byteSize);
        ProtectionDomain domain = buffer.protectionDomain();
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        REG_BUF.invoke(buffer.toString(), domain.pointer(), buffer.pointer(), part, byteSize, (int)
                                Constants.bits(access)),
                        domain,
                        Place.of(part, access),
                        null,
                        false,
                        domain,
                        buffer),
                domain,
                buffer);
    }

    /**
     * Registers a part of a device's own memory (ibv_reg_dm_mr(3)). Work requests and peers address it from 0.
     *
     * @param offset where the region begins in the device memory, in bytes
     * @throws IllegalArgumentException when that is not within the device memory, or it is of another device than the domain
     */
    public static MemoryRegion register(
            ProtectionDomain domain, DeviceMemory memory, long offset, long byteSize, Set<AccessFlag> access) {
        return Lifetime.whileOpen(() -> registered(domain, memory, offset, byteSize, access), domain, memory);
    }

    private static MemoryRegion registered(
            ProtectionDomain domain, DeviceMemory memory, long offset, long byteSize, Set<AccessFlag> access) {
        memory.requireWithin(offset, byteSize);
        SameDevice.require(domain, memory);
        String object = memory + " in " + domain;
        MemorySegment pointer = REG_DM.invoke(
                object,
                operation(domain, verbs_context.reg_dm_mr$offset(), REG_DM, object),
                domain.pointer(),
                memory.pointer(),
                offset,
                byteSize,
                (int) (Constants.bits(access) | LibIbverbs.IBV_ACCESS_ZERO_BASED()));
        return new MemoryRegion(pointer, domain, Place.elsewhere(0, byteSize), null, false, domain, memory);
    }

    /**
     * A region without memory: what is written to it is dropped, what is read from it is zero (ibv_alloc_null_mr(3)).
     *
     * @throws VerbsException EOPNOTSUPP when the device has no such region
     */
    public static MemoryRegion allocateNull(ProtectionDomain domain) {
        String object = "a null region in " + domain;
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        ALLOC_NULL.invoke(
                                object,
                                operation(domain, verbs_context.alloc_null_mr$offset(), ALLOC_NULL, object),
                                domain.pointer()),
                        domain,
                        Place.EVERYTHING,
                        null,
                        false,
                        domain),
                domain);
    }

    /**
     * A region that another context over the same open file registered (ibv_import_mr(3)). Closing it forgets it here (ibv_unimport_mr(3));
     * it stays registered until its registrar closes it.
     *
     * @param handle what {@link #handle} is there
     */
    public static MemoryRegion importFrom(ProtectionDomain domain, int handle) {
        return Lifetime.whileOpen(
                () -> new MemoryRegion(
                        IMPORT.invoke("region " + handle + " in " + domain, domain.pointer(), handle),
                        domain,
                        Place.UNKNOWN,
                        null,
                        true,
                        domain),
                domain);
    }

    /** As the macro that stands before ibv_reg_mr in verbs.h: the first function of old refuses flags that a device may ignore. */
    private static MemorySegment registered(ProtectionDomain domain, MemorySegment memory, Set<AccessFlag> access) {
        int bits = (int) Constants.bits(access);
        String object = describe(domain, memory);
        MemorySegment at = usable(memory, access);
        return isOptional(bits)
                ? REG_IOVA2.invoke(object, domain.pointer(), at, memory.byteSize(), memory.address(), bits)
                : REG.invoke(object, domain.pointer(), at, memory.byteSize(), bits);
    }

    private static MemorySegment operation(ProtectionDomain domain, long offset, NativeCall call, String object) {
        return ExtendedContext.operation(domain.context().pointer(), offset, call.name(), object);
    }

    private static boolean isOptional(int bits) {
        return (bits & LibIbverbs.IBV_ACCESS_OPTIONAL_RANGE()) != 0;
    }

    private static MemorySegment usable(MemorySegment memory, Set<AccessFlag> access) {
        return access.contains(AccessFlag.LOCAL_WRITE)
                        || access.contains(AccessFlag.REMOTE_WRITE)
                        || access.contains(AccessFlag.REMOTE_ATOMIC)
                ? NativeData.writable(memory)
                : NativeData.readable(memory);
    }

    private static String describe(ProtectionDomain domain, MemorySegment memory) {
        return memory.byteSize() + " bytes in " + domain;
    }

    /** Whether the caller has said that he keeps the memory open. */
    private boolean isBorrowed() {
        MemorySegment here = place.memory();
        return here != null && arena == null && !NativeData.isUncloseable(here);
    }

    /**
     * Changes the region in place (ibv_rereg_mr(3)). Its keys may change. No work that names it may be under way.
     *
     * @param newDomain the domain it moves to, or null to stay
     * @param newMemory native memory of the caller's, or null to keep its memory; as for {@link #register(ProtectionDomain, MemorySegment, Set)},
     *     or as for {@link #registerBorrowed(ProtectionDomain, MemorySegment, Set)} where the region's memory is borrowed; memory that the
     *     region owned is freed
     * @param newAccess what may be done to it, or null to keep that
     * @throws ReregistrationException with what remains of the region
     */
    public void reregister(
            @Nullable ProtectionDomain newDomain,
            @Nullable MemorySegment newMemory,
            @Nullable Set<AccessFlag> newAccess) {
        NativeObject[] open = newDomain == null ? new NativeObject[] {this} : new NativeObject[] {this, newDomain};
        Lifetime.whileOpen(() -> changed(newDomain, newMemory, newAccess), open);
    }

    private void changed(
            @Nullable ProtectionDomain newDomain,
            @Nullable MemorySegment newMemory,
            @Nullable Set<AccessFlag> newAccess) {
        if (newDomain != null) {
            SameDevice.require(this, newDomain);
        }
        Set<AccessFlag> wanted = newAccess != null ? newAccess : place.access();
        if (newMemory != null) {
            usable(newMemory, wanted);
            if (!isBorrowed()) {
                requireUncloseable(newMemory);
            }
        }
        int changes = (newMemory != null ? LibIbverbs.IBV_REREG_MR_CHANGE_TRANSLATION() : 0)
                | (newDomain != null ? LibIbverbs.IBV_REREG_MR_CHANGE_PD() : 0)
                | (newAccess != null ? LibIbverbs.IBV_REREG_MR_CHANGE_ACCESS() : 0);
        var code = REREG.invoke(
                toString(),
                this,
                changes,
                newDomain != null ? newDomain : MemorySegment.NULL,
                newMemory != null ? newMemory : MemorySegment.NULL,
                newMemory != null ? newMemory.byteSize() : 0L,
                newAccess != null ? (int) Constants.bits(newAccess) : 0);
        if (code.value() == 0 || ReregistrationException.remainsOf(code.value()) == Remains.NEW) {
            if (newDomain != null) {
                moveTo(domain, newDomain);
                domain = newDomain;
            }
            readKeys();
            if (newMemory != null) {
                place = Place.of(newMemory, wanted);
                keepReachable();
                free();
            }
        }
        if (code.value() != 0) {
            throw new ReregistrationException(code.value(), code.errno(), toString());
        }
    }

    /**
     * Tells the device what is about to be done with a part of the region, which must be paged on demand (ibv_advise_mr(3)).
     *
     * @param wait whether to return only when the device has it
     * @param offset in bytes
     */
    public void advise(MemoryAdvice advice, boolean wait, long offset, long byteSize) {
        Objects.checkFromIndexSize(offset, byteSize, memory().byteSize());
        int length = (int) Ranges.require("bytes", byteSize, 0, 0xFFFF_FFFFL);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment range = ibv_sge.allocate(scratch);
            ibv_sge.addr(range, memory().address() + offset);
            ibv_sge.length(range, length);
            ibv_sge.lkey(range, lkey());
            Lifetime.whileOpen(
                    () -> ADVISE.invoke(
                            toString(),
                            operation(domain, verbs_context.advise_mr$offset(), ADVISE, toString()),
                            domain,
                            (int) advice.value(),
                            wait ? LibIbverbs.IBV_ADVISE_MR_FLAG_FLUSH() : 0,
                            range,
                            1),
                    this);
        }
    }

    public ProtectionDomain protectionDomain() {
        return domain;
    }

    /**
     * The memory.
     *
     * @throws IllegalStateException after {@link #close}, and of a region whose memory is not this process's to name: an imported one, one of
     *     device memory or of a dma-buf, a null one
     */
    public MemorySegment memory() {
        requireOpen();
        MemorySegment here = place.memory();
        if (here == null) {
            throw new IllegalStateException(this + " has no memory of this process");
        }
        return here;
    }

    /** What work requests of this side name the memory by: 32 bits, all of them. */
    public int lkey() {
        requireOpen();
        return lkey;
    }

    /** What a peer names the memory by: 32 bits, in the machine's byte order. */
    public int rkey() {
        requireOpen();
        return rkey;
    }

    /** The kernel's number of it in this context, which another context over the same open file imports it by. */
    public int handle() {
        requireOpen();
        return handle;
    }

    /**
     * Where a part of the region begins in work requests.
     *
     * @throws IllegalArgumentException when it is not within the region
     */
    long addressOf(long offset, long byteSize) {
        requireOpen();
        Place here = place;
        if (here.size() < 0) {
            throw new IllegalStateException(this + " was imported, and its place is not known: use plain numbers");
        }
        Ranges.requireWithin("the region", offset, byteSize, here.size());
        return here.base() + offset;
    }

    /** Returns while the processor finds the region's memory at the addresses that work requests use. */
    void requireReadableInline() {
        requireOpen();
        MemorySegment memory = memory();
        NativeData.requireAlive(memory);
        if (place.base() != memory.address()) {
            throw new IllegalStateException(
                    this + " has addresses of its own: data that goes inline is given as a MemorySegment");
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (imported) {
            LibIbverbs.ibv_unimport_mr(closing);
        } else {
            DEREG.invoke(toString(), closing);
        }
        REGISTERED.remove(this);
    }

    /** Closes the region's own arena; refused while a call of another thread uses its memory. */
    @Override
    protected synchronized void free() {
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }

    @Override
    public String toString() {
        MemorySegment here = place.memory();
        return "memory region " + (here != null ? "of " + here.byteSize() + " bytes " : "") + "on "
                + domain.context().device().name();
    }
}
