package io.ffmiser.verbs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An Ethernet address.
 *
 * @param value its 48 bits; the first byte on the wire is the highest
 */
public record MacAddress(long value) {
    static final int BYTES = 6;

    /** Refuses more than 48 bits. */
    public MacAddress {
        if (value >>> (BYTES * Byte.SIZE) != 0) {
            throw new IllegalArgumentException(
                    Long.toHexString(value) + " has more than the 48 bits of an Ethernet address");
        }
    }

    /** Reads it as tools print it: {@code 52:54:00:12:34:56}. */
    public static MacAddress parse(String text) {
        byte[] bytes = HexFormat.ofDelimiter(":").parseHex(text);
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an Ethernet address has 6 bytes, " + text + " has " + bytes.length);
        }
        return read(MemorySegment.ofArray(bytes));
    }

    static MacAddress read(MemorySegment from) {
        long value = 0;
        for (int i = 0; i < BYTES; i++) {
            value = (value << Byte.SIZE) | (from.get(ValueLayout.JAVA_BYTE, i) & 0xFFL);
        }
        return new MacAddress(value);
    }

    void writeTo(MemorySegment to) {
        for (int i = 0; i < BYTES; i++) {
            to.set(ValueLayout.JAVA_BYTE, i, octet(i));
        }
    }

    private byte octet(int index) {
        return (byte) (value >>> ((BYTES - 1 - index) * Byte.SIZE));
    }

    @Override
    public String toString() {
        return IntStream.range(0, BYTES)
                .mapToObj(i -> HexFormat.of().toHexDigits(octet(i)))
                .collect(Collectors.joining(":"));
    }
}
