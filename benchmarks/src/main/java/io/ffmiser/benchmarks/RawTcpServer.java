package io.ffmiser.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The limit that the pair is measured against: a TCP peer that answers every request of a fixed size with a response of a fixed size,
 * and does nothing else. It busy-polls its non-blocking socket, as the pair under measurement does.
 *
 * <p>A client first sends two ints: request and response size in bytes. One client at a time; the process ends with its standard
 * input.
 */
public final class RawTcpServer {
    /** The most moved by one system call: larger pieces fall out of the processor's caches and are slower. */
    static final int PIECE_BYTES = 64 << 10;

    private RawTcpServer() {}

    /** Prints {@code port N} and serves. */
    public static void main(String[] args) throws IOException {
        Thread watcher = new Thread(RawTcpServer::exitAtEndOfInput, "stdin-watch");
        watcher.setDaemon(true);
        watcher.start();
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            System.out.println("port " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
            while (true) {
                try (SocketChannel client = listener.accept()) {
                    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    serve(client);
                }
            }
        }
    }

    private static void serve(SocketChannel client) throws IOException {
        ByteBuffer sizes = ByteBuffer.allocateDirect(8);
        while (sizes.hasRemaining()) {
            if (client.read(sizes) < 0) {
                return;
            }
        }
        int requestBytes = sizes.getInt(0);
        ByteBuffer response = ByteBuffer.allocateDirect(sizes.getInt(4));
        ByteBuffer requests = ByteBuffer.allocateDirect(Math.max(requestBytes, PIECE_BYTES));
        client.configureBlocking(false);
        response.position(response.capacity());
        long received = 0;
        long answered = 0;
        while (true) {
            requests.clear().limit(PIECE_BYTES);
            int read = client.read(requests);
            if (read < 0) {
                return;
            }
            received += read;
            boolean underWay = response.position() < response.capacity();
            if (underWay || answered < received / requestBytes) {
                if (!underWay) {
                    response.clear();
                }
                response.limit(Math.min(response.capacity(), response.position() + PIECE_BYTES));
                client.write(response);
                if (response.position() == response.capacity()) {
                    answered++;
                }
            }
        }
    }

    private static void exitAtEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // only the end counts
            }
        } catch (IOException e) {
            // as good as the end
        }
        System.exit(0);
    }
}
