package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;

/** An open device: the root of everything that is made on it. Its methods are thread-safe. */
public final class Context extends NativeObject {
    private static final NativeCall.ToErrno CLOSE = new NativeCall.ToErrno(
            "ibv_close_device", LibIbverbs::ibv_close_device$address, LibIbverbs::ibv_close_device$descriptor);

    private final boolean owned;
    private final Device device;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    Context(MemorySegment pointer, boolean owned) {
        super(pointer.reinterpret(ibv_context.sizeof()));
        this.owned = owned;
        this.device = new Device(ibv_context.device(pointer()), this);
    }

    /**
     * A context that somebody else opened and closes, such as librdmacm; closing it here does nothing to the device.
     *
     * @param ibvContext a {@code struct ibv_context *} that outlives what is made from here
     */
    public static Context borrow(MemorySegment ibvContext) {
        return new Context(ibvContext, false);
    }

    public Device device() {
        return device;
    }

    /** The file descriptor of its commands; it belongs to the context. */
    public int commandFd() {
        return ibv_context.cmd_fd(pointer());
    }

    /** How many completion vectors there are to choose from for a completion queue; at least 1. */
    public int completionVectors() {
        return ibv_context.num_comp_vectors(pointer());
    }

    @Override
    protected void destroy(MemorySegment closing) {
        if (owned) {
            CLOSE.invoke(toString(), closing);
        }
    }

    @Override
    public String toString() {
        return "context of " + device.name();
    }
}
