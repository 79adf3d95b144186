package io.ffmiser.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/** Drives a {@link RawTcpServer}: keeps a number of requests in flight and measures each one's time. */
final class RawTcpClient implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer request;
    private final ByteBuffer response;

    RawTcpClient(InetSocketAddress server, int requestBytes, int responseBytes) throws IOException {
        channel = SocketChannel.open(server);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        ByteBuffer sizes = ByteBuffer.allocateDirect(8)
                .putInt(requestBytes)
                .putInt(responseBytes)
                .flip();
        while (sizes.hasRemaining()) {
            channel.write(sizes);
        }
        channel.configureBlocking(false);
        request = ByteBuffer.allocateDirect(requestBytes);
        response = ByteBuffer.allocateDirect(responseBytes);
    }

    /**
     * Runs requests for a while.
     *
     * @param depth requests in flight
     * @param nanos how long
     * @param latencies takes the round trips in nanoseconds
     * @return responses per second
     */
    double run(int depth, long nanos, Histogram latencies) throws IOException {
        long[] sentAt = new long[depth];
        long sent = 0;
        long answered = 0;
        request.clear();
        response.clear();
        long begin = System.nanoTime();
        long now = begin;
        boolean sending = true;
        while (sending || answered < sent || request.position() > 0) {
            if (request.position() > 0 || (sending && sent - answered < depth)) {
                if (request.position() == 0) {
                    sentAt[(int) (sent % depth)] = now;
                }
                request.limit(Math.min(request.capacity(), request.position() + RawTcpServer.PIECE_BYTES));
                channel.write(request);
                if (request.position() == request.capacity()) {
                    request.clear();
                    sent++;
                }
            }
            if (sent > answered) {
                response.limit(Math.min(response.capacity(), response.position() + RawTcpServer.PIECE_BYTES));
                if (channel.read(response) < 0) {
                    throw new IOException("the raw TCP server closed the connection");
                }
                if (response.position() == response.capacity()) {
                    response.clear();
                    now = System.nanoTime();
                    latencies.recordValue(now - sentAt[(int) (answered % depth)]);
                    answered++;
                    sending = now - begin < nanos;
                }
            }
        }
        return answered * 1e9 / (System.nanoTime() - begin);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
