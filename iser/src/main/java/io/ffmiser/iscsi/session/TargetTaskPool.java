package io.ffmiser.iscsi.session;

import org.jspecify.annotations.Nullable;

/**
 * Task objects that are free for any session of one owner, so that an idle session has none. It grows to what was in use at once,
 * which the sessions' windows bound; nothing is allocated after that. Single-threaded.
 */
public final class TargetTaskPool {
    private @Nullable TargetTask free;
    private int made;
    private int inUse;

    TargetTask take() {
        TargetTask task = free;
        if (task == null) {
            task = new TargetTask();
            made++;
        } else {
            free = task.nextFree;
            task.nextFree = null;
        }
        inUse++;
        return task;
    }

    void give(TargetTask task) {
        task.nextFree = free;
        free = task;
        inUse--;
    }

    /** How many exist. */
    public int made() {
        return made;
    }

    /** How many are in use. */
    public int inUse() {
        return inUse;
    }
}
