package io.ffmiser.initiator;

import org.jspecify.annotations.Nullable;

/**
 * A SCSI command that the caller owns and uses again and again: set it up with one of {@link #read}, {@link #write}, {@link #flush},
 * {@link #command}, hand it to {@link Session#submit}, and look at the result in its {@link ScsiCallback}. In steady state nothing is
 * allocated.
 *
 * <p>Between submission and callback it belongs to the session: only {@link #cancel} may be called. Otherwise it belongs to one
 * thread at a time.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ScsiRequest {
    private final ScsiCallback callback;
    private @Nullable Object attachment;

    ScsiRequest(ScsiCallback callback) {
        this.callback = callback;
    }

    /**
     * Reads blocks into a buffer.
     *
     * @param lun whose capacity the session knows ({@link Session#capacity} was called)
     * @param offset where in the buffer
     * @throws IndexOutOfBoundsException if the blocks do not lie in the logical unit, or the bytes not in the buffer
     */
    public ScsiRequest read(int lun, long lba, int blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    /** Writes blocks from a buffer; as {@link #read}. The data may be in a volatile cache until a {@link #flush}. */
    public ScsiRequest write(int lun, long lba, int blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    /** As {@link #write}, but the data is on stable storage when it completes (FUA). */
    public ScsiRequest writeThrough(int lun, long lba, int blocks, RegisteredBuffer buffer, long offset) {
        throw new UnsupportedOperationException();
    }

    /** Makes all writes that completed before durable (SYNCHRONIZE CACHE of the whole unit). */
    public ScsiRequest flush(int lun) {
        throw new UnsupportedOperationException();
    }

    /** Any command without data. */
    public ScsiRequest command(int lun, byte[] cdb) {
        throw new UnsupportedOperationException();
    }

    /** Any command that takes data from the target. */
    public ScsiRequest commandIn(int lun, byte[] cdb, RegisteredBuffer buffer, long offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** Any command that gives data to the target. */
    public ScsiRequest commandOut(int lun, byte[] cdb, RegisteredBuffer buffer, long offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** Sets the time limit of the next submissions; 0 is the session's ({@link TimeLimits#command()}). */
    public ScsiRequest timeoutMillis(long millis) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    /** How it ended. */
    public Outcome outcome() {
        throw new UnsupportedOperationException();
    }

    /** SAM-5 status, where the outcome is {@link Outcome#COMPLETED}. */
    public int status() {
        throw new UnsupportedOperationException();
    }

    /** Whether it completed with status GOOD. */
    public boolean isGood() {
        throw new UnsupportedOperationException();
    }

    /** How many bytes of data were transferred, of those expected. */
    public int transferredBytes() {
        throw new UnsupportedOperationException();
    }

    /** A copy of the sense data; empty if there is none. Allocates. */
    public byte[] sense() {
        throw new UnsupportedOperationException();
    }

    /** What a blocking call would have thrown: null after GOOD. Allocates. */
    public @Nullable InitiatorException failure() {
        throw new UnsupportedOperationException();
    }

    ScsiCallback callback() {
        return callback;
    }
}
