package io.ffmiser.verbs;

/**
 * A globally unique identifier of a node, port or system image: an EUI-64.
 *
 * @param value in the machine's byte order; the most significant byte is the first one on the wire
 */
public record Guid(long value) {
    /** As tools print it: {@code 5054:00ff:fe12:3456}. */
    @Override
    public String toString() {
        return String.format(
                "%04x:%04x:%04x:%04x", value >>> 48, value >>> 32 & 0xFFFF, value >>> 16 & 0xFFFF, value & 0xFFFF);
    }
}
