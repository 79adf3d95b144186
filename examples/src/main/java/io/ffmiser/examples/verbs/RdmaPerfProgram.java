package io.ffmiser.examples.verbs;

import io.ffmiser.examples.Programs;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.rdmacm.PortSpace;
import io.ffmiser.verbs.VerbsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Latency and bandwidth of writes, reads and sends between two machines, as rdma-core's perftest measures them. */
@Command(
        name = "rdma-perf",
        mixinStandardHelpOptions = true,
        description =
                "Measures latency or bandwidth of RDMA writes, reads and sends. Start it without HOST on one side; the client chooses"
                        + " the test, and the server serves one and ends, unless it is told to --keep.")
public final class RdmaPerfProgram implements Callable<Integer> {
    private static final int RESOLVE_MILLIS = 5000;

    @Parameters(paramLabel = "HOST", arity = "0..1", description = "the server; without it, be the server")
    private @Nullable String server;

    @Option(
            names = {"-t", "--test"},
            paramLabel = "TEST",
            converter = TestConverter.class,
            defaultValue = "write-lat",
            description = "write-lat, read-lat, send-lat, write-bw, read-bw or send-bw (default ${DEFAULT-VALUE})")
    private PerfTest test = PerfTest.WRITE_LAT;

    @Option(
            names = "--stdin",
            description =
                    "reads from standard input what to measure, a line each: TEST ITERATIONS WARM-UP; of a server that keeps on")
    private boolean fromInput;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            defaultValue = "18516",
            description = "port of the RDMA connection manager (default ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = {"-b", "--bind"},
            paramLabel = "ADDRESS",
            description = "this side's address (default: any)")
    private @Nullable String bind;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            description = "size of each operation (default: 64 for latency, 65536 for bandwidth)")
    private int size;

    @Option(
            names = {"-n", "--iters"},
            paramLabel = "N",
            defaultValue = "5000",
            description = "operations that are measured (default ${DEFAULT-VALUE})")
    private int iterations;

    @Option(
            names = {"-w", "--warm-up"},
            paramLabel = "N",
            defaultValue = "2000",
            description = "operations that come before and are not measured (default ${DEFAULT-VALUE})")
    private int warmUp;

    @Option(
            names = {"-d", "--tx-depth"},
            paramLabel = "N",
            defaultValue = "128",
            description = "operations under way at most, for bandwidth (default ${DEFAULT-VALUE})")
    private int depth;

    @Option(
            names = {"-l", "--post-list"},
            paramLabel = "N",
            defaultValue = "1",
            description = "operations that are posted by one call, for bandwidth (default ${DEFAULT-VALUE})")
    private int postList;

    @Option(
            names = {"-k", "--keep"},
            description = "the server serves one measurement after another, until it is stopped")
    private boolean keep;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the program; exits with 0 when it measured. */
    public static void main(String[] args) {
        Programs.main(new RdmaPerfProgram(), args);
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        if (server == null) {
            serve(line);
            return 0;
        }
        if (postList < 1 || postList > PerfQueue.MAX_BATCH) {
            throw new ParameterException(line, "--post-list is 1 to " + PerfQueue.MAX_BATCH + ", not " + postList);
        }
        if (fromInput) {
            measureLines(server, line);
        } else {
            measure(server, test, warmUp, iterations, line);
        }
        return 0;
    }

    private void measureLines(String host, CommandLine line) {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        String request;
        try {
            while ((request = in.readLine()) != null) {
                String[] words = request.strip().split(" +", -1);
                if (words.length != 3) {
                    throw new ParameterException(line, "a line is TEST ITERATIONS WARM-UP, not '" + request + "'");
                }
                measureLine(host, request, words, line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void measureLine(String host, String request, String[] words, CommandLine line) {
        PerfTest named;
        int measured;
        int before;
        try {
            named = PerfTest.named(words[0]);
            measured = Integer.parseInt(words[1]);
            before = Integer.parseInt(words[2]);
        } catch (NumberFormatException e) {
            throw new ParameterException(line, "not numbers of operations: '" + request + "'", e);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, Objects.requireNonNullElse(e.getMessage(), e.toString()), e);
        }
        measure(host, named, before, measured, line);
    }

    private void measure(String host, PerfTest what, int before, int measured, CommandLine line) {
        int bytes = size != 0 ? size : what.isLatency() ? 64 : 65536;
        try {
            measure(host, new PerfPlan(what, bytes, before, measured, depth, 0, 0), line.getOut());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, Objects.requireNonNullElse(e.getMessage(), e.toString()), e);
        }
    }

    private void serve(CommandLine line) {
        PrintWriter out = line.getOut();
        try (CmId listener = CmId.createSynchronous(PortSpace.TCP)) {
            listener.bind(bind == null ? new InetSocketAddress(port) : new InetSocketAddress(bind, port));
            listener.listen(1);
            out.println("waiting on port " + port);
            out.flush();
            do {
                serveNext(listener, line);
            } while (keep);
        }
    }

    private void serveNext(CmId listener, CommandLine line) {
        try (CmId id = listener.getRequest()) {
            try {
                line.getOut().println(serve(id) + " served");
                line.getOut().flush();
            } catch (IllegalStateException | IllegalArgumentException | VerbsException e) {
                if (!keep) {
                    throw e;
                }
                line.getErr().println("a measurement failed: " + e.getMessage());
                line.getErr().flush();
            }
        }
    }

    private static PerfTest serve(CmId id) {
        PerfPlan client = PerfPlan.decode(privateData(id));
        try (PerfQueue queue = PerfQueue.open(id, client)) {
            queue.connectedTo(client);
            id.accept(parameters(queue.plan()));
            answer(queue, client);
            queue.answerEnd();
            id.disconnect();
        }
        return client.test();
    }

    private static void answer(PerfQueue queue, PerfPlan client) {
        switch (client.test()) {
            case WRITE_LAT -> {
                for (int i = 1; i <= client.total(); i++) {
                    queue.awaitMark((byte) i);
                    queue.mark((byte) i);
                    queue.postOne();
                    queue.awaitCompleted();
                }
                queue.awaitReceived(1);
            }
            case SEND_LAT -> {
                for (int i = 1; i <= client.total(); i++) {
                    queue.awaitReceived(i);
                    queue.postOne();
                    queue.awaitCompleted();
                }
                queue.awaitReceived(client.total() + 1);
            }
            case SEND_BW -> queue.awaitReceived(client.total() + 1);
            case READ_LAT, WRITE_BW, READ_BW -> queue.sleepUntilReceived();
        }
    }

    private void measure(String host, PerfPlan wanted, PrintWriter out) {
        try (CmId id = CmId.createSynchronous(PortSpace.TCP)) {
            if (bind == null) {
                id.resolveAddress(new InetSocketAddress(host, port), RESOLVE_MILLIS);
            } else {
                id.resolveAddress(new InetSocketAddress(bind, 0), new InetSocketAddress(host, port), RESOLVE_MILLIS);
            }
            id.resolveRoute(RESOLVE_MILLIS);
            try (PerfQueue queue = PerfQueue.open(id, wanted)) {
                id.connect(parameters(queue.plan()));
                queue.connectedTo(PerfPlan.decode(privateData(id)));
                if (wanted.test().isLatency()) {
                    latency(queue, wanted, out);
                } else {
                    bandwidth(queue, wanted, postList, out);
                }
                queue.end();
                id.disconnect();
            }
        }
    }

    private static void latency(PerfQueue queue, PerfPlan plan, PrintWriter out) {
        long[] nanos = new long[plan.iterations()]; // those of the warm-up are overwritten
        long start = System.nanoTime();
        for (int i = 1; i <= plan.total(); i++) {
            switch (plan.test()) {
                case WRITE_LAT -> {
                    queue.mark((byte) i);
                    queue.postOne();
                    queue.awaitMark((byte) i);
                    queue.awaitCompleted();
                }
                case SEND_LAT -> {
                    queue.postOne();
                    queue.awaitReceived(i);
                    queue.awaitCompleted();
                }
                default -> {
                    queue.postOne();
                    queue.awaitCompleted();
                }
            }
            long end = System.nanoTime();
            nanos[i % nanos.length] = end - start;
            start = end;
        }
        Histogram histogram = new Histogram(3);
        for (long each : nanos) {
            histogram.recordValue(each);
        }
        double perSample = (plan.test().isRead() ? 1 : 2) * 1e3;
        out.printf(
                Locale.ROOT,
                "%-10s %9s %10s %10s %10s %10s %10s %10s%n",
                "test",
                "bytes",
                "iters",
                "min us",
                "typical us",
                "avg us",
                "p99 us",
                "max us");
        out.printf(
                Locale.ROOT,
                "%-10s %9d %10d %10.2f %10.2f %10.2f %10.2f %10.2f%n",
                plan.test(),
                plan.size(),
                plan.iterations(),
                histogram.getMinValue() / perSample,
                histogram.getValueAtPercentile(50) / perSample,
                histogram.getMean() / perSample,
                histogram.getValueAtPercentile(99) / perSample,
                histogram.getMaxValue() / perSample);
        out.flush();
    }

    private static void bandwidth(PerfQueue queue, PerfPlan plan, int postList, PrintWriter out) {
        if (plan.warmUp() > 0) {
            queue.stream(plan.warmUp(), postList);
        }
        long start = System.nanoTime();
        queue.stream(plan.iterations(), postList);
        double seconds = (System.nanoTime() - start) / 1e9;
        out.printf(Locale.ROOT, "%-10s %9s %10s %12s %12s%n", "test", "bytes", "iters", "MiB/s", "ops/s");
        out.printf(
                Locale.ROOT,
                "%-10s %9d %10d %12.2f %12.0f%n",
                plan.test(),
                plan.size(),
                plan.iterations(),
                (double) plan.size() * plan.iterations() / seconds / (1 << 20),
                plan.iterations() / seconds);
        out.flush();
    }

    /** What the other side said in the event that an id's last call ended with. */
    private static byte[] privateData(CmId id) {
        return switch (id.lastEvent()) {
            case CmEvent.ConnectRequest request -> request.peer().privateData();
            case CmEvent.Established established -> established.peer().privateData();
            case null, default -> throw new IllegalStateException(id + " has no event that carries private data");
        };
    }

    private static ConnectionParameters parameters(PerfPlan plan) {
        return ConnectionParameters.DEFAULT.withPrivateData(plan.encode());
    }

    /** Converts the names that the help lists. */
    static final class TestConverter implements ITypeConverter<PerfTest> {
        @Override
        public PerfTest convert(String value) {
            try {
                return PerfTest.named(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
