package io.ffmiser.examples;

import io.ffmiser.target.Target;
import io.ffmiser.target.TargetCounters;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** How a target process ends: by a signal in order, or since the target has failed. Its exit status says which. */
final class TargetEnd {
    private final Target target;
    private final Duration limit;
    private final PrintWriter out;
    private final PrintWriter err;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    /** Whoever sets it says how the process ends. */
    private final AtomicBoolean decided = new AtomicBoolean();

    /**
     * Of a target.
     *
     * @param limit how long its shutdown may take
     * @param out gets the counters
     * @param err what went wrong
     */
    TargetEnd(Target target, Duration limit, PrintWriter out, PrintWriter err) {
        this.target = target;
        this.limit = limit;
        this.out = out;
        this.err = err;
    }

    /** From here on a signal ends the target in order, and the process with what {@link #shutDown} gives. */
    private void onSignal() {
        Thread hook = new Thread(
                () -> {
                    if (decided.compareAndSet(false, true)) {
                        int status = Programs.FAILED;
                        try {
                            status = shutDown();
                        } finally {
                            ended.countDown();
                            // A JVM that a signal ends exits with 128 and the signal's number; this end is in order.
                            Runtime.getRuntime().halt(status);
                        }
                    }
                },
                "shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        var _ = target.ended().whenComplete((nothing, wrong) -> {
            if (decided.compareAndSet(false, true)) {
                // Nobody asked for it: its thread has failed.
                failure.set(wrong);
                ended.countDown();
            }
        });
    }

    /**
     * Serves until a signal, or until the target has failed.
     *
     * @param tell says that it listens; what it throws ends the target, and the process with the status of that
     * @return the exit status, where no signal gives it
     */
    int serve(Runnable tell) throws InterruptedException {
        onSignal();
        try {
            tell.run();
            return await();
        } catch (Throwable e) {
            try {
                abandon();
            } catch (Throwable also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    /** Waits for the target's end without a signal, and gives the exit status. */
    private int await() throws InterruptedException {
        ended.await();
        Throwable wrong = failure.get();
        if (wrong == null) {
            return 0;
        }
        Throwable cause = wrong instanceof CompletionException && wrong.getCause() != null ? wrong.getCause() : wrong;
        err.println("iser-target: " + cause.getMessage());
        return Programs.FAILED;
    }

    /** Nobody may know that it listens: no signal decides any more how the process ends. */
    private void abandon() {
        if (decided.compareAndSet(false, true)) {
            shutDown();
        }
    }

    /** Ends the target and prints its counters; gives the exit status. */
    int shutDown() {
        TargetCounters counters = target.counters();
        int status = 0;
        try {
            target.shutdown(limit).join();
        } catch (CompletionException e) {
            err.println("iser-target: not ended in order: " + Programs.reason(e.getCause() == null ? e : e.getCause()));
            err.flush();
            status = Programs.FAILED;
        }
        try {
            print(counters);
        } catch (StandardOutput.Failed e) {
            // Who would read them has gone, which is no failure of the target's.
        }
        return status;
    }

    private void print(TargetCounters counters) {
        out.println("target counters");
        out.printf(
                Locale.ROOT, "  logins            %,15d   (%,d failed)%n", counters.logins(), counters.failedLogins());
        out.printf(
                Locale.ROOT,
                "  SCSI commands     %,15d   (%,d CHECK CONDITION)%n",
                counters.commands(),
                counters.checkConditions());
        out.printf(
                Locale.ROOT,
                "  RDMA Write        %,15d bytes  (%s)%n",
                counters.rdmaWriteBytes(),
                ByteSize.format((double) counters.rdmaWriteBytes()));
        out.printf(
                Locale.ROOT,
                "  RDMA Read         %,15d bytes  (%s)%n",
                counters.rdmaReadBytes(),
                ByteSize.format((double) counters.rdmaReadBytes()));
        out.printf(Locale.ROOT, "  immediate data    %,15d bytes%n", counters.immediateBytes());
        out.printf(
                Locale.ROOT, "  copied bytes      %,15d bytes  (%s)%n", counters.copiedBytes(), ByteSize.format((double)
                        counters.copiedBytes()));
        out.printf(Locale.ROOT, "  protocol errors   %,15d%n", counters.protocolErrors());
        out.flush();
    }
}
