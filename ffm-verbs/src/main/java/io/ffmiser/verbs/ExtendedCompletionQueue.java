package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_cq_ex;
import io.ffmiser.verbs.gen.ibv_cq_init_attr_ex;
import io.ffmiser.verbs.gen.ibv_poll_cq_attr;
import io.ffmiser.verbs.gen.ibv_wc_tm_info;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A completion queue that is read in place (ibv_create_cq_ex(3)): {@link #startPoll} makes the first completion the current one, {@link #nextPoll} the
 * next, the {@code read} methods tell its fields, and {@link #endPoll} gives what was read back. It keeps only the
 * fields that it was created with; reading another one throws {@link UnsupportedOperationException} or gives garbage, as the provider has it.
 *
 * <p>From a startPoll that returned true to endPoll the queue is the calling thread's, and the device's lock is held: another thread's poll waits
 * for that, for ever where endPoll is never called. {@link #reading} calls it whatever happens:
 *
 * {@snippet :
 * try (ExtendedCompletionQueue.Reading reading = queue.reading()) {
 *     while (reading.next()) {
 *         take(queue.workRequestId(), queue.status());
 *     }
 * }
 * }
 *
 * <p>What belongs to the completion that is current throws {@link IllegalStateException} while there is none of this thread's. Nothing is
 * allocated.
 */
public final class ExtendedCompletionQueue extends CompletionQueue {
    private static final NativeCall.ToPointer CREATE =
            new NativeCall.ToPointer("ibv_create_cq_ex", verbs_context.create_cq_ex::descriptor);

    private static final int ENOENT = Errno.ENOENT.number();

    /** Shared by all who look at one C queue: the thread that reads, and the one that has a current completion; 0 for none. */
    private static final class Turn {
        private long reader;
        private long current;
    }

    private final Turn turn;
    private final boolean singleThreaded;
    private final Reading reading = new Reading();
    private final MemorySegment struct;
    private final MemorySegment start;
    private final MemorySegment next;
    private final MemorySegment end;
    private final MemorySegment opcode;
    private final MemorySegment vendorError;
    private final MemorySegment byteCount;
    private final MemorySegment immediateData;
    private final MemorySegment queuePairNumber;
    private final MemorySegment sourceQueuePair;
    private final MemorySegment flags;
    private final MemorySegment sourceLid;
    private final MemorySegment serviceLevel;
    private final MemorySegment destinationPathBits;
    private final MemorySegment timestamp;
    private final MemorySegment customerVlan;
    private final MemorySegment flowTag;
    private final MemorySegment tagMatching;
    private final MemorySegment wallclock;
    private final NativeMemory frame = new NativeMemory(64);
    private final MemorySegment tagMatchingInfo = frame.segment().asSlice(16, ibv_wc_tm_info.sizeof());

    private ExtendedCompletionQueue(
            MemorySegment pointer,
            boolean owned,
            boolean singleThreaded,
            Turn turn,
            @Nullable CompletionChannel channel,
            int place,
            NativeObject... parents) {
        super(pointer, owned, channel, place, parents);
        this.singleThreaded = singleThreaded;
        this.turn = turn;
        struct = DataPath.struct(pointer, ibv_cq_ex.layout());
        start = DataPath.function(struct, ibv_cq_ex.start_poll$offset());
        next = DataPath.function(struct, ibv_cq_ex.next_poll$offset());
        end = DataPath.function(struct, ibv_cq_ex.end_poll$offset());
        opcode = DataPath.function(struct, ibv_cq_ex.read_opcode$offset());
        vendorError = DataPath.function(struct, ibv_cq_ex.read_vendor_err$offset());
        byteCount = DataPath.function(struct, ibv_cq_ex.read_byte_len$offset());
        immediateData = DataPath.function(struct, ibv_cq_ex.read_imm_data$offset());
        queuePairNumber = DataPath.function(struct, ibv_cq_ex.read_qp_num$offset());
        sourceQueuePair = DataPath.function(struct, ibv_cq_ex.read_src_qp$offset());
        flags = DataPath.function(struct, ibv_cq_ex.read_wc_flags$offset());
        sourceLid = DataPath.function(struct, ibv_cq_ex.read_slid$offset());
        serviceLevel = DataPath.function(struct, ibv_cq_ex.read_sl$offset());
        destinationPathBits = DataPath.function(struct, ibv_cq_ex.read_dlid_path_bits$offset());
        timestamp = DataPath.function(struct, ibv_cq_ex.read_completion_ts$offset());
        customerVlan = DataPath.function(struct, ibv_cq_ex.read_cvlan$offset());
        flowTag = DataPath.function(struct, ibv_cq_ex.read_flow_tag$offset());
        tagMatching = DataPath.function(struct, ibv_cq_ex.read_tm_info$offset());
        wallclock = DataPath.function(struct, ibv_cq_ex.read_completion_wallclock_ns$offset());
    }

    /**
     * A new queue, a child of the parent domain too if there is one.
     *
     * @throws VerbsException EOPNOTSUPP when the device cannot keep what is asked for
     */
    public static ExtendedCompletionQueue create(Context context, CompletionQueueAttributes attributes) {
        requireSizes(attributes.entries(), attributes.completionVector());
        CompletionChannel channel = attributes.channel();
        NativeObject[] parents = Stream.of(context, channel, attributes.parentDomain())
                .filter(Objects::nonNull)
                .toArray(NativeObject[]::new);
        int place = channel == null ? 0 : channel.reserve();
        try (Arena arena = Arena.ofConfined()) {
            String object = attributes.entries() + " entries on " + context;
            return Lifetime.whileOpen(
                    () -> {
                        MemorySegment function = ExtendedContext.operation(
                                context.pointer(), verbs_context.create_cq_ex$offset(), CREATE.name(), object);
                        MemorySegment pointer =
                                CREATE.invoke(object, function, context, struct(arena, attributes, place));
                        boolean single = attributes.flags().contains(CompletionQueueAttributes.Flag.SINGLE_THREADED);
                        return registered(new ExtendedCompletionQueue(
                                pointer, true, single, new Turn(), channel, place, parents));
                    },
                    parents);
        } catch (RuntimeException | Error e) {
            if (channel != null) {
                channel.release(place);
            }
            throw e;
        }
    }

    private static MemorySegment struct(Arena arena, CompletionQueueAttributes attributes, int place) {
        MemorySegment struct = ibv_cq_init_attr_ex.allocate(arena);
        ibv_cq_init_attr_ex.cqe(struct, attributes.entries());
        ibv_cq_init_attr_ex.cq_context(struct, MemorySegment.ofAddress(place));
        CompletionChannel channel = attributes.channel();
        if (channel != null) {
            ibv_cq_init_attr_ex.channel(struct, channel.pointer());
        }
        ibv_cq_init_attr_ex.comp_vector(struct, attributes.completionVector());
        ibv_cq_init_attr_ex.wc_flags(struct, Constants.bits(attributes.fields()));
        int mask = 0;
        if (!attributes.flags().isEmpty()) {
            mask |= 1; // IBV_CQ_INIT_ATTR_MASK_FLAGS
            ibv_cq_init_attr_ex.flags(struct, (int) Constants.bits(attributes.flags()));
        }
        ProtectionDomain domain = attributes.parentDomain();
        if (domain != null) {
            mask |= 2; // IBV_CQ_INIT_ATTR_MASK_PD
            ibv_cq_init_attr_ex.parent_domain(struct, domain.pointer());
        }
        ibv_cq_init_attr_ex.comp_mask(struct, mask);
        return struct;
    }

    /**
     * A queue that somebody else made and destroys; closing it here only forgets it.
     *
     * @param ibvCqEx a {@code struct ibv_cq_ex *} that outlives what is made from here, not NULL
     * @return of a queue that is open here, a child of it
     * @throws IllegalArgumentException when it is a queue without the functions to read in place
     */
    public static ExtendedCompletionQueue borrow(MemorySegment ibvCqEx) {
        CompletionQueue lender = madeHere(ibvCqEx);
        if (lender instanceof ExtendedCompletionQueue extended) {
            return extended.lend(ibvCqEx, null, 0);
        }
        if (lender != null || !canBeRead(ibvCqEx)) {
            throw new IllegalArgumentException((lender == null ? "this" : lender.toString())
                    + " is a plain completion queue: it cannot be read in place");
        }
        return new ExtendedCompletionQueue(ibvCqEx, false, false, new Turn(), null, 0);
    }

    private static boolean canBeRead(MemorySegment pointer) {
        return pointer.address() == 0 // refused with its own words
                || DataPath.function(DataPath.struct(pointer, ibv_cq_ex.layout()), ibv_cq_ex.start_poll$offset())
                                .address()
                        != 0;
    }

    /** Knows who reads, as this one does. */
    @Override
    ExtendedCompletionQueue lend(MemorySegment ibvCq, @Nullable CompletionChannel events, int number) {
        return new ExtendedCompletionQueue(ibvCq, false, singleThreaded, turn, events, number, with(events, this));
    }

    /**
     * As for any queue; waits for another thread that reads in place.
     *
     * @throws IllegalStateException when this thread reads in place, or another one does on a queue for one thread
     */
    @Override
    public int poll(WorkCompletions completions) {
        requireTurn();
        return super.poll(completions);
    }

    /** To read in place in a try statement; the same object each time. */
    public Reading reading() {
        return reading;
    }

    /** Reads the queue in place from its first {@link #next} to {@link #close}, which gives back what was read. */
    public final class Reading implements AutoCloseable {
        private Reading() {}

        /**
         * Goes on to the first completion, and then to each next (ibv_start_poll, ibv_next_poll).
         *
         * @return whether there is one
         */
        public boolean next() {
            return turn.reader == Thread.currentThread().threadId() ? nextPoll() : startPoll();
        }

        /** Ends reading, if this thread has begun to (ibv_end_poll). */
        @Override
        public void close() {
            if (turn.reader == Thread.currentThread().threadId()) {
                endPoll();
            }
        }
    }

    /** Returns where the queue's lock is free or another thread's to give back. */
    private void requireTurn() {
        long reader = turn.reader;
        if (reader != 0 && (singleThreaded || reader == Thread.currentThread().threadId())) {
            throw new IllegalStateException(this + " is being read: endPoll comes first");
        }
    }

    private void requireReader() {
        if (turn.reader != Thread.currentThread().threadId()) {
            throw new IllegalStateException(this + " is not being read by this thread: startPoll comes first");
        }
    }

    /** The queue's address, while a completion is current in this thread. */
    private long current() {
        if (turn.current != Thread.currentThread().threadId()) {
            throw new IllegalStateException(
                    this
                            + " has no current completion: a startPoll or nextPoll of this thread that returned true comes first");
        }
        return address();
    }

    @Override
    void requireUnread() {
        if (turn.reader != 0) {
            throw new IllegalStateException(this + " is being read: endPoll comes before it is closed");
        }
    }

    /**
     * Begins to read (ibv_start_poll).
     *
     * @return whether there is a completion; if not, nothing has begun and {@link #endPoll} must not be called
     * @throws VerbsException when the device fails; nothing has begun
     * @throws IllegalStateException when this thread reads already, or another one does on a queue for one thread
     */
    public boolean startPoll() {
        requireTurn();
        long address = address();
        frame.segment().set(ValueLayout.JAVA_INT, ibv_poll_cq_attr.comp_mask$offset(), 0);
        use(true);
        try {
            if (!isCurrent(DataPath.callInt(start, address, frame.address()), "ibv_start_poll")) {
                return false;
            }
            turn.reader = Thread.currentThread().threadId();
            turn.current = turn.reader;
            return true;
        } finally {
            use(false);
        }
    }

    /**
     * Goes on to the next completion (ibv_next_poll).
     *
     * @return whether there is one; {@link #endPoll} must be called either way
     * @throws IllegalStateException when this thread does not read
     */
    public boolean nextPoll() {
        requireReader();
        turn.current = 0;
        if (!isCurrent(DataPath.quickInt(next, address()), "ibv_next_poll")) {
            return false;
        }
        turn.current = turn.reader;
        return true;
    }

    private boolean isCurrent(int errno, String name) {
        if (errno == 0) {
            return true;
        }
        if (errno == ENOENT) {
            return false;
        }
        throw new VerbsException(name, new Errno(Math.abs(errno)), toString(), null);
    }

    /**
     * Ends reading and gives back to the device what was read (ibv_end_poll).
     *
     * @throws IllegalStateException when this thread does not read
     */
    public void endPoll() {
        requireReader();
        use(true);
        turn.current = 0;
        turn.reader = 0; // before the lock is another thread's
        DataPath.call(end, address());
        use(false);
    }

    /** What the current completion's request was posted with. */
    public long workRequestId() {
        current();
        return struct.get(ValueLayout.JAVA_LONG, ibv_cq_ex.wr_id$offset());
    }

    /** What became of the current completion's request. */
    public WorkCompletionStatus status() {
        current();
        return WorkCompletionStatus.of(struct.get(ValueLayout.JAVA_INT, ibv_cq_ex.status$offset()));
    }

    /** ibv_wc_read_opcode. */
    public WorkCompletionOpcode readOpcode() {
        return WorkCompletionOpcode.of(readInt(opcode, "ibv_wc_read_opcode"));
    }

    /** The device's own number of the error (ibv_wc_read_vendor_err). */
    public int readVendorError() {
        return readInt(vendorError, "ibv_wc_read_vendor_err");
    }

    /** How many bytes arrived, unsigned (ibv_wc_read_byte_len). */
    public int readByteCount() {
        return readInt(byteCount, "ibv_wc_read_byte_len");
    }

    /** The number that the peer gave, in the machine's byte order (ibv_wc_read_imm_data). */
    public int readImmediateData() {
        return Integer.reverseBytes(readInt(immediateData, "ibv_wc_read_imm_data"));
    }

    /** The key of this side that the peer invalidated (ibv_wc_read_invalidated_rkey). */
    public int readInvalidatedRkey() {
        return readInt(immediateData, "ibv_wc_read_invalidated_rkey");
    }

    /** The number of the queue pair of this side (ibv_wc_read_qp_num). */
    public int readQueuePairNumber() {
        return readInt(queuePairNumber, "ibv_wc_read_qp_num");
    }

    /** The number of the queue pair that sent it (ibv_wc_read_src_qp). */
    public int readSourceQueuePair() {
        return readInt(sourceQueuePair, "ibv_wc_read_src_qp");
    }

    /** The bits of {@link WorkCompletionFlag} (ibv_wc_read_wc_flags). */
    public int readFlags() {
        return readInt(flags, "ibv_wc_read_wc_flags");
    }

    /** Whether one of the flags is set. */
    public boolean hasFlag(WorkCompletionFlag flag) {
        return (readFlags() & (int) flag.value()) != 0;
    }

    /** The sender's LID (ibv_wc_read_slid). */
    public int readSourceLid() {
        return readInt(sourceLid, "ibv_wc_read_slid");
    }

    /** The service level (ibv_wc_read_sl). */
    public int readServiceLevel() {
        return readInt(serviceLevel, "ibv_wc_read_sl") & 0xFF; // C returns a byte; the rest of the register is anything
    }

    /** The low bits of the LID that it was sent to (ibv_wc_read_dlid_path_bits). */
    public int readDestinationPathBits() {
        return readInt(destinationPathBits, "ibv_wc_read_dlid_path_bits") & 0xFF;
    }

    /** When it completed, in ticks of the device's clock (ibv_wc_read_completion_ts). */
    public long readCompletionTimestamp() {
        return readLong(timestamp, "ibv_wc_read_completion_ts");
    }

    /** When it completed, in nanoseconds since 1970 (ibv_wc_read_completion_wallclock_ns). */
    public long readCompletionWallclockNanos() {
        return readLong(wallclock, "ibv_wc_read_completion_wallclock_ns");
    }

    /** The VLAN tag that the device took off (ibv_wc_read_cvlan). */
    public int readCustomerVlan() {
        return readInt(customerVlan, "ibv_wc_read_cvlan") & 0xFFFF;
    }

    /** The tag of the flow rule that matched (ibv_wc_read_flow_tag). */
    public int readFlowTag() {
        return readInt(flowTag, "ibv_wc_read_flow_tag");
    }

    /**
     * Fetches the tag-matching header (ibv_wc_read_tm_info) for {@link #tag} and {@link #tagMatchingUserData}.
     */
    public void readTagMatchingInfo() {
        DataPath.quick(present(tagMatching, "ibv_wc_read_tm_info"), current(), tagMatchingInfo.address());
    }

    /** The tag that {@link #readTagMatchingInfo} fetched. */
    public long tag() {
        requireOpen();
        return tagMatchingInfo.get(ValueLayout.JAVA_LONG, ibv_wc_tm_info.tag$offset());
    }

    /** The sender's own number that {@link #readTagMatchingInfo} fetched. */
    public int tagMatchingUserData() {
        requireOpen();
        return tagMatchingInfo.get(ValueLayout.JAVA_INT, ibv_wc_tm_info.priv$offset());
    }

    @Override
    void released() {
        frame.close();
    }

    private int readInt(MemorySegment function, String name) {
        return DataPath.quickInt(present(function, name), current());
    }

    private long readLong(MemorySegment function, String name) {
        return DataPath.quickLong(present(function, name), current());
    }

    private MemorySegment present(MemorySegment function, String name) {
        if (function.address() == 0) {
            throw DataPath.missing(name, this);
        }
        return function;
    }
}
