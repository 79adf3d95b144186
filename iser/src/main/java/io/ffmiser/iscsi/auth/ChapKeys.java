package io.ffmiser.iscsi.auth;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.iscsi.text.BinaryValue;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.NumericalValue;
import io.ffmiser.iscsi.text.TextKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The keys of CHAP (RFC 7143 section 12.1.3): CHAP_A, CHAP_I, CHAP_C, CHAP_N and CHAP_R. */
final class ChapKeys {
    static final String METHOD = "CHAP";
    static final String ALGORITHM = TextKey.CHAP_A.keyName();
    static final String IDENTIFIER = TextKey.CHAP_I.keyName();
    static final String CHALLENGE = TextKey.CHAP_C.keyName();
    static final String NAME = TextKey.CHAP_N.keyName();
    static final String RESPONSE = TextKey.CHAP_R.keyName();

    private static final int MAX_IDENTIFIER = 255;

    private ChapKeys() {}

    /**
     * A question.
     *
     * @param identifier 0 to 255
     * @param octets 1 to 1024
     */
    record Challenge(int identifier, byte[] octets) {
        /** A new one, as long as a response. */
        static Challenge draw(RandomGenerator random, ChapAlgorithm algorithm) {
            byte[] octets = new byte[algorithm.responseLength()];
            random.nextBytes(octets);
            return new Challenge(random.nextInt(MAX_IDENTIFIER + 1), octets);
        }

        void addTo(List<KeyValue> keys) {
            keys.add(new KeyValue(IDENTIFIER, Integer.toString(identifier)));
            keys.add(new KeyValue(CHALLENGE, BinaryValue.encode(octets)));
        }

        /** Reads CHAP_I and CHAP_C; null if one is missing or wrong. */
        static @Nullable Challenge read(Map<String, String> keys) {
            long identifier = NumericalValue.parse(keys.getOrDefault(IDENTIFIER, ""));
            byte[] octets = BinaryValue.decode(keys.getOrDefault(CHALLENGE, ""));
            return octets == null || identifier < 0 || identifier > MAX_IDENTIFIER
                    ? null
                    : new Challenge((int) identifier, octets);
        }
    }

    /** CHAP_N and CHAP_R. */
    static List<KeyValue> proof(String name, byte[] response) {
        List<KeyValue> keys = new ArrayList<>();
        keys.add(new KeyValue(NAME, name));
        keys.add(new KeyValue(RESPONSE, BinaryValue.encode(response)));
        return keys;
    }

    /** The value of CHAP_A that offers these. */
    static String offer(List<ChapAlgorithm> algorithms) {
        StringBuilder offer = new StringBuilder();
        for (ChapAlgorithm algorithm : algorithms) {
            offer.append(offer.isEmpty() ? "" : ",").append(algorithm.code());
        }
        return offer.toString();
    }

    /** The algorithms known in an offer, in its order; null if it is no list of numbers. */
    static @Nullable List<ChapAlgorithm> readOffer(String offer) {
        List<ChapAlgorithm> algorithms = new ArrayList<>();
        for (String item : offer.split(",", -1)) {
            long code = NumericalValue.parse(item);
            if (code < 0) {
                return null;
            }
            ChapAlgorithm algorithm = ChapAlgorithm.of(code);
            if (algorithm != null) {
                algorithms.add(algorithm);
            }
        }
        return algorithms;
    }

    /** Whether there are these keys and no others. */
    static boolean areExactly(Map<String, String> received, Set<String> names) {
        return received.keySet().equals(names);
    }
}
