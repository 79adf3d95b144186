package io.ffmiser.rdma.nativeverbs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The connections of a poller, each in a numbered slot, by which completions find it. */
final class ConnectionSlots {
    /** Gives the slot's number and how many connections had it before. */
    record Slot(int number, int generation) {}

    private @Nullable NativeConnection[] slots = new @Nullable NativeConnection[16];
    private int[] generations = new int[16];
    private int hint;

    /** A slot that is free until a connection is put there. */
    Slot take() {
        for (int i = 0; i < slots.length; i++) {
            int number = hint + i & slots.length - 1;
            if (slots[number] == null) {
                hint = number + 1;
                return new Slot(number, ++generations[number]);
            }
        }
        int number = slots.length;
        slots = Arrays.copyOf(slots, 2 * number);
        generations = Arrays.copyOf(generations, 2 * number);
        hint = number + 1;
        return new Slot(number, ++generations[number]);
    }

    void put(NativeConnection connection) {
        slots[connection.slot().number()] = connection;
    }

    void free(NativeConnection connection) {
        slots[connection.slot().number()] = null;
    }

    /** The connection of a work request, if it is not closed. */
    @Nullable
    NativeConnection of(long workRequestId) {
        int slot = WorkRequestId.slot(workRequestId);
        NativeConnection connection = slot < slots.length ? slots[slot] : null;
        return connection != null && WorkRequestId.isOf(workRequestId, generations[slot]) ? connection : null;
    }
}
