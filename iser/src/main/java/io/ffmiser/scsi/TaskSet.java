package io.ffmiser.scsi;

import io.ffmiser.scsi.ScsiCommand.TaskAttribute;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one nexus with a logical unit, in the order that their task attributes ask for (SAM-5 chapter 8). Each nexus has a task
 * set of its own (control mode page, TST 001b, SPC-4 section 7.5.8): what one initiator orders, and how slow its data is, holds nobody
 * else.
 *
 * <p>SIMPLE tasks run together and in any order; an ORDERED task waits for all older ones and holds all younger ones; a HEAD OF QUEUE
 * task runs at once, and younger tasks wait for it.
 */
final class TaskSet {
    private final ArrayDeque<Task> waiting = new ArrayDeque<>(1);
    private int running;
    private int runningOrdered;
    private int runningHead;
    private boolean starting;

    /** Its commands, those that wait included. */
    int size() {
        return running + waiting.size();
    }

    /** Adds a task. Returns whether it runs at once; else {@link #startWaiting} starts it. */
    boolean enter(Task task) {
        TaskAttribute attribute = task.command().attribute();
        if (attribute == TaskAttribute.HEAD_OF_QUEUE || (waiting.isEmpty() && mayStart(attribute))) {
            begun(attribute);
            return true;
        }
        waiting.add(task);
        return false;
    }

    private boolean mayStart(TaskAttribute attribute) {
        return runningHead == 0 && runningOrdered == 0 && (attribute != TaskAttribute.ORDERED || running == 0);
    }

    private void begun(TaskAttribute attribute) {
        running++;
        switch (attribute) {
            case ORDERED -> runningOrdered++;
            case HEAD_OF_QUEUE -> runningHead++;
            default -> {
                // SIMPLE tasks hold nobody; ACA tasks end at once.
            }
        }
    }

    /** A task that ran has left. */
    void ended(TaskAttribute attribute) {
        running--;
        switch (attribute) {
            case ORDERED -> runningOrdered--;
            case HEAD_OF_QUEUE -> runningHead--;
            default -> {
                // Not counted.
            }
        }
    }

    /** Takes out a task that waits. */
    void leave(Task task) {
        waiting.remove(task);
    }

    /** Starts what waited for a task that has ended. */
    void startWaiting(DeviceServer server) {
        if (starting) {
            return;
        }
        starting = true;
        try {
            @Nullable Task next = waiting.peekFirst();
            while (next != null && mayStart(next.command().attribute())) {
                waiting.removeFirst();
                begun(next.command().attribute());
                server.start(next);
                next = waiting.peekFirst();
            }
        } finally {
            starting = false;
        }
    }
}
