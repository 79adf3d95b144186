package io.ffmiser.iscsi.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What values of a key look like (RFC 7143 section 6.1).
 *
 * @param minimum of a number
 * @param maximum of a number
 */
record KeyValues(Type type, long minimum, long maximum) {
    /** The types. */
    enum Type {
        BOOLEAN,
        NUMBER,
        /** A number that is 0 or within the range. */
        ZERO_OR_NUMBER,
        LIST,
        /** An iSCSI name. */
        NAME,
        TEXT,
        /** Decoded by what uses it; up to 1024 octets, so longer as text. */
        BINARY
    }

    static final KeyValues BOOLEAN = new KeyValues(Type.BOOLEAN, 0, 0);
    static final KeyValues LIST = new KeyValues(Type.LIST, 0, 0);
    static final KeyValues NAME = new KeyValues(Type.NAME, 0, 0);
    static final KeyValues TEXT = new KeyValues(Type.TEXT, 0, 0);
    static final KeyValues BINARY = new KeyValues(Type.BINARY, 0, 0);
    static final long BITS_24 = 16_777_215;
    static final long BITS_32 = 4_294_967_295L;

    /** The longest simple value, in octets (RFC 7143 section 6.1). */
    private static final int MAX_LENGTH = 255;

    /** The longest BINARY value as text: 1024 octets in hexadecimal. */
    private static final int MAX_BINARY_LENGTH = 2 + 2 * 1024;

    static KeyValues number(long minimum, long maximum) {
        return new KeyValues(Type.NUMBER, minimum, maximum);
    }

    static KeyValues zeroOrNumber(long minimum, long maximum) {
        return new KeyValues(Type.ZERO_OR_NUMBER, minimum, maximum);
    }

    boolean isValid(String value) {
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        if (length > (type == Type.BINARY ? MAX_BINARY_LENGTH : MAX_LENGTH) && type != Type.LIST) {
            return false;
        }
        return switch (type) {
            case BOOLEAN -> value.equals(TextKey.YES) || value.equals(TextKey.NO);
            case NUMBER -> isInRange(NumericalValue.parse(value));
            case ZERO_OR_NUMBER -> NumericalValue.parse(value) == 0 || isInRange(NumericalValue.parse(value));
            case LIST -> isList(value);
            case NAME -> IscsiName.isValid(value);
            case TEXT, BINARY -> true;
        };
    }

    private static boolean isList(String value) {
        return Arrays.stream(value.split(",", -1)).allMatch(item -> !item.isEmpty() && item.length() <= MAX_LENGTH);
    }

    private boolean isInRange(long number) {
        return number >= minimum && number <= maximum;
    }
}
