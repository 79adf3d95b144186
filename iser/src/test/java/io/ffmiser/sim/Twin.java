package io.ffmiser.sim;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.testkit.sim.SimPoller;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A second initiator with the name and the ISID of one whose session lives: its login takes the place of that session (session
 * reinstatement, RFC 7143 section 6.3.5), which then logs in again. It asks for the capacity and logs out. One that cannot prove who it
 * is, an impostor, must not log in.
 */
final class Twin {
    private final SimPoller poller;
    private final Initiator initiator;
    private @Nullable Throwable wrong;
    private final boolean impostor;
    private boolean loggedIn;
    private boolean ended;

    Twin(
            SimPoller poller,
            SplittableRandom random,
            InitiatorOptions options,
            SessionOptions session,
            boolean impostor) {
        this.poller = poller;
        this.impostor = impostor;
        initiator = Initiator.on(poller, random, options);
        initiator
                .loginAsync(session)
                .whenComplete((made, failure) -> noting(() -> loginEnded(made)))
                .isDone();
    }

    private void loginEnded(@Nullable Session made) {
        if (made == null) {
            end();
            return;
        }
        if (impostor) {
            throw new AssertionError("an impostor has logged in");
        }
        loggedIn = true;
        made.capacityAsync(0)
                .whenComplete((capacity, failure) -> noting(this::end))
                .isDone();
    }

    private void end() {
        // Its session is in the midst of ending, or of the call that tells of it.
        poller.execute(() -> initiator
                .shutdownAsync()
                .whenComplete((nothing, failure) -> noting(() -> {
                    initiator.close();
                    ended = true;
                }))
                .isDone());
    }

    private void noting(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            wrong = wrong == null ? e : wrong;
        }
    }

    boolean hasLoggedIn() {
        return loggedIn;
    }

    boolean isEnded() {
        return ended;
    }

    /** Throws what went wrong outside of the fabric's sight. */
    void check() {
        if (wrong != null) {
            throw new AssertionError("a callback of a twin failed: " + wrong.getMessage(), wrong);
        }
    }
}
