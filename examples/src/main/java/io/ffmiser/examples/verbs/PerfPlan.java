package io.ffmiser.examples.verbs;

import java.nio.ByteBuffer;

/**
 * What is measured, and where the sender's buffer is: private data of the connection request, and of the answer.
 *
 * @param size of each operation, in bytes
 * @param warmUp how many operations come before the measured ones
 * @param iterations how many are measured
 * @param depth how many are under way at most, where that is not one
 * @param address of the sender's buffer
 * @param rkey the key to it
 */
record PerfPlan(PerfTest test, int size, int warmUp, int iterations, int depth, long address, int rkey) {
    private static final int MAGIC = 0x66666d70;
    static final int BYTES = 6 * Integer.BYTES + Long.BYTES + Integer.BYTES;
    static final int MAX_SIZE = 1 << 24;
    static final int MAX_DEPTH = 4096;

    PerfPlan {
        check("size", size, 1, MAX_SIZE);
        check("warm-up", warmUp, 0, Integer.MAX_VALUE / 2);
        check("number of iterations", iterations, 1, Integer.MAX_VALUE / 2);
        check("depth", depth, 1, MAX_DEPTH);
    }

    private static void check(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException("the " + what + " is " + min + " to " + max + ", not " + value);
        }
    }

    /** The same measurement, told by the other side. */
    PerfPlan at(long newAddress, int newRkey) {
        return new PerfPlan(test, size, warmUp, iterations, depth, newAddress, newRkey);
    }

    int total() {
        return warmUp + iterations;
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putInt(MAGIC)
                .putInt(test.number)
                .putInt(size)
                .putInt(warmUp)
                .putInt(iterations)
                .putInt(depth)
                .putLong(address)
                .putInt(rkey)
                .array();
    }

    /** Reads private data, which a connection manager may have padded. */
    static PerfPlan decode(byte[] privateData) {
        ByteBuffer in = ByteBuffer.wrap(privateData);
        if (privateData.length < BYTES || in.getInt() != MAGIC) {
            throw new IllegalArgumentException("the peer is not an rdma-perf");
        }
        return new PerfPlan(
                PerfTest.of(in.getInt()),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getLong(),
                in.getInt());
    }
}
