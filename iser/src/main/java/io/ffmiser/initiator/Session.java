package io.ffmiser.initiator;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session with one target: made by {@link Initiator#login}, it survives lost connections within its {@link ReconnectPolicy}.
 *
 * <p>Thread-safe. Every wait has a limit ({@link TimeLimits}). The blocking forms throw what the futures of the asynchronous ones
 * fail with; they must not be called from a callback. A LUN is its number, 0 to 16383 (peripheral and flat space addressing).
 *
 * <p>A future may be cancelled, or completed by {@link CompletableFuture#orTimeout}: its commands that were not sent are dropped, those
 * at the target are aborted (ABORT TASK, RFC 7143 section 11.5.1; after {@link TimeLimits#taskManagement} the connection is torn down).
 * The future is done at once, but its buffer stays in use until the target cannot reach it any more ({@link RegisteredBuffer#close}).
 * Only the future that the call returned does so, no other that is derived from it. A blocking form whose thread is interrupted does the
 * same and throws {@link CallInterruptedException}; the thread's interrupt status is kept. A reset or a logout is not taken back: it only
 * is not waited for.
 *
 * <p>After a lost connection, READs and WRITEs that were not answered are sent again when the session is restored; any other command
 * fails as {@link OutcomeUnknownException}; and where acknowledged writes had not been flushed, the flushes submitted before one has told
 * of it, that one included, fail as {@link UnflushedWritesException}. Who wants to survive that keeps, or can make again, what it
 * wrote since the last flush that succeeded: it writes that again in the same order, and flushes again. A flush now and then bounds how
 * much that is.
 *
 * <p>A command that a reset or login kept from being carried out (unit attention 29h) is repeated; the convenience calls (everything but
 * {@link #submit}) do so for any unit attention, and where the target is busy.
 */
public final class Session implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private final SessionEngine engine;
    private final PollerDriver driver;
    private final ControlCommands control;

    Session(SessionEngine engine) {
        this.engine = engine;
        driver = engine.driver();
        control = new ControlCommands(engine);
    }

    public String targetName() {
        return engine.options().targetName();
    }

    public InetSocketAddress portal() {
        return engine.options().portal();
    }

    public SessionState state() {
        return engine.state();
    }

    /** Why it is {@link SessionState#FAILED}, else null. */
    public @Nullable InitiatorException failure() {
        return engine.failure();
    }

    /** The outcome of the negotiation of the current or last connection: text keys and their values. */
    public Map<String, String> negotiated() {
        return engine.negotiated();
    }

    public SessionCounters counters() {
        return driver.blockUninterruptibly(onPoller(engine::snapshot));
    }

    /** Allocates zeroed, page-aligned native memory and registers it for I/O. */
    public RegisteredBuffer allocate(long bytes) {
        return driver.blockUninterruptibly(onPoller(() -> engine.memory().allocate(bytes)));
    }

    /**
     * Registers the caller's native memory for I/O; it must stay alive until the buffer is closed, and be usable by any thread. Where
     * it is read-only it can only be written from.
     */
    public RegisteredBuffer register(MemorySegment memory) {
        return driver.blockUninterruptibly(onPoller(() -> engine.memory().register(memory)));
    }

    /** A new reusable command for {@link #submit}. */
    public ScsiRequest newRequest(ScsiCallback callback) {
        return new ScsiRequest(engine, callback);
    }

    /**
     * Hands over a request: the hot path. Its callback follows, or comes during the call, if this does not throw.
     *
     * @throws QueueFullException if too many wait
     * @throws SessionEndedException if the session is closed or has failed
     * @throws IllegalStateException if the request is submitted already or was not set up, or its buffer is closed
     */
    public void submit(ScsiRequest request) {
        engine.submit(request);
    }

    /**
     * The logical units that the target reports (REPORT LUNS), ascending; those of multi-level addressing are left out.
     *
     * @throws InitiatorException if it lists more than 16,384, or not as many as it says
     */
    public List<Integer> luns() {
        return driver.block(lunsAsync());
    }

    public CompletableFuture<List<Integer>> lunsAsync() {
        return control.luns();
    }

    /** Standard INQUIRY data. */
    public Inquiry inquiry(int lun) {
        return driver.block(inquiryAsync(lun));
    }

    public CompletableFuture<Inquiry> inquiryAsync(int lun) {
        return control.inquiry(lun);
    }

    /** A vital product data page, whole, such as 0x83. */
    public byte[] vitalProductData(int lun, int page) {
        return driver.block(vitalProductDataAsync(lun, page));
    }

    public CompletableFuture<byte[]> vitalProductDataAsync(int lun, int page) {
        return control.vitalProductData(lun, page);
    }

    /** Asks the target (READ CAPACITY 16, or 10 where it knows only that), and remembers it for {@link ScsiRequest#read}. */
    public Capacity capacity(int lun) {
        return driver.block(capacityAsync(lun));
    }

    public CompletableFuture<Capacity> capacityAsync(int lun) {
        return control.capacity(lun);
    }

    /**
     * Reads blocks, in as many commands as the target's limit on one takes.
     *
     * @param lun whose capacity the session knows ({@link #capacity} was called)
     * @throws IndexOutOfBoundsException if the blocks do not lie in the logical unit, or the bytes not in the buffer
     * @throws ResidualException if the target says GOOD and did not move all of them
     */
    public void read(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        driver.block(readAsync(lun, lba, blocks, buffer, offset));
    }

    public CompletableFuture<Void> readAsync(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        return BlockRange.transfer(engine, false, lun, lba, blocks, buffer, offset);
    }

    /** Writes blocks, in as many commands as the target's limit on one takes. Durable after a {@link #flush}. */
    public void write(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        driver.block(writeAsync(lun, lba, blocks, buffer, offset));
    }

    public CompletableFuture<Void> writeAsync(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        return BlockRange.transfer(engine, true, lun, lba, blocks, buffer, offset);
    }

    /**
     * Makes all writes that completed before durable.
     *
     * @throws UnflushedWritesException if some of them may have been lost with an earlier connection: write again all that was
     *     written since the last flush that succeeded, and flush again
     * @throws OutcomeUnknownException if the connection was lost before the answer, and no writes with it: flush again
     */
    public void flush(int lun) {
        driver.block(flushAsync(lun));
    }

    public CompletableFuture<Void> flushAsync(int lun) {
        return control.flush(lun);
    }

    /**
     * Tells the target that the blocks hold nothing of interest, in as many UNMAP commands as its limits want, a few at a time (MAXIMUM
     * UNMAP LBA COUNT, SBC-4 section 6.6.4).
     *
     * @param lun whose capacity the session knows ({@link #capacity} was called)
     * @throws UnsupportedOperationException if the unit says that it does not support UNMAP
     * @throws IndexOutOfBoundsException if the blocks do not lie in the logical unit
     */
    public void unmap(int lun, long lba, long blocks) {
        driver.block(unmapAsync(lun, lba, blocks));
    }

    public CompletableFuture<Void> unmapAsync(int lun, long lba, long blocks) {
        return BlockRange.unmap(engine, lun, lba, blocks);
    }

    /**
     * Runs any command, with data copied from and to arrays: for commands of control. A status other than GOOD is not an exception
     * here ({@link ScsiResult#orThrow}). For bulk data use {@link ScsiRequest#commandIn} and {@link ScsiRequest#commandOut}.
     *
     * @param cdb 6 to 16 octets
     * @param dataOut at most 64 KiB, empty for none
     * @param dataInLength at most 64 KiB, 0 for none; not both directions
     */
    public ScsiResult execute(int lun, byte[] cdb, byte[] dataOut, int dataInLength) {
        return driver.block(executeAsync(lun, cdb, dataOut, dataInLength));
    }

    public CompletableFuture<ScsiResult> executeAsync(int lun, byte[] cdb, byte[] dataOut, int dataInLength) {
        return control.execute(lun, cdb, dataOut, dataInLength);
    }

    /** LOGICAL UNIT RESET (RFC 7143 section 11.5.1): the commands outstanding on it end as {@link Outcome#ABORTED}. */
    public void resetLogicalUnit(int lun) {
        driver.block(resetLogicalUnitAsync(lun));
    }

    public CompletableFuture<Void> resetLogicalUnitAsync(int lun) {
        return control.resetLogicalUnit(lun);
    }

    /** Lets what is outstanding finish, logs out, and ends. Idempotent. */
    public void logout() {
        driver.block(logoutAsync());
    }

    public CompletableFuture<Void> logoutAsync() {
        return driver.supply(engine::logout);
    }

    /**
     * As {@link #logout}; where nothing may block, or the thread is interrupted, it only begins it. Never throws for what goes wrong in
     * it.
     */
    @Override
    public void close() {
        try {
            CompletableFuture<Void> ending = logoutAsync();
            if (driver.canBlock()) {
                driver.block(ending);
            }
        } catch (CallInterruptedException e) {
            LOG.debug("{}: its logout is not waited for", targetName(), e);
        } catch (IllegalStateException e) {
            LOG.debug("{}: closed after its initiator", targetName(), e);
        }
    }

    private <T> CompletableFuture<T> onPoller(Supplier<T> work) {
        return driver.supply(() -> CompletableFuture.completedFuture(work.get()));
    }
}
