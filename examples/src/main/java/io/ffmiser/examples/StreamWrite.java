package io.ffmiser.examples;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Writes what has no size, such as a pipe, to a disk: portion by portion to its end. */
final class StreamWrite {
    /** No limit: to the end of the stream. */
    static final long TO_THE_END = -1;

    private static final int PORTION = 8 << 20;

    private final DiskPipe pipe;
    private final Consumer<ByteBuffer> seen;
    private final LongConsumer progress;

    /**
     * To a disk.
     *
     * @param seen is shown every portion before it is written
     * @param progress is told how many bytes have passed
     */
    StreamWrite(DiskPipe pipe, Consumer<ByteBuffer> seen, LongConsumer progress) {
        this.pipe = pipe;
        this.seen = seen;
        this.progress = progress;
    }

    /**
     * Writes from the stream's place to its end, or so many bytes.
     *
     * @param offset first byte on the disk
     * @param most bytes, or {@link #TO_THE_END}
     * @return how many bytes it wrote
     * @throws EOFException if the stream has fewer bytes than asked for
     */
    long write(long offset, ReadableByteChannel in, long most) throws IOException {
        ByteBuffer portion = ByteBuffer.allocateDirect(PORTION);
        long passed = 0;
        boolean more = true;
        while (more && passed != most) {
            portion.clear();
            if (most != TO_THE_END) {
                portion.limit((int) Math.min(PORTION, most - passed));
            }
            while (portion.hasRemaining() && more) {
                more = in.read(portion) >= 0;
            }
            portion.flip();
            seen.accept(portion.duplicate());
            long before = passed;
            pipe.write(
                    offset + passed,
                    portion.remaining(),
                    piece -> {
                        int count = piece.remaining();
                        piece.put(portion.slice(portion.position(), count));
                        portion.position(portion.position() + count);
                    },
                    done -> progress.accept(before + done));
            passed += portion.limit();
        }
        if (most != TO_THE_END && passed < most) {
            throw new EOFException("the source ended " + (most - passed) + " bytes early");
        }
        return passed;
    }
}
