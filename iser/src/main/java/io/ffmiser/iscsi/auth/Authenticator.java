package io.ffmiser.iscsi.auth;

import io.ffmiser.iscsi.text.KeyValue;
import java.util.List;
import java.util.Map;

/** One side's part in the conversation of an authentication method, for one login. */
public interface Authenticator {
    /** The value of AuthMethod that names the method. */
    String method();

    /**
     * The next move. An initiator's first comes once the target has agreed to the method, a target's with what the initiator then
     * sends.
     *
     * @param received the method's keys that the peer sent
     */
    Step step(Map<String, String> received);

    /** What follows. */
    sealed interface Step {
        /** Say this, in this order. */
        record Speak(List<KeyValue> keys, Progress progress) implements Step {}

        /** The peer is not who it should be: status 0x0201. */
        record Denied(String reason) implements Step {}

        /** The peer does not keep to the rules of the method: status 0x0200. */
        record Malformed(String reason) implements Step {}
    }

    /** How far the conversation is when the keys of a step have been said. */
    enum Progress {
        /** Both sides have more to say. */
        GOES_ON,
        /** This side has nothing more to say, but waits for what the peer proves: SecurityNegotiation may end with the peer's answer. */
        LAST_WORD,
        /** Nothing more is wanted. */
        DONE
    }
}
