package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_comp_cntr;
import io.ffmiser.verbs.gen.ibv_comp_cntr_init_attr;
import io.ffmiser.verbs.gen.ibv_qp_attach_comp_cntr_attr;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * Two numbers, of completions and of those in error, that the device counts for queue pairs instead of, or beside, a completion queue
 * (ibv_create_comp_cntr(3)). Both are unsigned and wrap around at {@link CompletionCounterCapabilities#maxValue}.
 *
 * <p>A child of its {@link Context}; a queue pair that it is attached to is a child of the counter, and is closed before it. Thread-safe; what
 * sets and increments is not seen at once by what reads. Reading allocates nothing. Needs rdma-core 65: before, everything here throws
 * {@link UnsupportedOperationException}.
 */
public final class CompletionCounter extends NativeObject {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_comp_cntr",
            LibIbverbs::ibv_create_comp_cntr$address,
            LibIbverbs::ibv_create_comp_cntr$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_comp_cntr",
            LibIbverbs::ibv_destroy_comp_cntr$address,
            LibIbverbs::ibv_destroy_comp_cntr$descriptor);
    private static final NativeCall.ToErrno SET = new NativeCall.ToErrno(
            "ibv_set_comp_cntr", LibIbverbs::ibv_set_comp_cntr$address, LibIbverbs::ibv_set_comp_cntr$descriptor);
    private static final NativeCall.ToErrno SET_ERRORS = new NativeCall.ToErrno(
            "ibv_set_err_comp_cntr",
            LibIbverbs::ibv_set_err_comp_cntr$address,
            LibIbverbs::ibv_set_err_comp_cntr$descriptor);
    private static final NativeCall.ToErrno INCREMENT = new NativeCall.ToErrno(
            "ibv_inc_comp_cntr", LibIbverbs::ibv_inc_comp_cntr$address, LibIbverbs::ibv_inc_comp_cntr$descriptor);
    private static final NativeCall.ToErrno INCREMENT_ERRORS = new NativeCall.ToErrno(
            "ibv_inc_err_comp_cntr",
            LibIbverbs::ibv_inc_err_comp_cntr$address,
            LibIbverbs::ibv_inc_err_comp_cntr$descriptor);
    private static final NativeCall.ToErrno ATTACH = new NativeCall.ToErrno(
            "ibv_qp_attach_comp_cntr",
            LibIbverbs::ibv_qp_attach_comp_cntr$address,
            LibIbverbs::ibv_qp_attach_comp_cntr$descriptor);

    private final Context context;
    private final MemorySegment read;
    private final MemorySegment readErrors;
    private final NativeMemory value = new NativeMemory(Long.BYTES);

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private CompletionCounter(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_comp_cntr.sizeof()), context);
        this.context = context;
        this.read = LibIbverbs.ibv_read_comp_cntr$address();
        this.readErrors = LibIbverbs.ibv_read_err_comp_cntr$address();
    }

    /**
     * A new counter.
     *
     * @throws VerbsException EOPNOTSUPP when the device has no counters, or none of that type
     */
    public static CompletionCounter create(Context context, CompletionCounterType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_comp_cntr_init_attr.allocate(arena);
            ibv_comp_cntr_init_attr.type(attr, (int) type.value());
            return Lifetime.whileOpen(
                    () -> new CompletionCounter(CREATE.invoke(context.toString(), context, attr), context), context);
        }
    }

    /**
     * Counts what completes on a queue pair from now on (ibv_qp_attach_comp_cntr(3)), which must be in RESET or INIT. It ends when the queue pair
     * is closed.
     *
     * @param operations what is counted; no other counter may count it there
     * @throws IllegalArgumentException when the queue pair is of another device
     * @throws VerbsException EBUSY when another counter counts some of it, EOPNOTSUPP when the device cannot, EINVAL in another state
     */
    public void attach(QueuePair queuePair, Set<CompletionCounterOperation> operations) {
        attach(queuePair, (int) Constants.bits(operations));
    }

    /**
     * As {@link #attach(QueuePair, Set)}.
     *
     * @param operations bits, also such as have no constant here
     */
    public void attach(QueuePair queuePair, int operations) {
        Lifetime.whileOpen(() -> attached(queuePair, operations), queuePair, this);
    }

    private void attached(QueuePair queuePair, int operations) {
        SameDevice.require(queuePair, this);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_qp_attach_comp_cntr_attr.allocate(arena);
            ibv_qp_attach_comp_cntr_attr.op_mask(attr, operations);
            ATTACH.invoke(queuePair.toString(), queuePair, this, attr);
        }
        queuePair.keep(this);
    }

    /** How much completed (ibv_read_comp_cntr), unsigned. */
    public long read() {
        return read(read, "ibv_read_comp_cntr");
    }

    /** How much completed in error (ibv_read_err_comp_cntr), unsigned. */
    public long readErrors() {
        return read(readErrors, "ibv_read_err_comp_cntr");
    }

    private synchronized long read(MemorySegment function, String name) {
        int errno = DataPath.callInt(function, pointer().address(), value.address());
        if (errno != 0) {
            throw new VerbsException(name, new Errno(Math.abs(errno)), toString(), null);
        }
        return value.segment().get(ValueLayout.JAVA_LONG, 0);
    }

    /** Sets the count (ibv_set_comp_cntr); what completes meanwhile may be lost. */
    public void set(long count) {
        SET.invoke(toString(), this, count);
    }

    /** Sets the count of errors (ibv_set_err_comp_cntr); what completes meanwhile may be lost. */
    public void setErrors(long count) {
        SET_ERRORS.invoke(toString(), this, count);
    }

    /** Adds to the count (ibv_inc_comp_cntr). */
    public void increment(long amount) {
        INCREMENT.invoke(toString(), this, amount);
    }

    /** Adds to the count of errors (ibv_inc_err_comp_cntr). */
    public void incrementErrors(long amount) {
        INCREMENT_ERRORS.invoke(toString(), this, amount);
    }

    /** The kernel's number of it in this context. */
    public int handle() {
        return Lifetime.whileOpen(() -> ibv_comp_cntr.handle(pointer()), this);
    }

    @Override
    protected synchronized void destroy(MemorySegment closing) {
        DESTROY.invoke(toString(), closing);
        value.close();
    }

    @Override
    public String toString() {
        return "completion counter of " + context.device().name();
    }
}
