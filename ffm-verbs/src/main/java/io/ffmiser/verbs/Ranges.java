package io.ffmiser.verbs;

/** Numbers whose field in C has fewer bits than their type here. */
final class Ranges {
    static final int BITS_24 = 0xFFFFFF;

    private Ranges() {}

    /** The value; an {@link IllegalArgumentException} that says the range when it is not within. */
    static int require(String what, int value, int first, int last) {
        if (value < first || value > last) {
            throw outside(what, value, first, last);
        }
        return value;
    }

    /** As {@link #require(String, int, int, int)}. */
    static long require(String what, long value, long first, long last) {
        if (value < first || value > last) {
            throw outside(what, value, first, last);
        }
        return value;
    }

    private static IllegalArgumentException outside(String what, long value, long first, long last) {
        return new IllegalArgumentException(what + " " + value + ": from " + first + " to " + last + " is possible");
    }

    /** A part of something that has so many bytes. */
    static void requireWithin(String what, long offset, long length, long size) {
        if (offset < 0 || length < 0 || length > size - offset) {
            throw new IllegalArgumentException(
                    length + " bytes at " + offset + " are not within the " + size + " of " + what);
        }
    }
}
