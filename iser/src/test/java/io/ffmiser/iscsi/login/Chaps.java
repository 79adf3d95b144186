package io.ffmiser.iscsi.login;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.ChapInitiator;
import io.ffmiser.iscsi.auth.ChapTarget;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.NullMarked;

/** CHAP as the login tests have it: names, secrets, and challenges that are always the same. */
@NullMarked
final class Chaps {
    static final ChapCredential HOST = credential("host", "initiator-secret");
    static final ChapCredential DISKS = credential("disks", "the-targets-secret");
    static final long SEED = 1994;

    private Chaps() {}

    static ChapCredential credential(String name, String secret) {
        return ChapCredential.of(name, secret.toCharArray());
    }

    static Authenticator target(TargetChap settings) {
        return new ChapTarget(settings, Logins.INITIATOR, new Random(SEED));
    }

    /** Knows the initiator, and proves itself when asked. */
    static Authenticator target() {
        return target(TargetChap.of(Map.of(Logins.INITIATOR, HOST)).withOwn(DISKS));
    }

    static Authenticator targetWithoutAccounts() {
        return target(TargetChap.of(Map.of()));
    }

    static List<Authenticator> initiator(InitiatorChap settings) {
        return List.of(new ChapInitiator(settings, new Random(SEED + 1)));
    }
}
