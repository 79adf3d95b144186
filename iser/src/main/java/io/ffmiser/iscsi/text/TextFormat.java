package io.ffmiser.iscsi.text;

import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.ProtocolError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Key=value pairs as octets: each ends with a NUL (RFC 7143 section 6.1). */
public final class TextFormat {
    /** The longest key name. */
    public static final int MAX_KEY_LENGTH = 63;

    /** More pairs than these in one text are an error. */
    public static final int MAX_PAIRS = 256;

    private TextFormat() {}

    /** The octets of pairs, in their order. */
    public static byte[] encode(List<KeyValue> pairs) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (KeyValue pair : pairs) {
            text.writeBytes(pair.key().getBytes(StandardCharsets.UTF_8));
            text.write('=');
            text.writeBytes(pair.value().getBytes(StandardCharsets.UTF_8));
            text.write(0);
        }
        return text.toByteArray();
    }

    /**
     * Reads any octets as pairs. NULs between pairs are skipped: some peers count padding as text.
     *
     * @param text the whole of it: what the C bit cut has been joined
     */
    public static Decoded<List<KeyValue>> decode(byte[] text) {
        return decode(text, MAX_PAIRS, null);
    }

    /** As {@link #decode(byte[])}, with another bound; what is no pair goes, as Latin-1, to {@code odd} if that is there. */
    static Decoded<List<KeyValue>> decode(byte[] text, int maxPairs, @Nullable List<String> odd) {
        List<KeyValue> pairs = new ArrayList<>();
        int from = 0;
        while (from < text.length) {
            int end = from;
            while (end < text.length && text[end] != 0) {
                end++;
            }
            if (end == text.length) {
                return malformed("the last pair does not end with a NUL");
            }
            if (end > from) {
                if (pairs.size() == maxPairs) {
                    return malformed("more than " + maxPairs + " keys");
                }
                KeyValue pair = pair(text, from, end);
                if (pair != null) {
                    pairs.add(pair);
                } else if (odd != null) {
                    odd.add(new String(text, from, end - from, StandardCharsets.ISO_8859_1));
                } else {
                    return malformed("no key=value pair at octet " + from);
                }
            }
            from = end + 1;
        }
        return new Decoded.Value<>(pairs);
    }

    private static @Nullable KeyValue pair(byte[] text, int from, int end) {
        int equals = from;
        while (equals < end && text[equals] != '=') {
            equals++;
        }
        int keyLength = equals - from;
        if (equals == end || keyLength == 0 || keyLength > MAX_KEY_LENGTH || !isKeyName(text, from, equals)) {
            return null;
        }
        try {
            String value = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text, equals + 1, end - equals - 1))
                    .toString();
            return new KeyValue(new String(text, from, keyLength, StandardCharsets.US_ASCII), value);
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Section 6.1: a letter A to Z or a to z first (iSCSIProtocolLevel), then letters, digits, ".-+@_" and the # of X#. */
    private static boolean isKeyName(byte[] text, int from, int end) {
        for (int i = from; i < end; i++) {
            int c = text[i];
            boolean isLetter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            boolean isOther = (c >= '0' && c <= '9') || ".-+@_#".indexOf(c) >= 0;
            if (!isLetter && (i == from || !isOther)) {
                return false;
            }
        }
        return true;
    }

    private static Decoded<List<KeyValue>> malformed(String reason) {
        return new Decoded.Malformed<>(ProtocolError.protocolError("text: " + reason));
    }
}
