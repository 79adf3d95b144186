package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench}: latencies and rates of random I/O. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures random I/O of one size at several queue depths; the calling thread polls.")
final class BenchCommand implements Callable<Integer> {
    private static final long SEED = 42;

    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(paramLabel = "URL", converter = UrlConverter.class, description = "iser://host[:port]/target-name/lun")
    private @Nullable IserUrl url;

    @Option(
            names = {"-b", "--block"},
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            defaultValue = "4K",
            description = "bytes of each I/O (default ${DEFAULT-VALUE})")
    private ByteSize block = new ByteSize(4096);

    @Option(
            names = {"-d", "--depth"},
            split = ",",
            paramLabel = "N",
            defaultValue = "1,32",
            description = "I/Os in flight, one or more (default ${DEFAULT-VALUE})")
    private List<Integer> depths = List.of();

    @Option(
            names = {"-t", "--seconds"},
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "how long each measurement takes (default ${DEFAULT-VALUE}); a warm-up of the same length comes before the first")
    private int seconds = 2;

    @Option(names = "--destroy", description = "also write: what the disk holds is LOST")
    private boolean destroy;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (seconds < 1 || depths.stream().anyMatch(depth -> depth < 1 || depth > 4096)) {
            throw new ParameterException(command.commandLine(), "--seconds is 1 or more, --depth 1 to 4096");
        }
        IserUrl disk = Objects.requireNonNull(url);
        PrintWriter out = command.commandLine().getOut();
        int maxDepth = depths.stream().mapToInt(Integer::intValue).max().orElseThrow();
        long nanos = seconds * 1_000_000_000L;
        try (Initiator initiator = flags.open();
                Session session = initiator.login(SessionOptions.of(disk));
                DiskLoad load =
                        new DiskLoad(initiator, session, disk.lun(), Math.toIntExact(block.bytes()), maxDepth, SEED)) {
            load.run(false, maxDepth, nanos, new Histogram(3));
            out.printf(
                    Locale.ROOT,
                    "%-12s %6s %12s %12s %12s %14s%n",
                    "random",
                    "depth",
                    "p50 us",
                    "p99 us",
                    "IOPS",
                    "rate");
            for (boolean write : destroy ? new boolean[] {false, true} : new boolean[] {false}) {
                for (int depth : depths) {
                    row(load, write, depth, nanos, out);
                }
            }
        }
        return 0;
    }

    private void row(DiskLoad load, boolean write, int depth, long nanos, PrintWriter out) {
        Histogram latencies = new Histogram(3);
        double perSecond = load.run(write, depth, nanos, latencies);
        out.printf(
                Locale.ROOT,
                "%-12s %6d %12.1f %12.1f %,12.0f %12s/s%n",
                ByteSize.format((double) block.bytes()) + (write ? " write" : " read"),
                depth,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                perSecond,
                ByteSize.format(perSecond * block.bytes()));
        out.flush();
    }
}
