package io.ffmiser.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Our own target as the program {@code iser-target}, which can be killed. */
final class FfmProgram implements PeerTarget {
    private final Path disk;
    private final String provider;
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
        program = OurTarget.startProgram(disk, String.valueOf(Files.size(disk)), provider);
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
        return new InetSocketAddress(Lab.TARGET_ADDRESS, OurTarget.PORT);
    }

    @Override
    public String targetName() {
        return OurTarget.NAME;
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
    public void close() throws IOException {
        stop();
        OurTarget.deleteDisk(disk);
    }
}
