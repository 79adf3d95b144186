package io.ffmiser.interop;

import io.ffmiser.examples.TargetProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Our own target as the program {@code iser-target}, which can be killed. */
final class FfmProgram implements PeerTarget {
    private static final String NAME = "iqn.2026-11.io.ffmiser.test:program";
    private static final int PORT = 3262;

    private final Path disk;
    private final String provider;
    private final InetSocketAddress portal =
            new InetSocketAddress(RdmaPort.peer().address(), PORT);
    private @Nullable Program program;

    private FfmProgram(Path disk, String provider) {
        this.disk = disk;
        this.provider = provider;
    }

    static FfmProgram start(long diskBytes, String provider) throws IOException {
        FfmProgram made = new FfmProgram(DiskImage.newFile("program", diskBytes), provider);
        made.start();
        return made;
    }

    @Override
    public void start() throws IOException {
        Program started = Program.start(JavaProgram.command(
                TargetProgram.class,
                "--provider",
                provider,
                "--set",
                JavaProgram.patience(provider),
                "--listen",
                portal.getAddress().getHostAddress() + ":" + PORT,
                "--name",
                NAME,
                "--file",
                disk.toString()));
        program = started;
        started.await("listening on");
    }

    /** SIGKILL. */
    @Override
    public void stop() {
        if (program != null) {
            program.close();
        }
    }

    @Override
    public String version() {
        return "ffm-iser over " + provider;
    }

    @Override
    public Pattern expectedVersion() {
        return Pattern.compile("ffm-iser over \\w+");
    }

    @Override
    public InetSocketAddress portal() {
        return portal;
    }

    @Override
    public String targetName() {
        return NAME;
    }

    @Override
    public Path disk() {
        return disk;
    }

    @Override
    public int maxCommandBytes() {
        return 1 << 20;
    }

    @Override
    public void takeUnsolicitedData(boolean taken) {
        throw new UnsupportedOperationException("the program has no option for it");
    }

    @Override
    public OptionalInt sessions() {
        return OptionalInt.empty();
    }

    @Override
    public OptionalLong bytesRead() {
        return OptionalLong.empty();
    }

    @Override
    public OptionalLong bytesWritten() {
        return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
        stop();
        Files.deleteIfExists(disk);
    }
}
