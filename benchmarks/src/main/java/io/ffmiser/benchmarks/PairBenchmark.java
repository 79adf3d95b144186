package io.ffmiser.benchmarks;

import io.ffmiser.benchmarks.RawTcpStream.Memory;
import io.ffmiser.examples.DiskLoad;
import io.ffmiser.examples.TargetProgram;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.PollerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Initiator and target as two processes over software iWARP, against two processes that do nothing but TCP with the same sizes, in
 * turn and in one run. Who waits for a round trip busy-polls, all four of them; the raw streams block. Each row is the median of several rounds; the ratio is taken round by round, so that a
 * machine whose speed drifts does not bend it.
 */
public final class PairBenchmark {
    private static final Pattern PORT = Pattern.compile("^port (\\d+)$");
    private static final Pattern URL = Pattern.compile("^ +(iser://\\S+)");
    private static final int SMALL = 4096;
    private static final int LARGE = 1 << 20;
    /** An iSER control PDU on the wire: 76 octets in one FPDU with 20 of headers and 4 of CRC. */
    static final int COMMAND_BYTES = 100;

    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final long ROUND_NANOS = Long.getLong("round.millis", 1000) * 1_000_000;

    private final RawTcpClient tcp;
    private final DiskLoad small;
    private final DiskLoad large;

    private PairBenchmark(RawTcpClient tcp, DiskLoad small, DiskLoad large) {
        this.tcp = tcp;
        this.small = small;
        this.large = large;
    }

    /** Runs all rows, CRC off then on. */
    public static void main(String[] args) throws IOException {
        System.out.printf(
                "%s, %d cores, JDK %s; %d rounds of %.1f s, medians%n",
                System.getProperty("os.name"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                ROUNDS,
                ROUND_NANOS / 1e9);
        boolean isLimit;
        try (Peer rawPeer = new Peer(RawTcpServer.class, List.of("-Xmx512m"), List.of())) {
            RawTcpClient tcp = new RawTcpClient(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(rawPeer.await(PORT))));
            isLimit = StreamCheck.run(tcp, ROUNDS, ROUND_NANOS);
            for (String crc : List.of("off", "on")) {
                withCrc(crc, tcp);
            }
        }
        AllocationCheck.main(args);
        IdleConnections.main(args);
        if (!isLimit) {
            System.exit(1);
        }
    }

    private static void withCrc(String crc, RawTcpClient tcp) throws IOException {
        List<String> targetFlags = List.of(
                "--listen",
                "127.0.0.1:0",
                "--memory",
                "256M",
                "--block-size",
                "4096",
                "--idle-spin",
                "1000000",
                "--set",
                "iwarp.crc=" + crc);
        try (Peer targetPeer = new Peer(TargetProgram.class, List.of("-Xmx512m"), targetFlags)) {
            IserUrl disk = IserUrl.parse(targetPeer.await(URL));
            InitiatorOptions options = InitiatorOptions.of("iqn.2026-11.io.ffmiser:benchmark", "iwarp")
                    .withPoller(PollerOptions.DEFAULT.withProviderSettings(Map.of("iwarp.crc", crc)));
            try (Initiator initiator = Initiator.callerDriven(options);
                    Session session = initiator.login(SessionOptions.of(disk));
                    DiskLoad small = new DiskLoad(initiator, session, disk.lun(), SMALL, 32, 1);
                    DiskLoad large = new DiskLoad(initiator, session, disk.lun(), LARGE, 8, 2)) {
                System.out.printf("%nCRC %s%n", crc);
                new PairBenchmark(tcp, small, large).rows();
            }
        }
    }

    private void rows() throws IOException {
        small.run(false, 32, 2 * ROUND_NANOS, new Histogram(3));
        small.run(true, 32, ROUND_NANOS, new Histogram(3));
        large.run(false, 8, ROUND_NANOS, new Histogram(3));
        large.run(true, 8, ROUND_NANOS, new Histogram(3));
        roundTrip("4 KiB read, depth 1", false);
        roundTrip("4 KiB write, depth 1", true);
        stream("1 MiB read, depth 8", false);
        stream("1 MiB write, depth 8", true);
        depth32("4 KiB read, depth 32", false);
        depth32("4 KiB write, depth 32", true);
    }

    private void roundTrip(String row, boolean write) throws IOException {
        double[] raw = new double[ROUNDS];
        double[] pair = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            Histogram rawTimes = new Histogram(3);
            tcp.roundTrips(
                    write ? SMALL + COMMAND_BYTES : COMMAND_BYTES,
                    write ? COMMAND_BYTES : SMALL + COMMAND_BYTES,
                    ROUND_NANOS,
                    rawTimes);
            Histogram pairTimes = new Histogram(3);
            small.run(write, 1, ROUND_NANOS, pairTimes);
            raw[i] = rawTimes.getValueAtPercentile(50) / 1e3;
            pair[i] = pairTimes.getValueAtPercentile(50) / 1e3;
            ratio[i] = pair[i] / raw[i];
        }
        System.out.printf(
                "%-24s raw %8.1f us     pair %8.1f us     pair/raw %5.2f  (%.2f to %.2f)%n",
                row, median(raw), median(pair), median(ratio), min(ratio), max(ratio));
    }

    private void stream(String row, boolean write) throws IOException {
        double[] raw = new double[ROUNDS];
        double[] pair = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            raw[i] = tcp.stream(
                    write ? LARGE : COMMAND_BYTES, write ? COMMAND_BYTES : LARGE, 8, Memory.DISK, ROUND_NANOS);
            pair[i] = large.run(write, 8, ROUND_NANOS, new Histogram(3));
            ratio[i] = pair[i] / raw[i];
        }
        System.out.printf(
                "%-24s raw %8.0f MiB/s  pair %8.0f MiB/s  pair/raw %5.2f  (%.2f to %.2f)%n",
                row, median(raw), median(pair), median(ratio), min(ratio), max(ratio));
    }

    /** How much more 32 in flight bring than one: for the pair, and for raw TCP, which is what these cores allow. */
    private void depth32(String row, boolean write) throws IOException {
        int requestBytes = write ? SMALL + COMMAND_BYTES : COMMAND_BYTES;
        int responseBytes = write ? COMMAND_BYTES : SMALL + COMMAND_BYTES;
        double[] one = new double[ROUNDS];
        double[] many = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        double[] rawMany = new double[ROUNDS];
        double[] rawRatio = new double[ROUNDS];
        double[] share = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            one[i] = small.run(write, 1, ROUND_NANOS, new Histogram(3));
            many[i] = small.run(write, 32, ROUND_NANOS, new Histogram(3));
            ratio[i] = many[i] / one[i];
            rawMany[i] = tcp.stream(requestBytes, responseBytes, 32, Memory.DISK, ROUND_NANOS);
            share[i] = many[i] / rawMany[i];
            rawRatio[i] = rawMany[i] / tcp.roundTrips(requestBytes, responseBytes, ROUND_NANOS, new Histogram(3));
        }
        System.out.printf(
                "%-24s raw %,8.0f IOPS    pair %,8.0f IOPS   pair/raw %5.2f  to depth 1: raw %5.2f  pair %5.2f  (%.2f to %.2f)%n",
                row,
                median(rawMany),
                median(many),
                median(share),
                median(rawRatio),
                median(ratio),
                min(ratio),
                max(ratio));
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    static double min(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    static double max(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    static {
        Locale.setDefault(Locale.ROOT);
    }
}
