package io.ffmiser.examples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Writes a regular file to the start of a disk; what has to be written again is read again. */
final class FileWrite {
    /** The most bytes between two flushes. */
    static final int FLUSH_BYTES = 256 << 20;

    private final DiskPipe pipe;
    private final DurableWrite durable;
    private final Consumer<ByteBuffer> seen;
    private final LongConsumer progress;

    /**
     * To a disk.
     *
     * @param seen is shown every byte once, before it is written
     * @param progress is told how many bytes have passed
     */
    FileWrite(DiskPipe pipe, DurableWrite durable, Consumer<ByteBuffer> seen, LongConsumer progress) {
        this.pipe = pipe;
        this.durable = durable;
        this.seen = seen;
        this.progress = progress;
    }

    /** Writes the file's first bytes, and flushes. */
    void write(FileChannel file, long bytes) throws IOException {
        long done = 0;
        do {
            long from = done;
            long length = pipe.write(
                    from,
                    bytes - from,
                    piece -> {
                        int start = piece.position();
                        fill(piece, file);
                        seen.accept(piece.duplicate().flip().position(start));
                    },
                    passed -> progress.accept(from + passed),
                    taken -> durable.isDue(taken, FLUSH_BYTES));
            durable.flush(from, length, () -> {
                file.position(from);
                pipe.write(from, length, piece -> fill(piece, file), passed -> {}, DiskPipe.TO_THE_END);
            });
            done += length;
        } while (done < bytes);
    }

    private static void fill(ByteBuffer piece, FileChannel file) throws IOException {
        while (piece.hasRemaining() && file.read(piece) >= 0) {
            // reads on
        }
    }
}
