package io.ffmiser.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;

/**
 * One end of a blocking TCP connection that carries messages of one size each way as fast as TCP goes: calls of 1 MiB, small messages
 * batched in one write, payload from a random place of the source to the next place of the sink. The source is larger than the
 * processor's caches where a disk would be, so that the memory traffic is that of a disk. Allocates nothing after its start.
 */
final class RawTcpStream {
    /** The most that one system call moves. */
    static final int CALL_BYTES = 1 << 20;

    /** How much memory the payload comes from and goes to; multiples of {@link #CALL_BYTES}. */
    record Memory(int sourceBytes, int sinkBytes) {
        /** As the pair under measurement: a disk of 256 MiB, buffers of 8 MiB. */
        static final Memory DISK = new Memory(256 << 20, 8 << 20);
        /** One buffer each, as iperf3 has it. */
        static final Memory ONE_BUFFER = new Memory(CALL_BYTES, CALL_BYTES);
    }

    private final SocketChannel channel;
    private final ByteBuffer source;
    private final ByteBuffer sink;
    private final SplittableRandom random = new SplittableRandom(1);
    private final int inBytes;
    private final int outBytes;
    private final int outPerCall;
    private long received;
    private long taken;
    private int slot;

    /**
     * @param inBytes the size of a message that comes
     * @param outBytes the size of a message that goes
     * @param source where payload comes from, filled
     */
    RawTcpStream(SocketChannel channel, int inBytes, int outBytes, ByteBuffer source, ByteBuffer sink) {
        this.channel = channel;
        this.inBytes = inBytes;
        this.outBytes = outBytes;
        this.source = source;
        this.sink = sink;
        outPerCall = Math.max(1, CALL_BYTES / outBytes);
    }

    /** Memory whose pages exist. */
    static ByteBuffer memory(int bytes) {
        ByteBuffer made = ByteBuffer.allocateDirect(bytes);
        for (int at = 0; at < bytes; at += 4096) {
            made.put(at, (byte) at);
        }
        return made;
    }

    /** Sends that many messages. */
    void send(int messages) throws IOException {
        for (int left = messages; left > 0; left -= outPerCall) {
            int bytes = Math.min(left, outPerCall) * outBytes;
            int places = source.capacity() - bytes + 1;
            int from = random.nextInt(places) & -4096;
            source.limit(from + bytes).position(from);
            while (source.hasRemaining()) {
                channel.write(source);
            }
        }
    }

    /**
     * Waits for data.
     *
     * @return how many messages it completed
     * @throws EOFException if the peer has closed the connection
     */
    int receive() throws IOException {
        sink.limit(slot + CALL_BYTES).position(slot);
        int read = channel.read(sink);
        if (read < 0) {
            throw new EOFException("the peer closed the connection");
        }
        slot = slot + 2 * CALL_BYTES > sink.capacity() ? 0 : slot + CALL_BYTES;
        received += read;
        int completed = (int) (received / inBytes - taken);
        taken += completed;
        return completed;
    }
}
