package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_parent_domain_init_attr;
import io.ffmiser.verbs.gen.ibv_pd;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a device's objects must share to work together: memory, windows, address handles and queue pairs of one domain reach each other and no
 * others (ibv_alloc_pd(3)). A child of its {@link Context}; thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class ProtectionDomain extends NativeObject {
    private static final NativeCall.ToPointer ALLOC = new NativeCall.ToPointer(
            "ibv_alloc_pd", LibIbverbs::ibv_alloc_pd$address, LibIbverbs::ibv_alloc_pd$descriptor);
    private static final NativeCall.ToPointer ALLOC_PARENT =
            new NativeCall.ToPointer("ibv_alloc_parent_domain", verbs_context.alloc_parent_domain::descriptor);
    private static final NativeCall.ToPointer IMPORT = new NativeCall.ToPointer(
            "ibv_import_pd", LibIbverbs::ibv_import_pd$address, LibIbverbs::ibv_import_pd$descriptor);
    private static final NativeCall.ToErrno DEALLOC = new NativeCall.ToErrno(
            "ibv_dealloc_pd", LibIbverbs::ibv_dealloc_pd$address, LibIbverbs::ibv_dealloc_pd$descriptor);

    /** Who frees it. */
    private enum Owner {
        THIS,
        EXPORTER,
        LENDER
    }

    private final Context context;
    private final Owner owner;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private ProtectionDomain(MemorySegment pointer, Context context, Owner owner, NativeObject... parents) {
        super(pointer.reinterpret(ibv_pd.sizeof()), parents);
        this.context = context;
        this.owner = owner;
    }

    /** A new domain, a child of the context (ibv_alloc_pd(3)). */
    public static ProtectionDomain allocate(Context context) {
        return Lifetime.whileOpen(
                () -> new ProtectionDomain(
                        ALLOC.invoke(context.toString(), context.pointer()), context, Owner.THIS, context),
                context);
    }

    /**
     * A domain that somebody else made and frees, such as librdmacm's; closing it here frees nothing.
     *
     * @param ibvPd a {@code struct ibv_pd *} of that context that outlives what is made from here
     */
    public static ProtectionDomain borrow(Context context, MemorySegment ibvPd) {
        ProtectionDomain domain = new ProtectionDomain(ibvPd, context, Owner.LENDER, context);
        try {
            SameDevice.require(context, domain);
        } catch (IllegalArgumentException e) {
            domain.close();
            throw e;
        }
        return domain;
    }

    /**
     * Returns when all are of the open device that this domain is of: for who has another library, such as librdmacm, make something of them. They
     * must be kept open meanwhile.
     *
     * @throws IllegalArgumentException that names the devices otherwise
     */
    public void requireSameDevice(NativeObject... others) {
        SameDevice.require(this, others);
    }

    /**
     * A domain that another context over the same open file made (ibv_import_pd(3)). Closing it forgets it here (ibv_unimport_pd(3)); it is
     * freed by its maker.
     *
     * @param handle what {@link #handle} is there
     */
    public static ProtectionDomain importFrom(Context context, int handle) {
        return Lifetime.whileOpen(
                () -> new ProtectionDomain(
                        IMPORT.invoke("protection domain " + handle + " of " + context, context.pointer(), handle),
                        context,
                        Owner.EXPORTER,
                        context),
                context);
    }

    /**
     * A domain that stands for another one, and has what is made in it used by one thread at a time (ibv_alloc_parent_domain(3)). A child of
     * both.
     *
     * @param threads null for none
     * @throws VerbsException EOPNOTSUPP when the driver has no parent domains
     */
    public static ProtectionDomain allocateParent(ProtectionDomain domain, @Nullable ThreadDomain threads) {
        return allocateParent(domain, threads, false);
    }

    /**
     * As {@link #allocateParent(ProtectionDomain, ThreadDomain)}.
     *
     * @param unprotected whether a {@link ProviderBuffer} of it may lie outside of a confidential guest's protected memory, where the host can read
     *     it; needs rdma-core 64
     */
    public static ProtectionDomain allocateParent(
            ProtectionDomain domain, @Nullable ThreadDomain threads, boolean unprotected) {
        NativeObject[] parents = threads != null ? new NativeObject[] {domain, threads} : new NativeObject[] {domain};
        return Lifetime.whileOpen(() -> allocateParent(domain, threads, unprotected, parents), parents);
    }

    private static ProtectionDomain allocateParent(
            ProtectionDomain domain, @Nullable ThreadDomain threads, boolean unprotected, NativeObject[] parents) {
        Context context = domain.context();
        SameDevice.require(context, parents);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_parent_domain_init_attr.allocate(arena);
            ibv_parent_domain_init_attr.comp_mask(
                    attr, unprotected ? LibIbverbs.IBV_PARENT_DOMAIN_INIT_ATTR_ALLOW_CC_UNPROTECTED_ALLOC() : 0);
            ibv_parent_domain_init_attr.pd(attr, domain.pointer());
            ibv_parent_domain_init_attr.td(attr, threads != null ? threads.pointer() : MemorySegment.NULL);
            MemorySegment pointer = ALLOC_PARENT.invoke(
                    domain.toString(),
                    ExtendedContext.operation(
                            context.pointer(),
                            verbs_context.alloc_parent_domain$offset(),
                            ALLOC_PARENT.name(),
                            domain.toString()),
                    context.pointer(),
                    attr);
            return new ProtectionDomain(pointer, context, Owner.THIS, parents);
        }
    }

    public Context context() {
        return context;
    }

    /** The kernel's number of it in this context, which another process that shares the context's file imports it by. */
    public int handle() {
        return Lifetime.whileOpen(() -> ibv_pd.handle(pointer()), this);
    }

    @Override
    protected void destroy(MemorySegment closing) {
        switch (owner) {
            case THIS -> DEALLOC.invoke(toString(), closing);
            case EXPORTER -> LibIbverbs.ibv_unimport_pd(closing);
            case LENDER -> {}
        }
    }

    @Override
    public String toString() {
        return "protection domain of " + context.device().name();
    }
}
