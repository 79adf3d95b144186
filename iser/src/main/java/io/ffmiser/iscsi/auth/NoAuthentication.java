package io.ffmiser.iscsi.auth;

import java.util.List;
import java.util.Map;

/** AuthMethod=None: nothing to prove and nothing to say. */
public final class NoAuthentication implements Authenticator {
    /** The value of AuthMethod. */
    public static final String METHOD = "None";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public Step step(Map<String, String> received) {
        return received.isEmpty()
                ? new Step.Speak(List.of(), Progress.DONE)
                : new Step.Denied("unexpected " + received.keySet());
    }
}
