package io.ffmiser.examples;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags of CHAP, the same for both programs. */
final class ChapFlags {
    @Option(
            names = "--chap-user",
            paramLabel = "NAME",
            description = "the initiator authenticates with CHAP, under this name")
    private @Nullable String user;

    @Option(
            names = "--chap-secret-file",
            paramLabel = "FILE",
            description = "its secret: the first line of a file of mode 600, 12 octets or more"
                    + " (default: the environment variable " + ChapEntry.SECRET_VARIABLE + ")")
    private @Nullable String secretFile;

    @Option(
            names = "--chap-target-user",
            paramLabel = "NAME",
            description = "mutual CHAP: the target authenticates too, under this name")
    private @Nullable String targetUser;

    @Option(
            names = "--chap-target-secret-file",
            paramLabel = "FILE",
            description = "its secret, another one (default: the environment variable "
                    + ChapEntry.TARGET_SECRET_VARIABLE + ")")
    private @Nullable String targetSecretFile;

    @Option(
            names = "--chap-short-secrets",
            description = "allow secrets below 96 bits: for connections under IPsec (RFC 7143, 9.2.1)")
    private boolean shortSecrets;

    @Option(
            names = "--allow-readable-secrets",
            description = "allow secret files that others can read; else they need mode 600")
    private boolean readableSecrets;

    /** What was asked for; null if nothing was. */
    @Nullable
    ChapEntry entry() {
        boolean isGiven = user != null || secretFile != null || targetUser != null || targetSecretFile != null;
        return isGiven
                ? new ChapEntry(user, secretFile, targetUser, targetSecretFile, shortSecrets, readableSecrets)
                : null;
    }
}
