package io.ffmiser.examples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/** A file that has a secret in its first line, and that nobody else may read. */
final class SecretFile {
    private static final int MAX_FILE_LENGTH = 1024;
    private static final int GROUP_AND_OTHERS = 077;
    private static final int PERMISSIONS = 07777;

    private SecretFile() {}

    /**
     * Its first line, which the caller clears when it is used.
     *
     * @param allowReadable whether others may read it
     * @throws IllegalArgumentException if it cannot be read or others can; the message says why, and never what is in it
     */
    static char[] firstLine(Path file, boolean allowReadable) {
        byte[] octets;
        try {
            if (!allowReadable) {
                requirePrivate(file);
            }
            if (Files.size(Programs.readable(file)) > MAX_FILE_LENGTH) {
                throw new IllegalArgumentException(file + " is too long for a CHAP secret");
            }
            octets = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("no CHAP secret file " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the CHAP secret file: " + Programs.reason(e), e);
        }
        String text = new String(octets, StandardCharsets.UTF_8);
        Arrays.fill(octets, (byte) 0);
        if (text.startsWith("\ufeff")) { // a byte order mark, as editors on Windows write it
            text = text.substring(1);
        }
        return text.lines().findFirst().orElse("").toCharArray();
    }

    /** By its mode; where files have none, as on Windows, nothing is checked. */
    private static void requirePrivate(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return;
        }
        int mode = (int) Files.getAttribute(file, "unix:mode") & PERMISSIONS;
        if ((mode & GROUP_AND_OTHERS) != 0) {
            throw new IllegalArgumentException(
                    "the CHAP secret file " + file + " has mode 0" + Integer.toOctalString(mode)
                            + ", so others can use it: chmod 600 " + file
                            + " (or allow it: --allow-readable-secrets, readableSecrets in a configuration)");
        }
    }
}
