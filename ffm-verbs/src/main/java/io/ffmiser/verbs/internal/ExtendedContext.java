package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.verbs_context;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The functions that later versions of libibverbs added before {@code struct ibv_context}. They have no symbols: {@code verbs.h} finds each one
 * through {@code verbs_get_ctx_op}, and so does this class.
 */
public final class ExtendedContext {
    private static final long EXTENDED_ABI = -1; // __VERBS_ABI_IS_EXTENDED

    private ExtendedContext() {}

    /**
     * The function in a field of {@code struct verbs_context}.
     *
     * @param context the {@code struct ibv_context *}
     * @param offset the field's, such as {@code verbs_context.create_cq_ex$offset()}
     * @param name what C calls the inline function, for the message
     * @param object what the call is about, for the message
     * @throws VerbsException EOPNOTSUPP when the device or the installed rdma-core has no such function
     */
    @SuppressWarnings("restricted") // verbs_get_ctx: the struct begins before the context that lies in it
    public static MemorySegment operation(MemorySegment context, long offset, String name, String object) {
        MemorySegment bounded = context.reinterpret(ibv_context.sizeof());
        if (ibv_context.abi_compat(bounded).address() == EXTENDED_ABI) {
            MemorySegment extended = MemorySegment.ofAddress(context.address() - verbs_context.context$offset())
                    .reinterpret(verbs_context.sizeof());
            if (verbs_context.sz(extended) >= verbs_context.sizeof() - offset) {
                MemorySegment function = extended.get(ValueLayout.ADDRESS, offset);
                if (function.address() != 0) {
                    return function;
                }
            }
        }
        throw new VerbsException(name, Errno.EOPNOTSUPP, object, "the device or this rdma-core does not have it");
    }
}
