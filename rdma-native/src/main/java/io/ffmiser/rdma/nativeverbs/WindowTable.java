package io.ffmiser.rdma.nativeverbs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The exposures of a connection that have a window, by the part of its key that no bind changes. Finding one allocates nothing. */
final class WindowTable {
    private static final int TAG_BITS = 8;

    private final int[] keys;
    private final @Nullable NativeExposure[] exposures;
    private final int mask;

    WindowTable(int capacity) {
        int size = Integer.highestOneBit(Math.max(1, capacity) * 4 - 1);
        keys = new int[size];
        exposures = new @Nullable NativeExposure[size];
        mask = size - 1;
    }

    void put(int rkey, NativeExposure exposure) {
        int key = rkey >>> TAG_BITS;
        int at = place(key);
        while (exposures[at] != null) {
            at = at + 1 & mask;
        }
        keys[at] = key;
        exposures[at] = exposure;
    }

    @Nullable
    NativeExposure find(int rkey) {
        int key = rkey >>> TAG_BITS;
        for (int at = place(key); exposures[at] != null; at = at + 1 & mask) {
            if (keys[at] == key) {
                return exposures[at];
            }
        }
        return null;
    }

    /** Forgets all; the keys of windows that are no more mean nothing. */
    void clear() {
        Arrays.fill(exposures, null);
    }

    private int place(int key) {
        return ((key * 0x9E3779B9) >>> 7) & mask;
    }
}
