package io.ffmiser.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a file is called for ever: 64 random bits in hexadecimal, made once and kept beside it in {@code NAME.id}. It is a file and no
 * extended attribute, since copies take those along without being asked, and two disks of one identity become one to a host.
 *
 * <p>Where it is not there and cannot be made, what stands for it is where the file lies: host, path and file number.
 */
final class FileIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(FileIdentity.class);
    private static final String SUFFIX = ".id";
    private static final int OCTETS = 8;
    private static final Path MACHINE = Path.of("/etc/machine-id");

    private FileIdentity() {}

    /**
     * Finds or makes the identity. The caller has locked the file, against all others unless it is read-only: then none is made.
     *
     * @throws StoreException if what is kept is no identity: nobody can tell which disk it was
     */
    static String of(Path path, boolean readOnly) throws IOException {
        Path file = path.toRealPath();
        Path kept = file.resolveSibling(file.getFileName() + SUFFIX);
        try {
            return read(kept);
        } catch (NoSuchFileException e) {
            if (readOnly) {
                return place(file);
            }
        }
        try {
            return make(kept);
        } catch (IOException e) {
            LOG.warn("{}: the disk's identity cannot be kept in {} and goes by the file's place", path, kept, e);
            return place(file);
        }
    }

    private static String read(Path kept) throws IOException {
        if (Files.size(kept) <= 64) {
            String identity =
                    Files.readString(kept, StandardCharsets.ISO_8859_1).strip();
            if (identity.matches("[0-9a-f]{" + 2 * OCTETS + "}")) {
                return identity;
            }
        }
        throw new StoreException(
                kept + " is no disk's identity (" + 2 * OCTETS + " hexadecimal digits); without it, a new one is made");
    }

    /** Written aside and renamed: it is there whole or not at all. */
    private static String make(Path kept) throws IOException {
        byte[] random = new byte[OCTETS];
        new SecureRandom().nextBytes(random);
        String identity = HexFormat.of().formatHex(random);
        Path aside = kept.resolveSibling(kept.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                aside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer line = ByteBuffer.wrap((identity + "\n").getBytes(StandardCharsets.US_ASCII));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        }
        Files.move(aside, kept, StandardCopyOption.ATOMIC_MOVE);
        forceDirectory(kept);
        return identity;
    }

    private static void forceDirectory(Path kept) throws IOException {
        Path directory = kept.getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static String place(Path file) throws IOException {
        StringBuilder place = new StringBuilder();
        if (Files.isReadable(MACHINE)) {
            place.append(Files.readString(MACHINE, StandardCharsets.ISO_8859_1).strip());
        }
        place.append(':').append(file);
        try {
            place.append(':').append(Files.getAttribute(file, "unix:ino"));
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            LOG.debug("{} has no file number", file, e);
        }
        return place.toString();
    }
}
