package io.ffmiser.initiator;

import io.ffmiser.rdma.Poller;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One command of a convenience call: repeats it where the target did not carry it out for a reason that passes (a unit attention, BUSY,
 * TASK SET FULL), with a bound. Set up and started on the poller's thread; may be started again when it is done.
 */
final class ScsiCall implements ScsiCallback {
    private static final int MAX_UNIT_ATTENTIONS = 8;
    private static final int MAX_BUSY = 50;
    private static final long BUSY_DELAY_NANOS = 20_000_000;
    private static final int CHECK_CONDITION = 0x02;
    private static final int BUSY = 0x08;
    private static final int TASK_SET_FULL = 0x28;

    private final SessionEngine engine;
    private final Cancellation cancellation;
    private final Consumer<ScsiRequest> done;
    private final ScsiRequest request;
    private int unitAttentions;
    private int busy;
    private boolean cancelled;
    private Poller.@Nullable Timer pause;

    /**
     * Makes one.
     *
     * @param cancellation of the future that it is for
     * @param done gets the request when it is done for good
     */
    ScsiCall(SessionEngine engine, Cancellation cancellation, Consumer<ScsiRequest> done) {
        this.engine = engine;
        this.cancellation = cancellation;
        this.done = done;
        request = new ScsiRequest(engine, this);
    }

    /** To be set up before {@link #start}. */
    ScsiRequest request() {
        return request;
    }

    /**
     * Submits it.
     *
     * @throws InitiatorException if the session takes no more, or the call was cancelled
     */
    void start() {
        unitAttentions = 0;
        busy = 0;
        cancellation.add(this);
        try {
            engine.submit(request);
        } catch (RuntimeException | Error e) {
            cancellation.remove(this);
            throw e;
        }
    }

    private void finish() {
        cancellation.remove(this);
        done.accept(request);
    }

    /** Has it aborted, and not tried again; it is done when its buffer is out of the target's reach. */
    void cancel() {
        if (cancelled) {
            return;
        }
        cancelled = true;
        if (pause != null) {
            endPause();
        } else {
            request.abandon();
        }
    }

    @Override
    public void onCompleted(ScsiRequest completed) {
        if (!cancelled && completed.outcome() == Outcome.COMPLETED && again(completed)) {
            return;
        }
        finish();
    }

    private boolean again(ScsiRequest completed) {
        int status = completed.status();
        if (status == CHECK_CONDITION) {
            byte[] sense = completed.task.sense();
            int key = SenseData.keyOf(sense, completed.task.senseLength());
            if (key == SenseData.UNIT_ATTENTION && unitAttentions++ < MAX_UNIT_ATTENTIONS) {
                return submitAgain();
            }
        } else if ((status == BUSY || status == TASK_SET_FULL) && busy++ < MAX_BUSY) {
            pause = engine.driver().poller().schedule(BUSY_DELAY_NANOS, this::endPause);
            engine.pausing(this);
            return true;
        }
        return false;
    }

    /** Tries again: the pause, or the session, has ended. */
    void endPause() {
        Poller.Timer timer = pause;
        pause = null;
        if (timer != null) {
            timer.cancel();
        }
        engine.pauseEnded(this);
        if (cancelled || !submitAgain()) {
            finish();
        }
    }

    private boolean submitAgain() {
        try {
            engine.submit(request);
            return true;
        } catch (RuntimeException | Error e) {
            // The session has ended, or is full, or the buffer was closed in the pause, or there is no memory: what the
            // target answered stands, and its caller is told.
            return false;
        }
    }
}
