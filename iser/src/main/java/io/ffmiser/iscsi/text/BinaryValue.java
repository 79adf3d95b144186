package io.ffmiser.iscsi.text;

import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Binary values in text: hexadecimal behind 0x, or base64 behind 0b (RFC 7143 section 6.1). */
public final class BinaryValue {
    /** The most octets that a key's value may have (RFC 7143 section 12.1.3). */
    public static final int MAX_LENGTH = 1024;

    private static final int PREFIX_LENGTH = 2;

    private BinaryValue() {}

    /** In hexadecimal, which every peer reads: Linux LIO long knew no base64. */
    public static String encode(byte[] octets) {
        return "0x" + HexFormat.of().formatHex(octets);
    }

    /**
     * The octets; null if it is neither form, or has none or more than {@value #MAX_LENGTH}. An odd number of hexadecimal digits has its
     * first octet's upper half left out.
     */
    public static byte @Nullable [] decode(String value) {
        if (value.length() <= PREFIX_LENGTH || value.charAt(0) != '0') {
            return null;
        }
        String digits = value.substring(PREFIX_LENGTH);
        byte[] octets = switch (value.charAt(1)) {
            case 'x', 'X' -> decodeHex(digits);
            case 'b', 'B' -> decodeBase64(digits);
            default -> null;
        };
        return octets == null || octets.length == 0 || octets.length > MAX_LENGTH ? null : octets;
    }

    private static byte @Nullable [] decodeHex(String digits) {
        if (digits.length() > 2 * MAX_LENGTH) {
            return null;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (!HexFormat.isHexDigit(digits.charAt(i))) {
                return null;
            }
        }
        return HexFormat.of().parseHex(digits.length() % 2 == 0 ? digits : "0" + digits);
    }

    private static byte @Nullable [] decodeBase64(String digits) {
        // four characters for three octets
        if (digits.length() > (MAX_LENGTH + 2) / 3 * 4) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(digits);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
