package io.ffmiser.target;

import io.ffmiser.rdma.Poller;
import java.util.concurrent.Executor;

/**
 * Runs one store's completions on the owner's thread, each followed by the end of the owner's round. A store that passes the same task
 * again costs no allocation; of another store's task it would know nothing, so that each has an executor of its own.
 */
final class OwnerExecutor implements Executor {
    private final Poller poller;
    private final Runnable endOfRound;
    private volatile Round last;

    OwnerExecutor(Poller poller, Runnable endOfRound) {
        this.poller = poller;
        this.endOfRound = endOfRound;
        this.last = new Round(() -> {}, endOfRound);
    }

    private static final class Round implements Runnable {
        private final Runnable task;
        private final Runnable endOfRound;

        Round(Runnable task, Runnable endOfRound) {
            this.task = task;
            this.endOfRound = endOfRound;
        }

        @SuppressWarnings("ReferenceEquality") // the very same object is meant
        boolean runs(Runnable other) {
            return task == other;
        }

        @Override
        public void run() {
            try {
                task.run();
            } finally {
                endOfRound.run();
            }
        }
    }

    @Override
    public void execute(Runnable task) {
        Round round = last;
        if (!round.runs(task)) {
            round = new Round(task, endOfRound);
            last = round;
        }
        // A closed poller runs nothing: its target has ended, and no command waits.
        poller.execute(round);
    }
}
