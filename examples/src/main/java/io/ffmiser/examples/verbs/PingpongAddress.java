package io.ffmiser.examples.verbs;

import io.ffmiser.verbs.Gid;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Where a queue pair is, as rdma-core's pingpong examples tell it to each other over TCP: the text {@code lid:qpn:psn:gid} in hexadecimal digits, 4,
 * 6, 6 and 32 of them, with a zero byte at its end.
 *
 * @param lid of the port, 0 on RoCE
 * @param queuePairNumber 24 bits
 * @param packetNumber the first one that it sends, 24 bits
 * @param gid of the port, {@link Gid#ZERO} where none is used
 */
record PingpongAddress(int lid, int queuePairNumber, int packetNumber, Gid gid) {
    private static final int GID_BYTES = 16;
    private static final int TEXT_LENGTH = "0000:000000:000000:".length() + 2 * GID_BYTES;
    /** What the client says when it has heard the server, with the zero byte. */
    private static final byte[] DONE = {'d', 'o', 'n', 'e', 0};

    String text() {
        byte[] bytes = new byte[GID_BYTES];
        gid.writeTo(MemorySegment.ofArray(bytes));
        return "%04x:%06x:%06x:%s"
                .formatted(lid, queuePairNumber, packetNumber, HexFormat.of().formatHex(bytes));
    }

    static PingpongAddress parse(String text) {
        String[] fields = text.split(":", -1);
        try {
            if (fields.length == 4) {
                byte[] bytes = HexFormat.of().parseHex(fields[3]);
                if (bytes.length == GID_BYTES) {
                    return new PingpongAddress(
                            HexFormat.fromHexDigits(fields[0]),
                            HexFormat.fromHexDigits(fields[1]),
                            HexFormat.fromHexDigits(fields[2]),
                            Gid.read(MemorySegment.ofArray(bytes)));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the peer's address is not lid:qpn:psn:gid but " + text, e);
        }
        throw new IllegalArgumentException("the peer's address is not lid:qpn:psn:gid but " + text);
    }

    void send(OutputStream out) throws IOException {
        byte[] message = new byte[TEXT_LENGTH + 1];
        System.arraycopy(text().getBytes(StandardCharsets.US_ASCII), 0, message, 0, TEXT_LENGTH);
        out.write(message);
        out.flush();
    }

    static PingpongAddress receive(InputStream in) throws IOException {
        byte[] message = in.readNBytes(TEXT_LENGTH + 1);
        if (message.length <= TEXT_LENGTH) {
            throw new EOFException("the peer went away before it told its address");
        }
        return parse(new String(message, 0, TEXT_LENGTH, StandardCharsets.US_ASCII));
    }

    static void sendDone(OutputStream out) throws IOException {
        out.write(DONE);
        out.flush();
    }

    static void receiveDone(InputStream in) throws IOException {
        if (in.readNBytes(DONE.length).length < DONE.length) {
            throw new EOFException("the peer went away before it heard this side's address");
        }
    }
}
