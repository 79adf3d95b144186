package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_xrcd;
import io.ffmiser.verbs.gen.ibv_xrcd_init_attr;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What the receiving queue pairs and the shared receive queues of extended reliable connections have in common, also across processes that
 * open it by one file (ibv_open_xrcd(3)). A child of its {@link Context}; thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class XrcDomain extends NativeObject {
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;

    private static final NativeCall.ToPointer OPEN =
            new NativeCall.ToPointer("ibv_open_xrcd", verbs_context.open_xrcd::descriptor);
    private static final NativeCall.ToErrno CLOSE =
            new NativeCall.ToErrno("ibv_close_xrcd", verbs_context.close_xrcd::descriptor);

    /** What {@link XrcDomain#open(Context, int, Opening)} may find or make. */
    public enum Opening {
        /** Only one that is there. */
        EXISTING,
        /** One that is there, or a new one. */
        CREATE,
        /** Only a new one. */
        CREATE_NEW
    }

    private final Context context;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private XrcDomain(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_xrcd.sizeof()), context);
        this.context = context;
    }

    /**
     * A new domain that nobody else can open.
     *
     * @throws VerbsException EOPNOTSUPP when the device has no extended reliable connections
     */
    public static XrcDomain open(Context context) {
        return open(context, -1, Opening.CREATE);
    }

    /**
     * The domain of a file.
     *
     * @param fd a descriptor of the file, which stays the caller's
     * @throws VerbsException EOPNOTSUPP when the device has no extended reliable connections
     */
    public static XrcDomain open(Context context, int fd, Opening opening) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_xrcd_init_attr.allocate(arena);
            ibv_xrcd_init_attr.comp_mask(
                    attr, LibIbverbs.IBV_XRCD_INIT_ATTR_FD() | LibIbverbs.IBV_XRCD_INIT_ATTR_OFLAGS());
            ibv_xrcd_init_attr.fd(attr, fd);
            ibv_xrcd_init_attr.oflags(
                    attr,
                    switch (opening) {
                        case EXISTING -> 0;
                        case CREATE -> O_CREAT;
                        case CREATE_NEW -> O_CREAT | O_EXCL;
                    });
            return Lifetime.whileOpen(
                    () -> new XrcDomain(
                            OPEN.invoke(
                                    context.toString(),
                                    ExtendedContext.operation(
                                            context.pointer(),
                                            verbs_context.open_xrcd$offset(),
                                            OPEN.name(),
                                            context.toString()),
                                    context.pointer(),
                                    attr),
                            context),
                    context);
        }
    }

    public Context context() {
        return context;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        CLOSE.invoke(
                toString(),
                ExtendedContext.operation(
                        context.pointer(), verbs_context.close_xrcd$offset(), CLOSE.name(), toString()),
                closing);
    }

    @Override
    public String toString() {
        return "XRC domain of " + context.device().name();
    }
}
