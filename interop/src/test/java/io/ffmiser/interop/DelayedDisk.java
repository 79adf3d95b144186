package io.ffmiser.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A block device whose every read and write takes a while: dm-delay over a file. Close it after those who use it. */
final class DelayedDisk implements AutoCloseable {
    private static final String NAME = "delayed";
    private static final int SECTOR = 512;

    private final Path file;
    private final String loop;

    private DelayedDisk(Path file, String loop) {
        this.file = file;
        this.loop = loop;
    }

    static DelayedDisk create(long bytes, Duration delay) throws IOException, InterruptedException {
        Program.run("modprobe", "-a", "loop", "dm_delay");
        Path file = DiskImage.newFile(NAME, bytes);
        String loop =
                Program.run("losetup", "--find", "--show", file.toString()).strip();
        String table = "0 %d delay %s 0 %d".formatted(bytes / SECTOR, loop, delay.toMillis());
        Program.run("dmsetup", "create", NAME, "--noudevsync", "--verifyudev", "--table", table);
        return new DelayedDisk(file, loop);
    }

    Path device() {
        return Path.of("/dev/mapper", NAME);
    }

    /** Whether a read or write waits for its time to pass: dm-delay's status is how many do of each. */
    boolean isBusy() throws IOException, InterruptedException {
        return !Program.run("dmsetup", "status", NAME).strip().matches(".* delay 0 0( 0)?");
    }

    @Override
    public void close() throws IOException {
        try {
            Program.run("dmsetup", "remove", "--noudevsync", "--verifyudev", "--retry", NAME);
            Program.run("losetup", "--detach", loop);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.delete(file);
    }
}
