package io.ffmiser.initiator;

import java.time.Duration;

/**
 * What a session does when its connection is lost: it logs in again with the same ISID (session reinstatement, RFC 7143 section
 * 6.3.5), which ends the old I_T nexus, and only then sends again the READs and WRITEs that were not answered.
 *
 * @param attempts the most logins tried after one loss; 0 never reconnects. A connection that is lost before the target answered a
 *     command goes on with the same count; where none was waiting, one that lasted {@code maxDelay} and answered a ping, if pings are
 *     sent, does not
 * @param firstDelay before the second attempt (the first comes at once); doubled for each further one
 * @param maxDelay bound of that doubling
 * @param replays how often one command is sent again before it ends as {@link Outcome#OUTCOME_UNKNOWN}: a command that itself ends
 *     the connection must not do so for ever
 * @param within the most time without a connection from the loss to the next one that is of use; after that the session has failed for good
 */
public record ReconnectPolicy(int attempts, Duration firstDelay, Duration maxDelay, int replays, Duration within) {
    public static final ReconnectPolicy DEFAULT =
            new ReconnectPolicy(20, Duration.ofMillis(100), Duration.ofSeconds(5), 8, Duration.ofSeconds(60));

    /** Fails the session at the first loss. */
    public static final ReconnectPolicy NEVER =
            new ReconnectPolicy(0, Duration.ofMillis(100), Duration.ofSeconds(5), 0, Duration.ofSeconds(60));

    public ReconnectPolicy {
        if (attempts < 0 || replays < 0) {
            throw new IllegalArgumentException("attempts " + attempts + " and replays " + replays + " are 0 or more");
        }
        if (firstDelay.isNegative() || maxDelay.compareTo(firstDelay) < 0 || within.isNegative()) {
            throw new IllegalArgumentException(
                    "0 <= firstDelay " + firstDelay + " <= maxDelay " + maxDelay + ", within " + within + " >= 0");
        }
    }
}
