package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_comp_cntr_caps;
import io.ffmiser.verbs.internal.NativeCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What a device's completion counters can do (struct ibv_comp_cntr_caps, ibv_query_comp_cntr_caps(3)).
 *
 * @param maxValue the highest count, unsigned
 * @param maxCounters how many counters there can be
 * @param supportedOperations what may be counted
 */
public record CompletionCounterCapabilities(
        long maxValue, long maxCounters, Flags<CompletionCounterOperation> supportedOperations) {
    private static final NativeCall.ToErrno QUERY = new NativeCall.ToErrno(
            "ibv_query_comp_cntr_caps",
            LibIbverbs::_ibv_query_comp_cntr_caps$address,
            LibIbverbs::_ibv_query_comp_cntr_caps$descriptor);

    /**
     * Those of a device.
     *
     * @throws VerbsException EOPNOTSUPP when it has no completion counters
     * @throws UnsupportedOperationException before rdma-core 65
     */
    public static CompletionCounterCapabilities query(Context context) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment caps = ibv_comp_cntr_caps.allocate(arena);
            QUERY.invoke(context.toString(), context, caps, ibv_comp_cntr_caps.sizeof());
            return new CompletionCounterCapabilities(
                    ibv_comp_cntr_caps.max_value(caps),
                    Integer.toUnsignedLong(ibv_comp_cntr_caps.max_counters(caps)),
                    Flags.of(
                            CompletionCounterOperation.class,
                            Integer.toUnsignedLong(ibv_comp_cntr_caps.supported_qp_attach_ops(caps))));
        }
    }
}
