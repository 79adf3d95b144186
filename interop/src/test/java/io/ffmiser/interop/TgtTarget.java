package io.ffmiser.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * tgt, the target in user space: tgtd with its iSER driver, told by tgtadm what to serve.
 *
 * <p>Its iSER listens on port 3260 of every address, and its iSCSI over TCP on another port of the loopback address, where this target is not
 * exported. An initiator is let in over iSER only if both its address and its name are bound (usr/iscsi/iser_text.c of tgt 1.0.85), over
 * TCP if either is. LUN 0 is a controller of tgt's own.
 */
final class TgtTarget implements PeerTarget {
    private static final String NAME = "iqn.2026-11.io.ffmiser.test:tgt";
    private static final int PORT = 3260;
    private static final int DISK_LUN = 1;
    private static final String TCP_PORTAL = "127.0.0.1:3261";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** A line of {@code --op stat}: target, LUN, session, then bytes and commands of READs submitted and done, of WRITEs alike. */
    private static final Pattern STATISTICS = Pattern.compile(
            "^ *\\d+ +" + DISK_LUN + " +\\d+ +\\d+ +\\d+ +(?<read>\\d+) +\\d+ +\\d+ +\\d+ +(?<written>\\d+) ",
            Pattern.MULTILINE);

    private static final Pattern SESSION = Pattern.compile("^Session: \\d+", Pattern.MULTILINE);

    private final Path file;
    private @Nullable Program daemon;
    private boolean unsolicited;

    private TgtTarget(Path file) {
        this.file = file;
    }

    /** Serves a new file of this size to our initiator. */
    static TgtTarget start(long diskBytes) throws IOException, InterruptedException {
        TgtTarget target = new TgtTarget(DiskImage.newFile("tgt", diskBytes));
        target.start();
        return target;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.createDirectories(Path.of("/run/tgtd"));
        // Of its 1 GiB pool it registers all of it on the first connection, which takes minutes in an emulated machine:
        // the least it takes.
        Program started = Program.start("tgtd", "-f", "--iscsi", "portal=" + TCP_PORTAL, "--iser", "pool_sz_mb=128");
        daemon = started;
        try {
            configure(started);
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            stop();
            throw e;
        }
    }

    private void configure(Program started) throws IOException, InterruptedException {
        Lab.await(
                "tgtd answers",
                LIMIT,
                () -> attempt("--mode", "target", "--op", "show").status() == 0);
        administer("--mode", "target", "--op", "new", "-T", NAME);
        administer("--mode", "logicalunit", "--op", "new", "--lun", String.valueOf(DISK_LUN), "-b", file.toString());
        administer("--mode", "target", "--op", "bind", "-I", "ALL");
        admit(TargetSuite.INITIATOR);
        parameter("ImmediateData", "Yes");
        takeUnsolicitedData(unsolicited);
        started.awaitRdmaListener(PORT);
    }

    @Override
    public void admit(String initiatorName) throws IOException, InterruptedException {
        administer("--mode", "target", "--op", "bind", "-Q", initiatorName);
    }

    private static Program.Outcome attempt(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tgtadm", "--lld", "iser"));
        command.addAll(List.of(arguments));
        return Program.attempt(LIMIT, command.toArray(String[]::new));
    }

    /** Of the one target there is. */
    private static String administer(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("--tid", "1"));
        return attempt(command.toArray(String[]::new)).orThrow();
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return "tgt " + Program.run("tgtd", "--version").strip();
    }

    @Override
    public Pattern expectedVersion() {
        return Pattern.compile("tgt 1\\.0\\.85.*");
    }

    @Override
    public InetSocketAddress portal() {
        return new InetSocketAddress(Lab.TARGET_ADDRESS, PORT);
    }

    @Override
    public String targetName() {
        return NAME;
    }

    @Override
    public int lun() {
        return DISK_LUN;
    }

    @Override
    public Path disk() {
        return file;
    }

    /** The size of its buffers: one RDMA operation a command (usr/iscsi/iser.c). */
    @Override
    public int maxCommandBytes() {
        return 512 << 10;
    }

    @Override
    public void takeUnsolicitedData(boolean taken) throws IOException, InterruptedException {
        unsolicited = taken;
        parameter("InitialR2T", taken ? "No" : "Yes");
    }

    private static void parameter(String key, String value) throws IOException, InterruptedException {
        administer("--mode", "target", "--op", "update", "-n", key, "-v", value);
    }

    @Override
    public void stop() {
        if (daemon != null) {
            daemon.close();
            daemon = null;
        }
    }

    /** On iWARP it keeps all that it ever had: it forgets one at RDMA_CM_EVENT_TIMEWAIT_EXIT, which rdma_cm has for InfiniBand and RoCE alone. */
    @Override
    public OptionalInt sessions() throws IOException, InterruptedException {
        if (RdmaPort.peer().device().startsWith("siw")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of((int) SESSION.matcher(administer("--mode", "conn", "--op", "show"))
                .results()
                .count());
    }

    @Override
    public OptionalLong bytesRead() throws IOException, InterruptedException {
        return OptionalLong.of(statistic("read"));
    }

    @Override
    public OptionalLong bytesWritten() throws IOException, InterruptedException {
        return OptionalLong.of(statistic("written"));
    }

    /** Of the sessions that there are. */
    private static long statistic(String which) throws IOException, InterruptedException {
        Matcher lines = STATISTICS.matcher(administer("--mode", "target", "--op", "stat"));
        long sum = 0;
        while (lines.find()) {
            sum += Long.parseLong(lines.group(which));
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        stop();
        Files.deleteIfExists(file);
    }
}
