package io.ffmiser.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ffmiser.benchmarks.RawTcpStream.Memory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;

/**
 * Whether the raw TCP programs are the limit that they are taken for: their stream against iperf3's on loopback, in turn, both with calls
 * of 1 MiB from one buffer into one buffer. A limit that is far below what TCP can do would flatter what is measured against it.
 */
final class StreamCheck {
    /** The median ratio that must be reached. */
    static final double FLOOR = 0.9;

    private StreamCheck() {}

    /**
     * Measures and prints.
     *
     * @return whether the raw stream reaches {@link #FLOOR} of iperf3's
     * @throws IOException if iperf3 is not there or fails
     */
    static boolean run(RawTcpClient raw, int rounds, long roundNanos) throws IOException {
        double[] ours = new double[rounds];
        double[] iperf = new double[rounds];
        double[] ratio = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ours[i] =
                    raw.stream(PairBenchmark.COMMAND_BYTES, RawTcpStream.CALL_BYTES, 8, Memory.ONE_BUFFER, roundNanos);
            iperf[i] = iperf3(Math.max(1, TimeUnit.NANOSECONDS.toSeconds(roundNanos)));
            ratio[i] = ours[i] / iperf[i];
        }
        double median = PairBenchmark.median(ratio);
        System.out.printf(
                "%-24s raw %8.0f MiB/s  iperf3 %6.0f MiB/s  raw/iperf3 %5.2f (%.2f to %.2f)%n",
                "one buffer, 1 MiB calls",
                PairBenchmark.median(ours),
                PairBenchmark.median(iperf),
                median,
                PairBenchmark.min(ratio),
                PairBenchmark.max(ratio));
        if (median >= FLOOR) {
            return true;
        }
        System.out.printf("the raw programs are no limit: less than %.1f of iperf3%n", FLOOR);
        return false;
    }

    /** MiB per second. */
    private static double iperf3(long seconds) throws IOException {
        String port = Integer.toString(freePort());
        Process server = new ProcessBuilder("iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", port, "--forceflush")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = server.inputReader()) {
            for (String line = said.readLine(); line != null && !line.contains("listening"); ) {
                line = said.readLine();
            }
            Process client = new ProcessBuilder(
                            "iperf3", "-c", "127.0.0.1", "-p", port, "-t", Long.toString(seconds), "-l", "1M", "-J")
                    .start();
            try (InputStream report = client.getInputStream()) {
                JsonNode result = new ObjectMapper().readTree(report);
                JsonNode bits = result.at("/end/sum_received/bits_per_second");
                if (bits.isMissingNode()) {
                    throw new IOException("iperf3: " + result.path("error").asText("no result"));
                }
                return bits.asDouble() / 8 / (1 << 20);
            } finally {
                client.destroy();
            }
        } finally {
            server.destroy();
        }
    }

    /** iperf3 takes no port of the system's choice. */
    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
