package io.ffmiser.examples;

import io.ffmiser.initiator.OutcomeUnknownException;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.UnflushedWritesException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Makes writes last: says when a flush is due, flushes, and has written again what the target may have lost with its cache when a
 * connection was lost.
 */
final class DurableWrite {
    /** The longest time between two flushes, while data comes. */
    static final Duration FLUSH_TIME = Duration.ofSeconds(10);
    /** How often one stretch of data is written again before it is given up. */
    private static final int MAX_REWRITES = 8;

    private final Session session;
    private final int lun;
    private final Consumer<String> report;
    private final LongSupplier nanoTime;
    private long flushedAt;

    /** Writes bytes of the source once more. */
    interface Again {
        void write() throws IOException;
    }

    /**
     * For one disk.
     *
     * @param report gets one line whenever something is written again
     * @param nanoTime a clock
     */
    DurableWrite(Session session, int lun, Consumer<String> report, LongSupplier nanoTime) {
        this.session = session;
        this.lun = lun;
        this.report = report;
        this.nanoTime = nanoTime;
        flushedAt = nanoTime.getAsLong();
    }

    /**
     * Whether it is time to flush.
     *
     * @param unflushed bytes that the caller has and could write again
     * @param most of them
     */
    boolean isDue(long unflushed, long most) {
        return unflushed >= most || (unflushed > 0 && nanoTime.getAsLong() - flushedAt >= FLUSH_TIME.toNanos());
    }

    /**
     * Flushes.
     *
     * @param from where on the disk the bytes begin that were written since the last flush
     * @param length how many they are
     * @param again writes them once more
     * @throws UnflushedWritesException if connections are lost time and again
     */
    void flush(long from, long length, Again again) throws IOException {
        for (int rewrites = 0; !flushed(rewrites == MAX_REWRITES); rewrites++) {
            report.accept("a connection was lost before a flush: writing " + ByteSize.format((double) length)
                    + " from byte " + from + " again");
            again.write();
        }
        flushedAt = nanoTime.getAsLong();
    }

    /** Whether what was written is on the disk; false if it is to be written again. */
    private boolean flushed(boolean last) {
        try {
            flushAnswered();
            return true;
        } catch (UnflushedWritesException e) {
            if (last) {
                throw e;
            }
            return false;
        }
    }

    /** One whose answer was lost is repeated: that does no harm, and the session tells of lost writes all the same. */
    private void flushAnswered() {
        for (int tries = 0; ; tries++) {
            try {
                session.flush(lun);
                return;
            } catch (OutcomeUnknownException e) {
                if (tries == MAX_REWRITES) {
                    throw e;
                }
            }
        }
    }
}
