package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_mr;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the device may reach, as far as its access flags say: by {@link #lkey} in local work, by {@link #rkey} from a peer.
 *
 * <p>Closing deregisters; only after that may the memory go. A region from {@link #allocate} owns its memory and frees it then. Memory that
 * came from outside must live until then: an arena closed earlier takes the pages from under the device. Thread-safe.
 */
public final class MemoryRegion extends NativeObject {
    private static final long PAGE = 4096;

    private static final String ADVICE =
            "the memory may not be locked (RLIMIT_MEMLOCK): raise it with ulimit -l unlimited,"
                    + " with LimitMEMLOCK=infinity in a systemd unit, or give the process CAP_IPC_LOCK";

    private static final NativeCall.ToPointer REG = new NativeCall.ToPointer(
            "ibv_reg_mr", LibIbverbs::ibv_reg_mr$address, LibIbverbs::ibv_reg_mr$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_IOVA = new NativeCall.ToPointer(
            "ibv_reg_mr_iova", LibIbverbs::ibv_reg_mr_iova$address, LibIbverbs::ibv_reg_mr_iova$descriptor, ADVICE);
    private static final NativeCall.ToPointer REG_IOVA2 = new NativeCall.ToPointer(
            "ibv_reg_mr_iova2", LibIbverbs::ibv_reg_mr_iova2$address, LibIbverbs::ibv_reg_mr_iova2$descriptor, ADVICE);
    private static final NativeCall.ToErrno DEREG = new NativeCall.ToErrno(
            "ibv_dereg_mr", LibIbverbs::ibv_dereg_mr$address, LibIbverbs::ibv_dereg_mr$descriptor);

    private final ProtectionDomain domain;
    private final MemorySegment memory;
    private final @Nullable Arena arena;
    private boolean deregistered;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private MemoryRegion(MemorySegment pointer, ProtectionDomain domain, MemorySegment memory, @Nullable Arena arena) {
        super(pointer.reinterpret(ibv_mr.sizeof()), domain);
        this.domain = domain;
        this.memory = memory;
        this.arena = arena;
    }

    /**
     * Registers memory of the caller's (ibv_reg_mr(3)). A peer addresses it by its own addresses, or from 0 with
     * {@link AccessFlag#ZERO_BASED}.
     *
     * @param memory native; must outlive the region
     * @throws VerbsException ENOMEM when it may not be locked; the message says what to raise
     */
    public static MemoryRegion register(ProtectionDomain domain, MemorySegment memory, Set<AccessFlag> access) {
        return new MemoryRegion(registered(domain, memory, access), domain, memory, null);
    }

    /**
     * Registers memory of the caller's under addresses of his choice (ibv_reg_mr_iova(3)).
     *
     * @param memory native; must outlive the region
     * @param iova the address of its first byte in work requests and for peers; as far into its page as the memory is
     */
    public static MemoryRegion register(
            ProtectionDomain domain, MemorySegment memory, long iova, Set<AccessFlag> access) {
        int bits = (int) Constants.bits(access);
        NativeCall.ToPointer call = isOptional(bits) ? REG_IOVA2 : REG_IOVA;
        MemorySegment pointer = call.invoke(
                describe(domain, memory), domain.pointer(), requireNative(memory), memory.byteSize(), iova, bits);
        return new MemoryRegion(pointer, domain, memory, null);
    }

    /**
     * Allocates zeroed, page-aligned memory that lives as long as the region, and registers it.
     *
     * @param byteSize more than 0
     * @throws VerbsException ENOMEM when it may not be locked; the message says what to raise
     */
    @SuppressWarnings("MustBeClosedChecker") // destroy closes the arena
    public static MemoryRegion allocate(ProtectionDomain domain, long byteSize, Set<AccessFlag> access) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = arena.allocate(byteSize, PAGE);
            return new MemoryRegion(registered(domain, memory, access), domain, memory, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** As the macro that stands before ibv_reg_mr in verbs.h: the first function of old refuses flags that a device may ignore. */
    private static MemorySegment registered(ProtectionDomain domain, MemorySegment memory, Set<AccessFlag> access) {
        int bits = (int) Constants.bits(access);
        String object = describe(domain, memory);
        MemorySegment at = requireNative(memory);
        return isOptional(bits)
                ? REG_IOVA2.invoke(object, domain.pointer(), at, memory.byteSize(), memory.address(), bits)
                : REG.invoke(object, domain.pointer(), at, memory.byteSize(), bits);
    }

    private static boolean isOptional(int bits) {
        return (bits & LibIbverbs.IBV_ACCESS_OPTIONAL_RANGE()) != 0;
    }

    private static MemorySegment requireNative(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("only native memory can be registered: allocate it from an Arena");
        }
        return memory;
    }

    private static String describe(ProtectionDomain domain, MemorySegment memory) {
        return memory.byteSize() + " bytes in " + domain;
    }

    public ProtectionDomain protectionDomain() {
        return domain;
    }

    /**
     * The memory.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public MemorySegment memory() {
        requireOpen();
        return memory;
    }

    /** What work requests of this side name the memory by: 32 bits, all of them. */
    public int lkey() {
        return ibv_mr.lkey(pointer());
    }

    /** What a peer names the memory by: 32 bits, in the machine's byte order. */
    public int rkey() {
        return ibv_mr.rkey(pointer());
    }

    /** The kernel's number of it in this context, which another process that shares the context's file imports it by. */
    public int handle() {
        return ibv_mr.handle(pointer());
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (!deregistered) {
            DEREG.invoke(toString(), closing);
            deregistered = true; // a second close after the arena refused, being in use, starts from here
        }
        if (arena != null) {
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "memory region of " + memory.byteSize() + " bytes on "
                + domain.context().device().name();
    }
}
