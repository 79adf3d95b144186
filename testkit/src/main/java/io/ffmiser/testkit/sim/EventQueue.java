package io.ffmiser.testkit.sim;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The events to come, by time and, at the same time, in the order in which they were armed: a binary heap. */
final class EventQueue {
    private @Nullable SimEvent[] heap = new SimEvent[64];
    private int size;
    private long orders;

    boolean isEmpty() {
        return size == 0;
    }

    /** The time of the next event. */
    long nextTime() {
        return size == 0 ? Long.MAX_VALUE : at(0).time;
    }

    void arm(SimEvent event, long time) {
        if (event.heapIndex >= 0) {
            cancel(event);
        }
        event.time = time;
        event.order = orders++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        size++;
        up(event, size - 1);
    }

    void cancel(SimEvent event) {
        int index = event.heapIndex;
        if (index < 0) {
            return;
        }
        event.heapIndex = -1;
        size--;
        SimEvent last = at(size);
        heap[size] = null;
        if (index < size) {
            up(last, index);
            if (last.heapIndex == index) {
                down(last, index);
            }
        }
    }

    /** Takes the next event; there must be one. */
    SimEvent take() {
        SimEvent first = at(0);
        cancel(first);
        return first;
    }

    private SimEvent at(int index) {
        SimEvent event = heap[index];
        if (event == null) {
            throw new IllegalStateException("no event at " + index);
        }
        return event;
    }

    private void up(SimEvent event, int from) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            SimEvent above = at(parent);
            if (!before(event, above)) {
                break;
            }
            heap[index] = above;
            above.heapIndex = index;
            index = parent;
        }
        heap[index] = event;
        event.heapIndex = index;
    }

    private void down(SimEvent event, int from) {
        int index = from;
        while (true) {
            int child = 2 * index + 1;
            if (child >= size) {
                break;
            }
            SimEvent below = at(child);
            if (child + 1 < size && before(at(child + 1), below)) {
                child++;
                below = at(child);
            }
            if (!before(below, event)) {
                break;
            }
            heap[index] = below;
            below.heapIndex = index;
            index = child;
        }
        heap[index] = event;
        event.heapIndex = index;
    }

    private static boolean before(SimEvent a, SimEvent b) {
        return a.time < b.time || (a.time == b.time && a.order < b.order);
    }
}
