package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.Places;
import io.ffmiser.datamover.TaskTags;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.Exposure;

/**
 * The initiator's Local Mapping (RFC 7145 section 7.3.1): which STags the buffers of a task were advertised under, by Initiator Task
 * Tag. One read and one write {@link Exposure} stand ready for each task and are exposed anew for every I/O.
 *
 * <p>An entry that is being ended stays found by its tag until both STags are invalid.
 */
final class LocalMappings {
    private final Exposure[] read;
    private final Exposure[] write;
    private final int[] tag;
    private final int[] heldPdu;
    private final int[] invalidating;
    private final boolean[] deallocating;
    private final Places free;
    private final TaskTags tags;

    LocalMappings(Connection connection, int tasks) {
        read = new Exposure[tasks];
        write = new Exposure[tasks];
        for (int task = 0; task < tasks; task++) {
            read[task] = connection.newExposure();
            write[task] = connection.newExposure();
        }
        tag = new int[tasks];
        heldPdu = new int[tasks];
        invalidating = new int[tasks];
        deallocating = new boolean[tasks];
        free = new Places(tasks);
        tags = new TaskTags(tasks);
    }

    /**
     * Checks that a task can be added.
     *
     * @throws IllegalStateException if the tag is in use, or as many tasks as were allocated are
     */
    void checkAdd(int initiatorTaskTag) {
        if (tags.get(initiatorTaskTag) != TaskTags.NONE) {
            throw new IllegalStateException(
                    "a task with tag 0x" + Integer.toHexString(initiatorTaskTag) + " has buffers advertised");
        }
        if (free.isEmpty()) {
            throw new IllegalStateException("all " + tag.length + " tasks have buffers advertised");
        }
    }

    int add(int initiatorTaskTag) {
        int task = free.take();
        tags.put(initiatorTaskTag, task);
        tag[task] = initiatorTaskTag;
        heldPdu[task] = TaskTags.NONE;
        invalidating[task] = 0;
        deallocating[task] = false;
        return task;
    }

    int find(int initiatorTaskTag) {
        return tags.get(initiatorTaskTag);
    }

    int tag(int task) {
        return tag[task];
    }

    Exposure read(int task) {
        return read[task];
    }

    Exposure write(int task) {
        return write[task];
    }

    int size() {
        return tags.size();
    }

    /** Whether the STag is one that this task's buffers were advertised under, and that a peer has now invalidated. */
    boolean wasInvalidated(int task, int stag) {
        return isVictim(read[task], stag) || isVictim(write[task], stag);
    }

    private static boolean isVictim(Exposure exposure, int stag) {
        return exposure.stag() == stag && !exposure.isExposed();
    }

    /** Ends both exposures. Returns whether the peer cannot reach the buffers from now on; else {@link #invalidated} tells. */
    boolean withdraw(int task) {
        if (invalidating[task] > 0) {
            return false;
        }
        long workId = WorkId.of(WorkId.INVALIDATE, task);
        if (!read[task].withdraw(workId)) {
            invalidating[task]++;
        }
        if (!write[task].withdraw(workId)) {
            invalidating[task]++;
        }
        return invalidating[task] == 0;
    }

    /** One of the invalidations of a task completed. Returns whether it was the last. */
    boolean invalidated(int task) {
        return --invalidating[task] == 0;
    }

    /** The index of the PDU that waits for the invalidation, or {@link TaskTags#NONE}. */
    int heldPdu(int task) {
        return heldPdu[task];
    }

    void hold(int task, int pdu) {
        heldPdu[task] = pdu;
    }

    boolean isDeallocating(int task) {
        return deallocating[task];
    }

    void deallocating(int task) {
        deallocating[task] = true;
    }

    /** Forgets a task whose STags are invalid. */
    void remove(int task) {
        tags.remove(tag[task]);
        free.giveBack(task);
    }
}
