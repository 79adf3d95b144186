package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_pd;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;

/**
 * What a device's objects must share to work together: memory, windows, address handles and queue pairs of one domain reach each other and no
 * others (ibv_alloc_pd(3)). A child of its {@link Context}; thread-safe.
 */
public final class ProtectionDomain extends NativeObject {
    private static final NativeCall.ToPointer ALLOC = new NativeCall.ToPointer(
            "ibv_alloc_pd", LibIbverbs::ibv_alloc_pd$address, LibIbverbs::ibv_alloc_pd$descriptor);
    private static final NativeCall.ToErrno DEALLOC = new NativeCall.ToErrno(
            "ibv_dealloc_pd", LibIbverbs::ibv_dealloc_pd$address, LibIbverbs::ibv_dealloc_pd$descriptor);

    private final Context context;
    private final boolean owned;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private ProtectionDomain(MemorySegment pointer, Context context, boolean owned) {
        super(pointer.reinterpret(ibv_pd.sizeof()), context);
        this.context = context;
        this.owned = owned;
    }

    /** A new domain, a child of the context (ibv_alloc_pd(3)). */
    public static ProtectionDomain allocate(Context context) {
        return new ProtectionDomain(ALLOC.invoke(context.toString(), context.pointer()), context, true);
    }

    /**
     * A domain that somebody else made and frees, such as librdmacm's; closing it here frees nothing.
     *
     * @param ibvPd a {@code struct ibv_pd *} of that context that outlives what is made from here
     */
    public static ProtectionDomain borrow(Context context, MemorySegment ibvPd) {
        return new ProtectionDomain(ibvPd, context, false);
    }

    public Context context() {
        return context;
    }

    /** The kernel's number of it in this context, which another process that shares the context's file imports it by. */
    public int handle() {
        return ibv_pd.handle(pointer());
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (owned) {
            DEALLOC.invoke(toString(), closing);
        }
    }

    @Override
    public String toString() {
        return "protection domain of " + context.device().name();
    }
}
