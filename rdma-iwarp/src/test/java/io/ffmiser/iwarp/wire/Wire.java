package io.ffmiser.iwarp.wire;

import io.ffmiser.iwarp.mpa.Fpdu;
import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.FpduWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A TCP connection whose octets the test makes and reads itself. */
final class Wire implements AutoCloseable {
    static final String REQUEST_KEY = "4d504120494420526571204672616d65";
    static final String REPLY_KEY = "4d504120494420526570204672616d65";
    /** Revision 2, CRC, IRD 16, ORD 16. */
    static final String REQUEST = REQUEST_KEY + "5002 0004 0010 0010";

    final SocketChannel channel;
    private final ByteBuffer received = ByteBuffer.allocate(1 << 20);
    private FpduWriter writer = new FpduWriter(true, false);
    private FpduReceiver reader = new FpduReceiver(true, false);
    private final ByteBuffer ulpdu = ByteBuffer.allocate(0x10000);
    private final List<byte[]> ulpdus = new ArrayList<>();
    private int parsed;
    private boolean ended;

    Wire(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** From here on FPDUs have, or have not, CRCs and markers. */
    void frame(boolean crc, boolean sendMarkers, boolean receiveMarkers) {
        writer = new FpduWriter(crc, sendMarkers);
        reader = new FpduReceiver(crc, receiveMarkers);
    }

    void send(byte[] octets) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(octets);
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    void send(String hex) throws IOException {
        send(hex(hex));
    }

    /** Sends FPDUs that carry these ULPDUs. */
    void sendUlpdus(String... contents) throws IOException {
        for (String content : contents) {
            send(framed(hex(content)));
        }
    }

    byte[] framed(byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(writer.maxOctets(content.length) + 2 * Fpdu.MARKER_OCTETS);
        writer.begin(content.length);
        writer.copy(ByteBuffer.allocate(2).putShort(0, (short) content.length), 0, 2, out);
        writer.copy(ByteBuffer.wrap(content), 0, content.length, out);
        writer.finish(out);
        byte[] octets = new byte[out.flip().remaining()];
        out.get(octets);
        return octets;
    }

    /** Takes what has come; true if something has. */
    boolean receive() throws IOException {
        int count;
        try {
            count = ended ? 0 : channel.read(received);
        } catch (IOException reset) {
            count = -1;
        }
        ended |= count < 0;
        return count != 0;
    }

    /** Whether the device has closed its side. */
    boolean isEnded() {
        return ended;
    }

    int octets() {
        return received.position() - parsed;
    }

    /** Takes octets that have come. */
    byte[] take(int count) {
        byte[] octets = new byte[count];
        received.get(parsed, octets);
        parsed += count;
        return octets;
    }

    /** All whole ULPDUs that have come so far. */
    List<byte[]> ulpdus() {
        ByteBuffer in = received.duplicate().position(parsed).limit(received.position());
        FpduReceiver.Step step = reader.advance(in);
        while (step != FpduReceiver.Step.NEED_INPUT) {
            switch (step) {
                case ULPDU -> reader.take(in, ulpdu, Integer.MAX_VALUE);
                case END -> {
                    byte[] octets = new byte[ulpdu.flip().remaining()];
                    ulpdu.get(octets).clear();
                    ulpdus.add(octets);
                }
                default -> throw new AssertionError("the device sent a wrong FPDU: " + reader.error());
            }
            if (reader.remaining() > 0 && !in.hasRemaining()) {
                break;
            }
            step = reader.advance(in);
        }
        parsed = in.position();
        return ulpdus;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
