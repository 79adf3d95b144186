package io.ffmiser.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The limit that the pair is measured against: a TCP peer that answers every request of a fixed size with a response of a fixed size,
 * and does nothing else. For round trips it busy-polls its non-blocking socket, as the pair under measurement does; for streams it is a
 * {@link RawTcpStream}, which blocks: busy-polling a socket takes its lock from the kernel that fills it.
 *
 * <p>A client first sends four ints: request and response size, and the sizes of the stream's source and sink in bytes, which are 0 for
 * round trips. One client at a time; the process ends with its standard input.
 */
public final class RawTcpServer {
    static final int PREAMBLE_BYTES = 4 * Integer.BYTES;

    private static ByteBuffer source = ByteBuffer.allocate(0);
    private static ByteBuffer sink = ByteBuffer.allocate(0);

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
        ByteBuffer sizes = ByteBuffer.allocateDirect(PREAMBLE_BYTES);
        while (sizes.hasRemaining()) {
            if (client.read(sizes) < 0) {
                return;
            }
        }
        int requestBytes = sizes.getInt(0);
        int responseBytes = sizes.getInt(4);
        if (sizes.getInt(8) == 0) {
            serveRoundTrips(client, requestBytes, responseBytes);
        } else {
            source = sized(source, sizes.getInt(8));
            sink = sized(sink, sizes.getInt(12));
            serveStream(new RawTcpStream(client, requestBytes, responseBytes, source, sink));
        }
    }

    private static ByteBuffer sized(ByteBuffer kept, int bytes) {
        return kept.capacity() == bytes ? kept : RawTcpStream.memory(bytes);
    }

    private static void serveRoundTrips(SocketChannel client, int requestBytes, int responseBytes) throws IOException {
        ByteBuffer request = ByteBuffer.allocateDirect(requestBytes);
        ByteBuffer response = ByteBuffer.allocateDirect(responseBytes);
        client.configureBlocking(false);
        while (true) {
            request.clear();
            while (request.hasRemaining()) {
                if (client.read(request) < 0) {
                    return;
                }
            }
            response.clear();
            while (response.hasRemaining()) {
                client.write(response);
            }
        }
    }

    private static void serveStream(RawTcpStream stream) throws IOException {
        try {
            while (true) {
                stream.send(stream.receive());
            }
        } catch (EOFException e) {
            // the client is done
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
