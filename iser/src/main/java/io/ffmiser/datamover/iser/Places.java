package io.ffmiser.datamover.iser;

/** A fixed set of numbered places, handed out last in first out: the one used last is the one still in the cache. */
final class Places {
    private final int[] free;
    private int count;

    Places(int size) {
        free = new int[size];
        for (int place = size - 1; place >= 0; place--) {
            free[count++] = place;
        }
    }

    int available() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int take() {
        return free[--count];
    }

    void giveBack(int place) {
        free[count++] = place;
    }
}
