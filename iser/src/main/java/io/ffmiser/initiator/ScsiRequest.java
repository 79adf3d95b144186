package io.ffmiser.initiator;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.session.InitiatorTask;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A SCSI command that the caller owns and uses again and again: set it up with one of {@link #read}, {@link #write}, {@link #flush},
 * {@link #command}, hand it to {@link Session#submit}, and look at the result in its {@link ScsiCallback}. In steady state nothing is
 * allocated.
 *
 * <p>Between submission and callback it belongs to the session: only {@link #cancel} may be called. Otherwise it belongs to one
 * thread at a time. A command that was set up can be submitted any number of times.
 */
public final class ScsiRequest {
    private static final int IDLE = 0;
    private static final int SUBMITTED = 1;

    private enum Direction {
        NONE,
        IN,
        OUT
    }

    final SessionEngine engine;
    final InitiatorTask task;
    private final ScsiCallback callback;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private @Nullable Object attachment;

    private @Nullable LogicalUnitState unit;
    private @Nullable RegisteredBuffer buffer;
    private long bufferOffset;
    private int length;
    private Direction direction = Direction.NONE;
    /** Whether other bytes than expected mean that it failed: blocks have a size, the data of most commands only a bound. */
    private boolean fixedLength;

    private Outcome outcome = Outcome.PENDING;
    private String failureDetail = "";

    // The engine's, on the poller's thread.
    /** The next in a list of submitted or waiting requests. */
    @Nullable
    ScsiRequest next;

    long flushMark;

    /** Of how many losses the callers had been told when it was submitted. */
    int lossesTold;

    int unitAttentions;
    int replays;
    /** How many connections were lost while it waited in line. */
    int timesUnsent;

    @Nullable
    IoEvent event;

    boolean cancelled;
    /** Nobody waits for it: its buffer may be closed before it has ended. */
    private boolean abandoned;
    /** Counts submissions, so that a cancellation that comes late does not hit the next one. */
    private volatile int submission;

    ScsiRequest(SessionEngine engine, ScsiCallback callback) {
        this.engine = engine;
        this.callback = callback;
        this.task = new InitiatorTask(ignored -> engine.taskEnded(this));
    }

    /**
     * Reads blocks into a buffer.
     *
     * @param lun whose capacity the session knows ({@link Session#capacity} was called)
     * @param offset where in the buffer
     * @throws IndexOutOfBoundsException if the blocks do not lie in the logical unit, or the bytes not in the buffer
     */
    public ScsiRequest read(int lun, long lba, int blocks, RegisteredBuffer source, long offset) {
        return transfer(Direction.IN, false, lun, lba, blocks, source, offset);
    }

    /** Writes blocks from a buffer; as {@link #read}. The data may be in a volatile cache until a {@link #flush}. */
    public ScsiRequest write(int lun, long lba, int blocks, RegisteredBuffer source, long offset) {
        return transfer(Direction.OUT, false, lun, lba, blocks, source, offset);
    }

    /** As {@link #write}, but the data is on stable storage when it completes (FUA). */
    public ScsiRequest writeThrough(int lun, long lba, int blocks, RegisteredBuffer source, long offset) {
        return transfer(Direction.OUT, true, lun, lba, blocks, source, offset);
    }

    private ScsiRequest transfer(
            Direction way,
            boolean forceUnitAccess,
            int lun,
            long lba,
            int blocks,
            RegisteredBuffer memory,
            long offset) {
        LogicalUnitState known = unitOf(lun);
        Capacity capacity = known.requireCapacity();
        if (blocks < 1 || lba < 0 || lba > capacity.blocks() - blocks) {
            throw new IndexOutOfBoundsException(
                    "blocks " + lba + " + " + blocks + " of LUN " + lun + ", which has " + capacity.blocks());
        }
        long bytes = (long) blocks * capacity.blockSize();
        byte[] cdb = begin(known, CommandBlocks.transferLength(lba, blocks), way, memory, offset, bytes);
        fixedLength = true;
        CommandBlocks.transfer(cdb, way == Direction.OUT, forceUnitAccess, lba, blocks);
        return this;
    }

    /** Makes all writes that completed before durable (SYNCHRONIZE CACHE of the whole unit). */
    public ScsiRequest flush(int lun) {
        begin(unitOf(lun), 10, Direction.NONE, null, 0, 0)[0] = CommandBlocks.SYNCHRONIZE_CACHE_10;
        return this;
    }

    /** Any command without data. */
    public ScsiRequest command(int lun, byte[] cdb) {
        return command(lun, cdb, Direction.NONE, null, 0, 0);
    }

    /** Any command that takes data from the target. */
    public ScsiRequest commandIn(int lun, byte[] cdb, RegisteredBuffer memory, long offset, int bytes) {
        return command(lun, cdb, Direction.IN, memory, offset, bytes);
    }

    /** Any command that gives data to the target. */
    public ScsiRequest commandOut(int lun, byte[] cdb, RegisteredBuffer memory, long offset, int bytes) {
        return command(lun, cdb, Direction.OUT, memory, offset, bytes);
    }

    private ScsiRequest command(
            int lun, byte[] cdb, Direction way, @Nullable RegisteredBuffer memory, long offset, int bytes) {
        byte[] own = begin(unitOf(lun), cdb.length, way, memory, offset, bytes);
        System.arraycopy(cdb, 0, own, 0, cdb.length);
        return this;
    }

    private byte[] begin(
            LogicalUnitState newUnit,
            int cdbLength,
            Direction way,
            @Nullable RegisteredBuffer memory,
            long offset,
            long bytes) {
        requireIdle();
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new IndexOutOfBoundsException("one command moves at most 2 GiB: " + bytes + " bytes");
        }
        if (memory != null) {
            memory.check(offset, bytes);
            if (!memory.belongsTo(engine)) {
                throw new IllegalArgumentException("the buffer is registered with another session");
            }
            if (way == Direction.IN && memory.segment().isReadOnly()) {
                throw new IllegalArgumentException("the buffer is read-only");
            }
        }
        unit = newUnit;
        buffer = bytes == 0 ? null : memory;
        bufferOffset = offset;
        length = (int) bytes;
        direction = bytes == 0 ? Direction.NONE : way;
        fixedLength = false;
        outcome = Outcome.PENDING;
        return task.prepare(newUnit.field, cdbLength);
    }

    /** The unit used last is remembered, so that nothing is looked up, or allocated, when it is used again. */
    private LogicalUnitState unitOf(int lun) {
        LogicalUnitState last = unit;
        return last != null && last.number == lun ? last : engine.unit(lun);
    }

    /** Sets the time limit of the next submissions; 0 is the session's ({@link TimeLimits#command()}). */
    public ScsiRequest timeoutMillis(long millis) {
        requireIdle();
        task.setTimeoutNanos(Math.multiplyExact(millis, 1_000_000L));
        return this;
    }

    /** Keeps something of the caller's, so that a callback shared by many requests finds it. */
    public ScsiRequest attach(@Nullable Object newAttachment) {
        attachment = newAttachment;
        return this;
    }

    /** What was attached. */
    public @Nullable Object attachment() {
        return attachment;
    }

    /**
     * Asks for the command to be aborted; the callback follows when its buffer is out of the target's reach. Does nothing if it is
     * done. Thread-safe.
     */
    public void cancel() {
        if (state.get() == SUBMITTED) {
            engine.cancel(this, submission);
        }
    }

    /** How it ended. */
    public Outcome outcome() {
        return outcome;
    }

    /** SAM-5 status, where the outcome is {@link Outcome#COMPLETED}; GOOD where it is {@link Outcome#RESIDUAL}. */
    public int status() {
        return task.status();
    }

    /** Whether it completed with status GOOD. */
    public boolean isGood() {
        return outcome == Outcome.COMPLETED && task.status() == 0;
    }

    /** How many bytes of data were transferred, of those expected. */
    public int transferredBytes() {
        return outcome == Outcome.COMPLETED || outcome == Outcome.RESIDUAL
                ? (int) (length - Math.max(0, task.residual()))
                : 0;
    }

    /** What was expected and not transferred; negative, what there was beyond it (RFC 7143 section 11.4.5). */
    public long residualBytes() {
        return task.residual();
    }

    /** A copy of the sense data; empty if there is none. Allocates. */
    public byte[] sense() {
        return Arrays.copyOf(task.sense(), task.senseLength());
    }

    /** What a blocking call would have thrown: null after GOOD. Allocates what it returns. */
    public @Nullable InitiatorException failure() {
        if (outcome == Outcome.PENDING || isGood()) {
            return null;
        }
        String what = describe();
        return switch (outcome) {
            case PENDING -> null;
            case COMPLETED -> new ScsiException(what, task.status(), SenseData.parse(sense()));
            case RESIDUAL -> new ResidualException(what, length, task.residual());
            case TARGET_FAILURE -> new InitiatorException(what + ": " + failureDetail);
            case TIMED_OUT, ABORTED -> new CommandAbortedException(what + ": " + failureDetail);
            case OUTCOME_UNKNOWN -> new OutcomeUnknownException(what + ": " + failureDetail);
            case UNFLUSHED_WRITES -> new UnflushedWritesException(what + ": " + failureDetail);
            case SESSION_ENDED -> new SessionEndedException(what + ": " + failureDetail, engine.failure());
        };
    }

    /** Such as {@code READ of LUN 0}. */
    String describe() {
        String name = switch (task.operationCode()) {
            case 0x00 -> "TEST UNIT READY";
            case CommandBlocks.INQUIRY -> "INQUIRY";
            case CommandBlocks.REPORT_LUNS -> "REPORT LUNS";
            case CommandBlocks.READ_CAPACITY_10, CommandBlocks.SERVICE_ACTION_IN_16 -> "READ CAPACITY";
            case 0x08, 0x28, 0xa8, 0x88 -> "READ";
            case 0x0a, 0x2a, 0xaa, 0x8a -> "WRITE";
            case CommandBlocks.SYNCHRONIZE_CACHE_10, CommandBlocks.SYNCHRONIZE_CACHE_16 -> "SYNCHRONIZE CACHE";
            case CommandBlocks.UNMAP -> "UNMAP";
            default -> "command 0x" + Integer.toHexString(task.operationCode());
        };
        LogicalUnitState known = unit;
        return name + " of LUN " + (known == null ? LogicalUnitNumber.decode(task.lun()) : known.number);
    }

    private void requireIdle() {
        if (state.get() != IDLE) {
            throw new IllegalStateException("the request is submitted and not done");
        }
    }

    // For the engine.

    LogicalUnitState unit() {
        LogicalUnitState current = unit;
        if (current == null) {
            throw new IllegalStateException("the request was not set up: call read, write, flush or command first");
        }
        return current;
    }

    /** It is the session's from here. */
    void claim() {
        unit();
        if (!state.compareAndSet(IDLE, SUBMITTED)) {
            throw new IllegalStateException("the request is submitted and not done");
        }
        RegisteredBuffer memory = buffer;
        if (memory != null) {
            try {
                memory.acquire();
            } catch (IllegalStateException e) {
                state.set(IDLE);
                throw e;
            }
        }
        outcome = Outcome.PENDING;
        LogicalUnitState current = unit;
        lossesTold = current == null ? 0 : current.lossesTold();
        int before = submission;
        submission = before + 1;
        cancelled = false;
        unitAttentions = 0;
        replays = 0;
        timesUnsent = 0;
    }

    /** Cancels it for a caller who does not wait for its end. On the poller's thread. */
    void abandon() {
        RegisteredBuffer memory = buffer;
        if (isSubmitted() && memory != null && !abandoned) {
            abandoned = true;
            memory.abandoned();
        }
        cancel();
    }

    /** It was not submitted after all, or has ended. */
    void unclaim() {
        RegisteredBuffer memory = buffer;
        if (memory != null) {
            memory.release(abandoned);
        }
        abandoned = false;
        state.set(IDLE);
    }

    int submission() {
        return submission;
    }

    boolean isSubmitted() {
        return state.get() == SUBMITTED;
    }

    /** Points the task at the memory, as it is registered now. */
    void describeData() {
        RegisteredBuffer memory = buffer;
        if (memory == null) {
            return;
        }
        if (direction == Direction.OUT) {
            task.dataOut().set(memory.registered(), bufferOffset, length);
        } else {
            task.dataIn().set(memory.registered(), bufferOffset, length);
        }
    }

    /** Whether it was answered GOOD and moved other bytes than those of its blocks. */
    boolean hasResidual() {
        return fixedLength && task.status() == 0 && task.residual() != 0;
    }

    int length() {
        return length;
    }

    /** Gives it back to the caller, whose callback is called. */
    void complete(Outcome how, String detail) {
        outcome = how;
        failureDetail = detail;
        unclaim();
        callback.onCompleted(this);
    }
}
