package io.ffmiser.examples.verbs;

import java.util.Locale;

/** What {@link RdmaPerfProgram} can measure. */
enum PerfTest {
    WRITE_LAT(1),
    READ_LAT(2),
    SEND_LAT(3),
    WRITE_BW(4),
    READ_BW(5),
    SEND_BW(6);

    /** What the two sides call it. */
    final int number;

    PerfTest(int number) {
        this.number = number;
    }

    static PerfTest of(int number) {
        for (PerfTest test : values()) {
            if (test.number == number) {
                return test;
            }
        }
        throw new IllegalArgumentException("the peer wants the unknown test " + number);
    }

    /** @throws IllegalArgumentException when none is called so ({@link #toString}) */
    static PerfTest named(String name) {
        for (PerfTest test : values()) {
            if (test.toString().equals(name)) {
                return test;
            }
        }
        throw new IllegalArgumentException("not a test: " + name);
    }

    boolean isLatency() {
        return this == WRITE_LAT || this == READ_LAT || this == SEND_LAT;
    }

    /** Whether the data come to the client; its round trip is one, where the others answer each other and halve theirs. */
    boolean isRead() {
        return this == READ_LAT || this == READ_BW;
    }

    /** As options and output name it, such as {@code write-lat}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
