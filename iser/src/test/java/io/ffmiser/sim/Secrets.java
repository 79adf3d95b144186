package io.ffmiser.sim;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.target.TargetNode;

/** Who knows what in a run with CHAP: each initiator has a secret of its own, and so has the target. */
final class Secrets {
    private static final ChapCredential TARGET = ChapCredential.of("target", "what the target knows".toCharArray());

    private final Scenario.Chap chap;

    Secrets(Scenario.Chap chap) {
        this.chap = chap;
    }

    private static ChapCredential of(String initiatorName) {
        return ChapCredential.of(initiatorName, ("the secret of " + initiatorName).toCharArray());
    }

    TargetNode.Builder demand(TargetNode.Builder node, boolean demands) {
        return chap == Scenario.Chap.NONE || !demands
                ? node
                : node.chap(TargetChap.of(Secrets::of).withOwn(TARGET));
    }

    InitiatorOptions prove(InitiatorOptions options) {
        return prove(options, options.name());
    }

    private InitiatorOptions prove(InitiatorOptions options, String known) {
        return switch (chap) {
            case NONE -> options;
            case ONE_WAY, IMPOSTORS ->
                options.withChap(InitiatorChap.of(ChapCredential.of(options.name(), secret(known))));
            case MUTUAL -> options.withChap(InitiatorChap.of(of(options.name())).withTarget(TARGET));
        };
    }

    private static char[] secret(String known) {
        return ("the secret of " + known).toCharArray();
    }

    /** An impostor has the name and not the secret. */
    InitiatorOptions ofTwin(InitiatorOptions options) {
        return chap.impostors ? prove(options, "somebody else") : options;
    }
}
