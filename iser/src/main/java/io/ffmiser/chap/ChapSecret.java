package io.ffmiser.chap;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A secret that one side proves to know. Immutable and thread-safe; its octets cannot be read back, are in no message, and are
 * compared in constant time. Arrays that it is made from are copied: the caller may clear them.
 *
 * <p>RFC 7143 section 9.2.1 forbids a login with a secret of less than 96 bits unless IPsec protects the connection, which this library
 * cannot see: {@link #of} refuses shorter ones, and {@link #ofAnyLength} leaves that to the caller.
 */
public final class ChapSecret {
    /** 96 bits, in octets. */
    public static final int MIN_LENGTH = 12;

    /** The longest that is accepted, in octets. */
    public static final int MAX_LENGTH = 256;

    private static final int GENERATED_LENGTH = 16;
    private static final int UTF_8_PER_CHAR = 3;

    private final byte[] octets;

    private ChapSecret(byte[] octets) {
        this.octets = octets;
    }

    /**
     * A secret from its octets.
     *
     * @throws IllegalArgumentException if it has less than {@value #MIN_LENGTH} octets or more than {@value #MAX_LENGTH}
     */
    public static ChapSecret of(byte[] octets) {
        if (octets.length < MIN_LENGTH) {
            throw new IllegalArgumentException(
                    "a CHAP secret of " + octets.length + " octets: RFC 7143 section 9.2.1 wants " + MIN_LENGTH
                            + " (96 bits) or more; shorter ones are for connections under IPsec, and allowed explicitly");
        }
        return ofAnyLength(octets);
    }

    /**
     * A secret from text: its UTF-8.
     *
     * @throws IllegalArgumentException as for octets
     */
    public static ChapSecret of(char[] text) {
        byte[] octets = encode(text);
        try {
            return of(octets);
        } finally {
            Arrays.fill(octets, (byte) 0);
        }
    }

    /** A secret that may be shorter than 96 bits, but not empty: only for connections that IPsec encrypts (RFC 7143 section 9.2.1). */
    public static ChapSecret ofAnyLength(byte[] octets) {
        if (octets.length == 0 || octets.length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a CHAP secret has 1 to " + MAX_LENGTH + " octets, not " + octets.length);
        }
        return new ChapSecret(octets.clone());
    }

    /** As {@link #ofAnyLength(byte[])}, from text: its UTF-8. */
    public static ChapSecret ofAnyLength(char[] text) {
        byte[] octets = encode(text);
        try {
            return ofAnyLength(octets);
        } finally {
            Arrays.fill(octets, (byte) 0);
        }
    }

    /** Text for a new secret with 128 random bits, 32 hexadecimal digits: to be told to both sides (RFC 7143 section 9.2.1). */
    public static char[] generate(SecureRandom random) {
        byte[] octets = new byte[GENERATED_LENGTH];
        random.nextBytes(octets);
        HexFormat hex = HexFormat.of();
        char[] text = new char[2 * GENERATED_LENGTH];
        for (int i = 0; i < GENERATED_LENGTH; i++) {
            text[2 * i] = hex.toHighHexDigit(octets[i]);
            text[2 * i + 1] = hex.toLowHexDigit(octets[i]);
        }
        Arrays.fill(octets, (byte) 0);
        return text;
    }

    private static byte[] encode(char[] text) {
        ByteBuffer encoded = ByteBuffer.allocate(UTF_8_PER_CHAR * text.length);
        CoderResult result = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), encoded, true);
        byte[] octets = Arrays.copyOf(encoded.array(), encoded.position());
        Arrays.fill(encoded.array(), (byte) 0);
        if (result.isError()) {
            throw new IllegalArgumentException("the text of a CHAP secret is no Unicode");
        }
        return octets;
    }

    /**
     * The response to a challenge: the hash of identifier, secret and challenge (RFC 1994 section 4.1).
     *
     * @param identifier 0 to 255
     */
    public byte[] respond(ChapAlgorithm algorithm, int identifier, byte[] challenge) {
        MessageDigest digest = algorithm.newDigest();
        digest.update((byte) identifier);
        digest.update(octets);
        return digest.digest(challenge);
    }

    /** Whether that is the response to the challenge; takes as long for a wrong one as for the right one. */
    public boolean verifies(ChapAlgorithm algorithm, int identifier, byte[] challenge, byte[] response) {
        return MessageDigest.isEqual(respond(algorithm, identifier, challenge), response);
    }

    /** Whether both are the same, in constant time. Deliberately not {@code equals}, which collections call. */
    public boolean isSameAs(ChapSecret other) {
        return MessageDigest.isEqual(octets, other.octets);
    }

    /** Its length and nothing else. */
    @Override
    public String toString() {
        return "a secret of " + octets.length + " octets";
    }
}
