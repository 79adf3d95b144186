package io.ffmiser.testkit.sim;

/** SplitMix64: one stream for a fabric, so that a seed replays a run exactly. */
public final class SimRandom {
    private long state;

    public SimRandom(long seed) {
        state = seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L;
    }

    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    public int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** From 0 (inclusive) to the bound (exclusive). */
    public int nextInt(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /** True in so many of a million cases. */
    public boolean chance(int perMillion) {
        return perMillion > 0 && nextInt(1_000_000) < perMillion;
    }
}
