package io.ffmiser.examples;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.ChapSecret;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Names for CHAP, and where their secrets are: in files, or in environment variables, never on a command line, which others can read.
 *
 * @param user CHAP name of initiators
 * @param secretFile its secret, the first line of a file; left out: the environment variable {@value #SECRET_VARIABLE}
 * @param targetUser CHAP name of the target, for mutual CHAP
 * @param targetSecretFile its secret; left out: the environment variable {@value #TARGET_SECRET_VARIABLE}
 * @param shortSecrets whether secrets may be shorter than 96 bits
 * @param readableSecrets whether the files may be such as others can read
 */
record ChapEntry(
        @Nullable String user,
        @Nullable String secretFile,
        @Nullable String targetUser,
        @Nullable String targetSecretFile,
        boolean shortSecrets,
        boolean readableSecrets) {
    static final String SECRET_VARIABLE = "ISER_CHAP_SECRET";
    static final String TARGET_SECRET_VARIABLE = "ISER_CHAP_TARGET_SECRET";

    /**
     * What an initiator needs.
     *
     * @throws IllegalArgumentException if a name or a secret is missing or will not do; the message says which, and never the secret
     */
    InitiatorChap forInitiator() {
        InitiatorChap oneWay = InitiatorChap.of(initiator());
        ChapCredential target = target();
        return target == null ? oneWay : oneWay.withTarget(target);
    }

    /** What a target needs; throws as {@link #forInitiator}. */
    TargetChap forTarget() {
        ChapCredential initiator = initiator();
        TargetChap oneWay = TargetChap.of(initiator);
        ChapCredential target = target();
        if (target == null) {
            return oneWay;
        }
        if (target.secret().isSameAs(initiator.secret())) {
            throw new IllegalArgumentException(
                    "CHAP users " + user + " and " + targetUser + " have the same secret: they must differ");
        }
        return oneWay.withOwn(target);
    }

    private ChapCredential initiator() {
        if (user == null) {
            throw new IllegalArgumentException("CHAP without a user: give the initiators' CHAP name (--chap-user)");
        }
        return credential(user, secretFile, SECRET_VARIABLE);
    }

    private @Nullable ChapCredential target() {
        if (targetUser == null) {
            if (targetSecretFile != null) {
                throw new IllegalArgumentException("mutual CHAP without the target's CHAP name (--chap-target-user)");
            }
            return null;
        }
        return credential(targetUser, targetSecretFile, TARGET_SECRET_VARIABLE);
    }

    private ChapCredential credential(String name, @Nullable String file, String variable) {
        char[] text =
                file == null ? fromEnvironment(name, variable) : SecretFile.firstLine(Path.of(file), readableSecrets);
        try {
            return new ChapCredential(name, shortSecrets ? ChapSecret.ofAnyLength(text) : ChapSecret.of(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("CHAP user " + name + ": " + e.getMessage(), e);
        } finally {
            Arrays.fill(text, '\0');
        }
    }

    private static char[] fromEnvironment(String name, String variable) {
        String value = System.getenv(variable);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("CHAP user " + name + " has no secret: name a file, or set " + variable);
        }
        return value.toCharArray();
    }
}
