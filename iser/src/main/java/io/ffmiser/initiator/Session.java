package io.ffmiser.initiator;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A session with one target: made by {@link Initiator#login}, it survives lost connections within its {@link ReconnectPolicy}.
 *
 * <p>Thread-safe. Every wait has a limit ({@link TimeLimits}). The blocking forms throw what the futures of the asynchronous ones
 * fail with; they must not be called from a callback. A LUN is its number, 0 to 16383 (peripheral and flat space addressing).
 *
 * <p>The convenience calls (everything but {@link #submit}) repeat a command that a unit attention kept from being carried out, as the
 * first ones after a login are.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Session implements AutoCloseable {
    Session() {}

    public String targetName() {
        throw new UnsupportedOperationException();
    }

    public InetSocketAddress portal() {
        throw new UnsupportedOperationException();
    }

    public SessionState state() {
        throw new UnsupportedOperationException();
    }

    /** Why it is {@link SessionState#FAILED}, else null. */
    public @Nullable InitiatorException failure() {
        throw new UnsupportedOperationException();
    }

    /** The outcome of the negotiation of the current or last connection: text keys and their values, in the keys' order. */
    public Map<String, String> negotiated() {
        throw new UnsupportedOperationException();
    }

    public SessionCounters counters() {
        throw new UnsupportedOperationException();
    }

    /** Allocates zeroed, page-aligned native memory and registers it for I/O. */
    public RegisteredBuffer allocate(long bytes) {
        throw new UnsupportedOperationException();
    }

    /**
     * Registers the caller's native memory for I/O; it must stay alive until the buffer is closed, and be usable by any thread. Where
     * it is read-only it can only be written from.
     */
    public RegisteredBuffer register(MemorySegment memory) {
        throw new UnsupportedOperationException();
    }

    /** A new reusable command for {@link #submit}. */
    public ScsiRequest newRequest(ScsiCallback callback) {
        throw new UnsupportedOperationException();
    }

    /**
     * Hands over a request: the hot path. Its callback follows in any case once this has returned or thrown nothing.
     *
     * @throws QueueFullException if too many wait
     * @throws SessionEndedException if the session is closed or has failed
     * @throws IllegalStateException if the request is submitted already, or its buffer is closed
     */
    public void submit(ScsiRequest request) {
        throw new UnsupportedOperationException();
    }

    /** The logical units that the target reports (REPORT LUNS), ascending; those of multi-level addressing are left out. */
    public List<Integer> luns() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<List<Integer>> lunsAsync() {
        throw new UnsupportedOperationException();
    }

    /** Standard INQUIRY data. */
    public Inquiry inquiry(int lun) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Inquiry> inquiryAsync(int lun) {
        throw new UnsupportedOperationException();
    }

    /** A vital product data page, whole, such as 0x83. */
    public byte[] vitalProductData(int lun, int page) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<byte[]> vitalProductDataAsync(int lun, int page) {
        throw new UnsupportedOperationException();
    }

    /** Asks the target (READ CAPACITY 16, or 10 where it knows only that), and remembers it for {@link ScsiRequest#read}. */
    public Capacity capacity(int lun) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Capacity> capacityAsync(int lun) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads blocks, in as many commands as the target's limit on one takes.
     *
     * @throws IndexOutOfBoundsException if the blocks do not lie in the logical unit, or the bytes not in the buffer
     */
    public void read(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> readAsync(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    /** Writes blocks, in as many commands as the target's limit on one takes. Durable after a {@link #flush}. */
    public void write(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> writeAsync(int lun, long lba, long blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes all writes that completed before durable.
     *
     * @throws UnflushedWritesException if some of them may have been lost with an earlier connection
     */
    public void flush(int lun) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> flushAsync(int lun) {
        throw new UnsupportedOperationException();
    }

    /** Tells the target that the blocks hold nothing of interest. */
    public void unmap(int lun, long lba, long blocks) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> unmapAsync(int lun, long lba, long blocks) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<ScsiResult> executeAsync(int lun, byte[] cdb, byte[] dataOut, int dataInLength) {
        throw new UnsupportedOperationException();
    }

    /** LOGICAL UNIT RESET (RFC 7143 section 11.5.1): the commands outstanding on it end as {@link Outcome#ABORTED}. */
    public void resetLogicalUnit(int lun) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> resetLogicalUnitAsync(int lun) {
        throw new UnsupportedOperationException();
    }

    /** Lets what is outstanding finish, logs out, and ends. Idempotent. */
    public void logout() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> logoutAsync() {
        throw new UnsupportedOperationException();
    }

    /** As {@link #logout}; never throws for what goes wrong in it. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
