package io.ffmiser.iscsi.auth;

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
        /**
         * Say this.
         *
         * @param done whether nothing more is wanted from the peer
         */
        record Speak(Map<String, String> keys, boolean done) implements Step {}

        /** The peer is not who it should be: status 0x0201. */
        record Denied(String reason) implements Step {}
    }
}
