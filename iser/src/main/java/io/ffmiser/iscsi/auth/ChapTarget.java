package io.ffmiser.iscsi.auth;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.ChapSecret;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.auth.ChapKeys.Challenge;
import io.ffmiser.iscsi.text.BinaryValue;
import io.ffmiser.iscsi.text.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * CHAP at the target (RFC 7143 section 12.1.3): chooses an algorithm, sends a challenge, checks the response, and answers the
 * initiator's own challenge if there is one. The initiator's name takes the whole way even if nobody knows it, so that the answers do
 * not tell which names exist.
 */
public final class ChapTarget implements Authenticator {
    private static final Set<String> OFFER = Set.of(ChapKeys.ALGORITHM);
    private static final Set<String> PROOF = Set.of(ChapKeys.NAME, ChapKeys.RESPONSE);
    private static final Set<String> MUTUAL_PROOF =
            Set.of(ChapKeys.NAME, ChapKeys.RESPONSE, ChapKeys.IDENTIFIER, ChapKeys.CHALLENGE);

    private final List<TargetChap> settings;
    private final String initiatorName;
    private final RandomGenerator random;
    private @Nullable ChapAlgorithm algorithm;
    private @Nullable Challenge challenge;
    /** Those whose account the initiator has proved to be. */
    private final List<TargetChap> proven = new ArrayList<>();

    private boolean isDone;

    /**
     * Starts one.
     *
     * @param initiatorName the iSCSI name that the initiator claims, folded
     * @param random of the challenge; outside of tests one that cannot be predicted
     */
    public ChapTarget(TargetChap settings, String initiatorName, RandomGenerator random) {
        this(List.of(settings), initiatorName, random);
    }

    /** One where any of several accounts will do; {@link #proven} tells which did. */
    public ChapTarget(List<TargetChap> settings, String initiatorName, RandomGenerator random) {
        this.settings = List.copyOf(settings);
        this.initiatorName = initiatorName;
        this.random = random;
    }

    /** The settings whose account the initiator has proved to be, none before it has. */
    public List<TargetChap> proven() {
        return proven;
    }

    @Override
    public String method() {
        return ChapKeys.METHOD;
    }

    @Override
    public Step step(Map<String, String> received) {
        ChapAlgorithm chosen = algorithm;
        Challenge sent = challenge;
        if (isDone) {
            return received.isEmpty()
                    ? new Step.Speak(List.of(), Progress.DONE)
                    : new Step.Malformed("CHAP is over, and yet " + received.keySet());
        }
        if (chosen == null || sent == null) {
            return challenge(received);
        }
        return check(chosen, sent, received);
    }

    private Step challenge(Map<String, String> received) {
        if (received.isEmpty()) {
            // it has only just learned that it is to be CHAP
            return new Step.Speak(List.of(), Progress.GOES_ON);
        }
        if (!ChapKeys.areExactly(received, OFFER)) {
            return new Step.Malformed("CHAP begins with CHAP_A, not " + received.keySet());
        }
        List<ChapAlgorithm> offered = ChapKeys.readOffer(received.getOrDefault(ChapKeys.ALGORITHM, ""));
        if (offered == null) {
            return new Step.Malformed("CHAP_A is no list of numbers");
        }
        Set<ChapAlgorithm> accepted = new LinkedHashSet<>();
        settings.forEach(each -> accepted.addAll(each.algorithms()));
        for (ChapAlgorithm candidate : offered) {
            if (accepted.contains(candidate)) {
                Challenge drawn = Challenge.draw(random, candidate);
                algorithm = candidate;
                challenge = drawn;
                List<KeyValue> keys = new ArrayList<>();
                keys.add(new KeyValue(ChapKeys.ALGORITHM, Integer.toString(candidate.code())));
                drawn.addTo(keys);
                return new Step.Speak(keys, Progress.GOES_ON);
            }
        }
        return new Step.Denied("no CHAP algorithm in common: offered " + offered + ", accepted " + accepted);
    }

    private Step check(ChapAlgorithm chosen, Challenge sent, Map<String, String> received) {
        if (received.isEmpty()) {
            return new Step.Denied("no response to the challenge");
        }
        boolean isMutual = ChapKeys.areExactly(received, MUTUAL_PROOF);
        if (!isMutual && !ChapKeys.areExactly(received, PROOF)) {
            return new Step.Malformed("a challenge is answered with CHAP_N and CHAP_R, not " + received.keySet());
        }
        byte[] response = BinaryValue.decode(received.getOrDefault(ChapKeys.RESPONSE, ""));
        if (response == null) {
            return new Step.Malformed("CHAP_R is no binary value");
        }
        boolean isKnown = false;
        ChapCredential account = null;
        TargetChap used = null;
        for (TargetChap each : settings) {
            ChapCredential candidate = each.accounts().find(initiatorName);
            isKnown |= candidate != null;
            ChapSecret secret = candidate == null ? ChapSecret.ofAnyLength(sent.octets()) : candidate.secret();
            boolean isRight = secret.verifies(chosen, sent.identifier(), sent.octets(), response);
            if (isRight
                    && candidate != null
                    && candidate.name().equals(received.get(ChapKeys.NAME))
                    && each.algorithms().contains(chosen)) {
                proven.add(each);
                // Of several, one that can answer for the target.
                if (used == null || (isMutual && used.own() == null && each.own() != null)) {
                    account = candidate;
                    used = each;
                }
            }
        }
        if (account == null || used == null) {
            return new Step.Denied(
                    (isKnown ? "wrong CHAP name or secret of " : "no CHAP account for ") + initiatorName);
        }
        return isMutual ? prove(chosen, sent, used.own(), account, received) : done(List.of());
    }

    private Step prove(
            ChapAlgorithm chosen,
            Challenge sent,
            @Nullable ChapCredential own,
            ChapCredential account,
            Map<String, String> received) {
        Challenge question = Challenge.read(received);
        if (question == null) {
            return new Step.Malformed("CHAP_I or CHAP_C is out of range");
        }
        // RFC 7143 section 9.2.1: to be checked, and the connection closed
        if (Arrays.equals(question.octets(), sent.octets())) {
            return new Step.Denied(initiatorName + " reflects our challenge");
        }
        if (own == null) {
            return new Step.Denied(initiatorName + " wants mutual CHAP, and the target has no name and secret for it");
        }
        if (own.secret().isSameAs(account.secret())) {
            return new Step.Denied(initiatorName + " has the target's own secret: they must differ");
        }
        return done(ChapKeys.proof(own.name(), own.secret().respond(chosen, question.identifier(), question.octets())));
    }

    private Step done(List<KeyValue> keys) {
        isDone = true;
        return new Step.Speak(keys, Progress.DONE);
    }
}
