package io.ffmiser.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files with secrets. */
final class Secrets {
    private Secrets() {}

    /** Writes one that nobody else can read. */
    static Path write(Path file, String secret) throws IOException {
        return write(file, secret, "rw-------");
    }

    static Path write(Path file, String secret, String permissions) throws IOException {
        Files.writeString(file, secret);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
}
