package io.ffmiser.iscsi.auth;

import java.util.Map;

/** AuthMethod=None: nothing to prove and nothing to say. */
public final class NoAuthentication implements Authenticator {
    @Override
    public String method() {
        return "None";
    }

    @Override
    public Step step(Map<String, String> received) {
        return received.isEmpty() ? new Step.Speak(Map.of(), true) : new Step.Denied("unexpected " + received.keySet());
    }
}
