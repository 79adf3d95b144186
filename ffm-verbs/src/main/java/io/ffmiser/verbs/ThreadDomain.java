package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_td;
import io.ffmiser.verbs.gen.ibv_td_init_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A promise that what is made in it is used by one thread at a time, which lets a driver leave out its locks (ibv_alloc_td(3)); it takes
 * effect through {@link ProtectionDomain#allocateParent}. A child of its {@link Context}; thread-safe itself;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class ThreadDomain extends NativeObject {
    private static final NativeCall.ToPointer ALLOC =
            new NativeCall.ToPointer("ibv_alloc_td", verbs_context.alloc_td::descriptor);
    private static final NativeCall.ToErrno DEALLOC =
            new NativeCall.ToErrno("ibv_dealloc_td", verbs_context.dealloc_td::descriptor);

    private final Context context;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private ThreadDomain(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_td.sizeof()), context);
        this.context = context;
    }

    /**
     * A new one.
     *
     * @throws VerbsException EOPNOTSUPP when the driver has none
     */
    public static ThreadDomain allocate(Context context) {
        try (Arena arena = Arena.ofConfined()) {
            return Lifetime.whileOpen(
                    () -> new ThreadDomain(
                            ALLOC.invoke(
                                    context.toString(),
                                    ExtendedContext.operation(
                                            context.pointer(),
                                            verbs_context.alloc_td$offset(),
                                            ALLOC.name(),
                                            context.toString()),
                                    context.pointer(),
                                    ibv_td_init_attr.allocate(arena)),
                            context),
                    context);
        }
    }

    public Context context() {
        return context;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DEALLOC.invoke(
                toString(),
                ExtendedContext.operation(
                        context.pointer(), verbs_context.dealloc_td$offset(), DEALLOC.name(), toString()),
                closing);
    }

    @Override
    public String toString() {
        return "thread domain of " + context.device().name();
    }
}
