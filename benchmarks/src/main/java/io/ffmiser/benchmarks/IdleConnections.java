package io.ffmiser.benchmarks;

import io.ffmiser.examples.TargetProgram;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.QueueLimits;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an idle logged-in connection costs the target, receive buffers included: the growth of its process, which the kernel counts,
 * over many connections, and the growth of its live heap.
 */
public final class IdleConnections {
    private static final Pattern URL = Pattern.compile("^ +(iser://\\S+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final int WARM_UP = 20;
    private static final int SESSIONS_PER_INITIATOR = 50;
    private static final int CONNECTIONS = Integer.getInteger("idle.connections", 500);

    private IdleConnections() {}

    /** Prints bytes per connection. */
    public static void main(String[] args) throws IOException {
        List<String> flags = List.of("--listen", "127.0.0.1:0", "--memory", "16M");
        // The heap is fixed and touched, so that what grows in the process lies outside of it; live heap is counted by
        // itself.
        List<String> jvm = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
        try (Peer target = new Peer(TargetProgram.class, jvm, flags)) {
            IserUrl disk = IserUrl.parse(target.await(URL));
            List<Initiator> initiators = new ArrayList<>();
            try {
                login(disk, initiators, WARM_UP);
                long residentBefore = residentBytes(target.pid());
                long heapBefore = liveHeapBytes(target.pid());
                login(disk, initiators, CONNECTIONS);
                long resident = residentBytes(target.pid()) - residentBefore;
                long heap = liveHeapBytes(target.pid()) - heapBefore;
                System.out.printf(
                        "%nidle connections: %d more cost the target %,d KiB each (%,d KiB outside the heap, %,d KiB of live heap)%n",
                        CONNECTIONS,
                        (resident + heap) / CONNECTIONS / 1024,
                        resident / CONNECTIONS / 1024,
                        heap / CONNECTIONS / 1024);
            } finally {
                initiators.forEach(Initiator::close);
            }
        }
    }

    /** Logs in as several initiators, since a target bounds the sessions of one. */
    private static void login(IserUrl disk, List<Initiator> initiators, int count) {
        SessionOptions options = SessionOptions.of(disk).withQueue(QueueLimits.DEFAULT.withCommandsAtTarget(2));
        for (int i = 0; i < count; i++) {
            if (i % SESSIONS_PER_INITIATOR == 0) {
                String name = "iqn.2026-11.io.ffmiser:idle" + initiators.size();
                initiators.add(Initiator.callerDriven(InitiatorOptions.of(name, "iwarp")));
            }
            Session _ = initiators.getLast().login(options);
        }
    }

    private static long residentBytes(long pid) throws IOException {
        var matcher = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
        if (!matcher.find()) {
            throw new IOException("no VmRSS in /proc/" + pid + "/status");
        }
        return Long.parseLong(matcher.group(1)) << 10;
    }

    /** Collects garbage in that process and counts what lives. */
    private static long liveHeapBytes(long pid) throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var matcher = TOTAL.matcher(output);
        if (!matcher.find()) {
            throw new IOException("jcmd gave no class histogram: " + output);
        }
        return Long.parseLong(matcher.group(1));
    }
}
