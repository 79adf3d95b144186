package io.ffmiser.examples;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Writes what has no size, such as a pipe, to a disk: portion by portion to its end. It cannot be read again: what was not flushed yet is
 * kept in memory.
 */
final class StreamWrite {
    /** No limit: to the end of the stream. */
    static final long TO_THE_END = -1;

    /** The most bytes that are kept in memory, and so the most between two flushes. */
    static final int WINDOW = 32 << 20;

    /** How many portions a window has: a write begins when one is full. */
    private static final int PORTIONS = 4;

    private final DiskPipe pipe;
    private final DurableWrite durable;
    private final int windowBytes;
    private final Consumer<ByteBuffer> seen;
    private final LongConsumer progress;

    /**
     * To a disk.
     *
     * @param windowBytes such as {@link #WINDOW}
     * @param seen is shown every portion before it is written
     * @param progress is told how many bytes have passed
     */
    StreamWrite(
            DiskPipe pipe, DurableWrite durable, int windowBytes, Consumer<ByteBuffer> seen, LongConsumer progress) {
        this.pipe = pipe;
        this.durable = durable;
        this.windowBytes = windowBytes;
        this.seen = seen;
        this.progress = progress;
    }

    /**
     * Writes from the stream's place to its end, or so many bytes, and flushes.
     *
     * @param offset first byte on the disk
     * @param most bytes, or {@link #TO_THE_END}
     * @return how many bytes it wrote
     * @throws EOFException if the stream has fewer bytes than asked for
     */
    long write(long offset, ReadableByteChannel in, long most) throws IOException {
        ByteBuffer window = ByteBuffer.allocateDirect(windowBytes);
        long flushed = 0;
        boolean more = true;
        while (more && (most == TO_THE_END || flushed + window.position() < most)) {
            int start = window.position();
            int portion = Math.min(windowBytes / PORTIONS, windowBytes - start);
            window.limit(start + (most == TO_THE_END ? portion : (int) Math.min(portion, most - flushed - start)));
            boolean due = false;
            while (window.hasRemaining() && more && !due) {
                more = in.read(window) >= 0;
                due = durable.isDue(window.position(), windowBytes);
            }
            ByteBuffer read = window.duplicate().flip().position(start);
            seen.accept(read.duplicate());
            long before = flushed + start;
            write(offset + before, read, done -> progress.accept(before + done));
            if (due) {
                flushed += flush(offset + flushed, window);
            }
        }
        flushed += flush(offset + flushed, window);
        if (most != TO_THE_END && flushed < most) {
            throw new EOFException("the source ended " + (most - flushed) + " bytes early");
        }
        return flushed;
    }

    /** Makes the window durable and empties it; gives how many bytes it had. */
    private int flush(long offset, ByteBuffer window) throws IOException {
        window.flip();
        int length = window.limit();
        durable.flush(offset, length, () -> write(offset, window.duplicate(), done -> {}));
        window.clear();
        return length;
    }

    private void write(long offset, ByteBuffer data, LongConsumer passed) throws IOException {
        pipe.write(
                offset,
                data.remaining(),
                piece -> {
                    int count = piece.remaining();
                    piece.put(data.slice(data.position(), count));
                    data.position(data.position() + count);
                },
                passed,
                DiskPipe.TO_THE_END);
    }
}
