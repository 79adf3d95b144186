package io.ffmiser.chap;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an initiator authenticates with CHAP (RFC 7143 section 12.1.3).
 *
 * @param own what it proves to targets that ask
 * @param target what the target has to prove (mutual CHAP); null to take any target. If given, a target that does not authenticate
 *     itself, or not both sides, is refused
 * @param algorithms those offered, the preferred one first. RFC 7143 wants MD5 among them; leave it out only where all targets are known
 */
public record InitiatorChap(ChapCredential own, @Nullable ChapCredential target, List<ChapAlgorithm> algorithms) {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if both directions have the same secret (RFC 7143 section 9.2.1), or there is no algorithm
     */
    public InitiatorChap {
        algorithms = List.copyOf(algorithms);
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException("CHAP without an algorithm");
        }
        if (target != null && target.secret().isSameAs(own.secret())) {
            throw new IllegalArgumentException("initiator '" + own.name() + "' and target '" + target.name()
                    + "' have the same CHAP secret: who can check one could pass for the other; the two must differ");
        }
    }

    /** Proves the initiator, with any algorithm. */
    public static InitiatorChap of(ChapCredential own) {
        return new InitiatorChap(own, null, ChapAlgorithm.STRONGEST_FIRST);
    }

    /** With mutual CHAP: what the target has to prove. */
    public InitiatorChap withTarget(ChapCredential newTarget) {
        return new InitiatorChap(own, newTarget, algorithms);
    }

    public InitiatorChap withAlgorithms(List<ChapAlgorithm> newAlgorithms) {
        return new InitiatorChap(own, target, newAlgorithms);
    }
}
