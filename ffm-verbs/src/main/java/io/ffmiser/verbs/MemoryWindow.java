package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_context_ops;
import io.ffmiser.verbs.gen.ibv_mw;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;

/**
 * A key to a part of a {@link MemoryRegion} that is given and taken by work requests, without the kernel (ibv_alloc_mw(3)). A child of its
 * {@link ProtectionDomain}; thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class MemoryWindow extends NativeObject {
    private static final int TAG = 0xFF;

    private static final NativeCall.ToPointer ALLOC =
            new NativeCall.ToPointer("ibv_alloc_mw", ibv_context_ops.alloc_mw::descriptor);
    private static final NativeCall.ToErrno DEALLOC =
            new NativeCall.ToErrno("ibv_dealloc_mw", ibv_context_ops.dealloc_mw::descriptor);

    private final ProtectionDomain domain;
    private final MemoryWindowType type;
    private volatile int rkey;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private MemoryWindow(MemorySegment pointer, ProtectionDomain domain, MemoryWindowType type) {
        super(pointer.reinterpret(ibv_mw.sizeof()), domain);
        this.domain = domain;
        this.type = type;
        readKey();
    }

    /**
     * A window that opens nothing yet.
     *
     * @throws VerbsException EOPNOTSUPP when the device has no such windows
     */
    public static MemoryWindow allocate(ProtectionDomain domain, MemoryWindowType type) {
        return Lifetime.whileOpen(() -> allocated(domain, type), domain);
    }

    private static MemoryWindow allocated(ProtectionDomain domain, MemoryWindowType type) {
        MemorySegment alloc =
                ibv_context_ops.alloc_mw(ibv_context.ops(domain.context().pointer()));
        if (alloc.equals(MemorySegment.NULL)) {
            throw new VerbsException(ALLOC.name(), Errno.EOPNOTSUPP, domain.toString(), null);
        }
        return new MemoryWindow(
                ALLOC.invoke(domain.toString(), alloc, domain.pointer(), (int) type.value()), domain, type);
    }

    public ProtectionDomain protectionDomain() {
        return domain;
    }

    public MemoryWindowType type() {
        return type;
    }

    /** What a peer names the window by; of type 1 it changes with each bind. 32 bits, in the machine's byte order. */
    public int rkey() {
        requireOpen();
        return rkey;
    }

    /**
     * Notes the key that a bind of a type 2 window was posted with, which {@link #rkey} is from then on. Of a window of type 1 the library does it; of
     * type 2 the user must, since a driver may name the window by the key in its struct when it is bound again. It goes with the posting, allocates
     * nothing, and as that is not watched: nobody may close the window meanwhile.
     */
    public void bound(int rkey) {
        ibv_mw.rkey(pointer(), rkey);
        this.rkey = rkey;
    }

    /** Takes the key over from the struct, after the library changed it. */
    void readKey() {
        rkey = ibv_mw.rkey(pointer());
    }

    /** The next key for a bind of a type 2 window: the low 8 bits are the user's to count (ibv_inc_rkey(3)). */
    public static int incrementKey(int rkey) {
        return (rkey & ~TAG) | ((rkey + 1) & TAG);
    }

    @Override
    protected void destroy(MemorySegment closing) {
        MemorySegment dealloc =
                ibv_context_ops.dealloc_mw(ibv_context.ops(domain.context().pointer()));
        DEALLOC.invoke(toString(), dealloc, closing);
    }

    @Override
    public String toString() {
        return "memory window on " + domain.context().device().name();
    }
}
