package io.ffmiser.examples;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** What rping's client sends: a text with the number of the ping, then letters that begin elsewhere each time, then a zero. */
public final class RpingData {
    /** The smallest ping: room for the text. */
    public static final int MIN_BYTES = 32;
    /** The largest that rping takes. */
    public static final int MAX_BYTES = 65535;

    private static final int LETTERS = 'z' - 'A' + 1;

    private RpingData() {}

    /** Fills the buffer for the ping of that number, from 0. */
    public static void fill(MemorySegment buffer, int ping) {
        byte[] text = ("rdma-ping-" + ping + ": ").getBytes(StandardCharsets.US_ASCII);
        int size = (int) buffer.byteSize();
        MemorySegment.copy(text, 0, buffer, ValueLayout.JAVA_BYTE, 0, Math.min(text.length, size));
        for (int i = text.length; i < size; i++) {
            buffer.set(ValueLayout.JAVA_BYTE, i, (byte) ('A' + (ping + i - text.length) % LETTERS));
        }
        buffer.set(ValueLayout.JAVA_BYTE, size - 1L, (byte) 0);
    }

    /** How much of the buffer the server writes back: up to and with the first zero. */
    public static int length(MemorySegment buffer) {
        int size = (int) buffer.byteSize();
        for (int i = 0; i < size; i++) {
            if (buffer.get(ValueLayout.JAVA_BYTE, i) == 0) {
                return i + 1;
            }
        }
        return size;
    }

    /** The text up to the first zero. */
    public static String text(MemorySegment buffer) {
        byte[] octets = buffer.asSlice(0, length(buffer)).toArray(ValueLayout.JAVA_BYTE);
        return new String(octets, 0, octets.length - 1, StandardCharsets.US_ASCII);
    }
}
