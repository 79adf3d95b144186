package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An MPA Request or Reply frame (RFC 5044 section 7.1.1, RFC 6581 section 8). Decoding is {@link MpaFrameDecoder}'s.
 *
 * @param kind which of the two, told by the key
 * @param markers the M bit: the frame's sender wants markers in what it receives
 * @param crc the C bit: the frame's sender wants CRCs in both directions
 * @param reject the R bit, of a Reply
 * @param revision 1 (RFC 5044) or 2 (RFC 6581); other values decode, and the state machines refuse them
 * @param enhanced the enhanced set-up data (the S bit), only with revision 2
 * @param privateData the upper layer's private data, without the enhanced set-up octets
 */
public record MpaFrame(
        Kind kind,
        boolean markers,
        boolean crc,
        boolean reject,
        int revision,
        @Nullable EnhancedSetup enhanced,
        byte[] privateData) {

    /** Octets before the private data. */
    public static final int HEADER_OCTETS = 20;

    /** The largest PD_Length that is well formed (RFC 5044 section 7.1.1). */
    public static final int MAX_PD_LENGTH = 512;

    /**
     * The most private data to send: the connection managers of the kernels carry PD_Length, with the enhanced set-up octets, in
     * one octet.
     */
    public static final int MAX_PRIVATE_DATA = 251;

    static final int FLAG_M = 0x80;
    static final int FLAG_C = 0x40;
    static final int FLAG_R = 0x20;
    static final int FLAG_S = 0x10;
    static final int KEY_OCTETS = 16;

    /** Which frame it is. */
    public enum Kind {
        REQUEST("MPA ID Req Frame"),
        REPLY("MPA ID Rep Frame");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        byte keyOctet(int index) {
            return (byte) key.charAt(index);
        }
    }

    public MpaFrame {
        privateData = privateData.clone();
        if (revision < 0 || revision > 0xFF) {
            throw new IllegalArgumentException("revision " + revision + " does not fit an octet");
        }
        if (enhanced != null && revision != 2) {
            throw new IllegalArgumentException("enhanced set-up data with revision " + revision);
        }
        if (pdLength(enhanced, privateData) > MAX_PD_LENGTH) {
            throw new IllegalArgumentException("private data of " + privateData.length + " octets is too long");
        }
    }

    @Override
    public byte[] privateData() {
        return privateData.clone();
    }

    /** The frame's octets, ready to be read from the buffer. */
    public ByteBuffer encode() {
        int pdLength = pdLength(enhanced, privateData);
        ByteBuffer out = ByteBuffer.allocate(HEADER_OCTETS + pdLength);
        out.put(kind.key.getBytes(StandardCharsets.US_ASCII));
        out.put((byte) ((markers ? FLAG_M : 0)
                | (crc ? FLAG_C : 0)
                | (reject ? FLAG_R : 0)
                | (enhanced != null ? FLAG_S : 0)));
        out.put((byte) revision);
        out.putShort((short) pdLength);
        if (enhanced != null) {
            out.putInt(enhanced.encode());
        }
        return out.put(privateData).flip();
    }

    private static int pdLength(@Nullable EnhancedSetup enhanced, byte[] privateData) {
        return (enhanced == null ? 0 : EnhancedSetup.OCTETS) + privateData.length;
    }
}
