package io.ffmiser.datamover;

/** A fixed set of numbered places, handed out last in first out: the one used last is the one still in the cache. */
public final class Places {
    private final int[] free;
    private int count;

    public Places(int size) {
        free = new int[size];
        for (int place = size - 1; place >= 0; place--) {
            free[count++] = place;
        }
    }

    public int available() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public int take() {
        return free[--count];
    }

    public void giveBack(int place) {
        free[count++] = place;
    }
}
