package io.ffmiser.iscsi.auth;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.iscsi.auth.ChapKeys.Challenge;
import io.ffmiser.iscsi.text.BinaryValue;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.NumericalValue;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * CHAP at the initiator (RFC 7143 section 12.1.3): offers algorithms, answers the target's challenge, and with mutual CHAP challenges the
 * target and checks its response.
 */
public final class ChapInitiator implements Authenticator {
    private static final Set<String> QUESTION = Set.of(ChapKeys.ALGORITHM, ChapKeys.IDENTIFIER, ChapKeys.CHALLENGE);
    private static final Set<String> PROOF = Set.of(ChapKeys.NAME, ChapKeys.RESPONSE);

    /** What the target has to say next. */
    private sealed interface State {
        /** Nothing but that it agrees to CHAP. */
        record Agreement() implements State {}

        /** An algorithm and a challenge. */
        record Question() implements State {}

        /** Who it is. */
        record Proof(ChapAlgorithm algorithm, Challenge challenge, ChapCredential expected, byte[] ownResponse)
                implements State {}

        /** Nothing. */
        record Done() implements State {}
    }

    private final InitiatorChap settings;
    private final RandomGenerator random;
    private State state = new State.Agreement();

    /**
     * Starts one.
     *
     * @param random of the challenge; outside of tests one that cannot be predicted
     */
    public ChapInitiator(InitiatorChap settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    @Override
    public String method() {
        return ChapKeys.METHOD;
    }

    @Override
    public Step step(Map<String, String> received) {
        return switch (state) {
            case State.Agreement() -> offer(received);
            case State.Question() -> answer(received);
            case State.Proof proof -> check(proof, received);
            case State.Done() -> end(received);
        };
    }

    private Step offer(Map<String, String> received) {
        if (!received.isEmpty()) {
            return new Step.Malformed("the target sends " + received.keySet() + " before CHAP_A");
        }
        state = new State.Question();
        return new Step.Speak(
                List.of(new KeyValue(ChapKeys.ALGORITHM, ChapKeys.offer(settings.algorithms()))), Progress.GOES_ON);
    }

    private Step answer(Map<String, String> received) {
        if (received.isEmpty()) {
            return new Step.Denied("the target sends no challenge");
        }
        if (!ChapKeys.areExactly(received, QUESTION)) {
            return new Step.Malformed("CHAP_A is answered with CHAP_A, CHAP_I and CHAP_C, not " + received.keySet());
        }
        ChapAlgorithm algorithm = ChapAlgorithm.of(NumericalValue.parse(received.getOrDefault(ChapKeys.ALGORITHM, "")));
        if (algorithm == null || !settings.algorithms().contains(algorithm)) {
            return new Step.Malformed("the target chose a CHAP algorithm that was not offered");
        }
        Challenge question = Challenge.read(received);
        if (question == null) {
            return new Step.Malformed("CHAP_I or CHAP_C is out of range");
        }
        ChapCredential own = settings.own();
        byte[] response = own.secret().respond(algorithm, question.identifier(), question.octets());
        List<KeyValue> keys = ChapKeys.proof(own.name(), response);
        ChapCredential expected = settings.target();
        if (expected == null) {
            state = new State.Done();
            return new Step.Speak(keys, Progress.DONE);
        }
        Challenge challenge = Challenge.draw(random, algorithm);
        if (Arrays.equals(challenge.octets(), question.octets())) {
            // RFC 7143 section 9.2.1: the target's challenge must not be used again
            challenge.octets()[0] ^= 1;
        }
        challenge.addTo(keys);
        state = new State.Proof(algorithm, challenge, expected, response);
        return new Step.Speak(keys, Progress.LAST_WORD);
    }

    private Step check(State.Proof proof, Map<String, String> received) {
        if (received.isEmpty()) {
            return new Step.Denied("the target does not authenticate itself, which mutual CHAP wants");
        }
        if (!ChapKeys.areExactly(received, PROOF)) {
            return new Step.Malformed("a challenge is answered with CHAP_N and CHAP_R, not " + received.keySet());
        }
        byte[] response = BinaryValue.decode(received.getOrDefault(ChapKeys.RESPONSE, ""));
        if (response == null) {
            return new Step.Malformed("CHAP_R is no binary value");
        }
        if (MessageDigest.isEqual(response, proof.ownResponse())) {
            return new Step.Denied("the target reflects our response");
        }
        Challenge asked = proof.challenge();
        if (settings.own().secret().verifies(proof.algorithm(), asked.identifier(), asked.octets(), response)) {
            return new Step.Denied("the target has the initiator's own secret: they must differ");
        }
        boolean isRight =
                proof.expected().secret().verifies(proof.algorithm(), asked.identifier(), asked.octets(), response);
        if (!isRight || !proof.expected().name().equals(received.get(ChapKeys.NAME))) {
            return new Step.Denied("wrong CHAP name or secret of the target");
        }
        state = new State.Done();
        return new Step.Speak(List.of(), Progress.DONE);
    }

    private static Step end(Map<String, String> received) {
        return received.isEmpty()
                ? new Step.Speak(List.of(), Progress.DONE)
                : new Step.Malformed("CHAP is over, and yet " + received.keySet());
    }
}
