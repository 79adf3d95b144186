package io.ffmiser.benchmarks;

import io.ffmiser.benchmarks.RawTcpStream.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/** Drives a {@link RawTcpServer}. */
final class RawTcpClient {
    private final InetSocketAddress server;
    private final ByteBuffer source = RawTcpStream.memory(Memory.DISK.sourceBytes());
    private final ByteBuffer sink = RawTcpStream.memory(Memory.DISK.sinkBytes());

    RawTcpClient(InetSocketAddress server) {
        this.server = server;
    }

    private SocketChannel connect(int requestBytes, int responseBytes, int sourceBytes, int sinkBytes)
            throws IOException {
        SocketChannel channel = SocketChannel.open(server);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        ByteBuffer sizes = ByteBuffer.allocateDirect(RawTcpServer.PREAMBLE_BYTES)
                .putInt(requestBytes)
                .putInt(responseBytes)
                .putInt(sourceBytes)
                .putInt(sinkBytes)
                .flip();
        while (sizes.hasRemaining()) {
            channel.write(sizes);
        }
        return channel;
    }

    /**
     * One request after the other for a while, busy-polling.
     *
     * @param nanos how long, after a quarter of that as a warm-up
     * @param latencies takes the round trips in nanoseconds
     * @return responses per second
     */
    double roundTrips(int requestBytes, int responseBytes, long nanos, Histogram latencies) throws IOException {
        try (SocketChannel channel = connect(requestBytes, responseBytes, 0, 0)) {
            channel.configureBlocking(false);
            ByteBuffer request = ByteBuffer.allocateDirect(requestBytes);
            ByteBuffer response = ByteBuffer.allocateDirect(responseBytes);
            roundTrips(channel, request, response, nanos / 4, new Histogram(3));
            return roundTrips(channel, request, response, nanos, latencies);
        }
    }

    private static double roundTrips(
            SocketChannel channel, ByteBuffer request, ByteBuffer response, long nanos, Histogram latencies)
            throws IOException {
        long answered = 0;
        long begin = System.nanoTime();
        long now = begin;
        while (now - begin < nanos) {
            request.clear();
            while (request.hasRemaining()) {
                channel.write(request);
            }
            response.clear();
            while (response.hasRemaining()) {
                if (channel.read(response) < 0) {
                    throw new IOException("the raw TCP server closed the connection");
                }
            }
            long sent = now;
            now = System.nanoTime();
            latencies.recordValue(now - sent);
            answered++;
        }
        return answered * 1e9 / (now - begin);
    }

    /**
     * A number of requests in flight for a while.
     *
     * @param depth requests in flight
     * @param nanos how long, after a quarter of that as a warm-up
     * @return responses per second
     */
    double stream(int requestBytes, int responseBytes, int depth, Memory memory, long nanos) throws IOException {
        try (SocketChannel channel = connect(requestBytes, responseBytes, memory.sourceBytes(), memory.sinkBytes())) {
            RawTcpStream stream = new RawTcpStream(
                    channel,
                    responseBytes,
                    requestBytes,
                    source.slice(0, memory.sourceBytes()),
                    sink.slice(0, memory.sinkBytes()));
            stream(stream, depth, nanos / 4);
            return stream(stream, depth, nanos);
        }
    }

    private static double stream(RawTcpStream stream, int depth, long nanos) throws IOException {
        long begin = System.nanoTime();
        long answered = 0;
        long sent = 0;
        boolean sending = true;
        while (sending || answered < sent) {
            if (sending) {
                int free = (int) (depth - (sent - answered));
                stream.send(free);
                sent += free;
            }
            answered += stream.receive();
            sending = System.nanoTime() - begin < nanos;
        }
        return answered * 1e9 / (System.nanoTime() - begin);
    }
}
