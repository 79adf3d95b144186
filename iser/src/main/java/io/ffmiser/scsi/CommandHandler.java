package io.ffmiser.scsi;

/**
 * A family of commands: stateless, everything about one command stands in its {@link Task}. Ends each task with {@link Task#good},
 * {@link Task#fail} or one of the replies.
 */
interface CommandHandler {
    /** Checks the CDB and begins. */
    void start(Task task);

    /** Goes on: after {@link #start}, and whenever a buffer of the task has changed its state. Not called for a task that ended. */
    default void advance(Task task) {}

    /**
     * Gets what {@link Task#receiveParameters} asked for.
     *
     * @param list the parameter list, as long as the CDB says
     */
    default void parameters(Task task, byte[] list) {
        throw new IllegalStateException("a command without a parameter list");
    }
}
