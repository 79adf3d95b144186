package io.ffmiser.examples.rdma;

import io.ffmiser.examples.PingFlags;
import io.ffmiser.examples.Programs;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rdma-ping}: what rping does, over any provider: the one in Java speaks with rdma-core's rping on an iWARP adapter. */
@Command(
        name = "rdma-ping",
        description = "Pings with RDMA over any provider; the other end is this program, or rping of rdma-core.",
        footer = {"", "Exit status: 0 done, 1 failed, 2 wrong usage, 3 data that came back differ."})
public final class RdmaPing implements Callable<Integer> {
    private static final Duration RESOLVE_LIMIT = Duration.ofSeconds(10);
    private static final long IDLE_NANOS = 100_000_000;

    @Mixin
    private PingFlags flags = new PingFlags();

    @Option(names = "--provider", paramLabel = "NAME", description = "iwarp (the default) or verbs")
    private String provider = "iwarp";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "a setting of the provider, such as iwarp.crc=off; may be repeated")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this")
    @SuppressWarnings("unused") // picocli shows the help itself
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    private @Nullable PingEnd end;
    private @Nullable String unreachable;

    /** Runs one end. */
    public static void main(String[] args) {
        Programs.main(new RdmaPing(), args);
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        flags.check(line);
        PollerOptions options = PollerOptions.DEFAULT.withName("rdma-ping").withProviderSettings(settings);
        try (Poller poller = RdmaProvider.named(provider).openPoller(options)) {
            return flags.isServer() ? serve(poller, line.getOut()) : ping(poller, line.getOut());
        }
    }

    private int serve(Poller poller, PrintWriter out) {
        try (Listener listener = poller.listen(flags.address(), 1, request -> {
            if (end != null) {
                request.reject(new byte[0]); // it serves one
                return;
            }
            PingEnd made = new PingServer(request.device(), flags.size(), out, flags.isVerbose());
            end = made;
            made.begin(request.createConnection(made.domain, PingEnd.OPTIONS, made));
            made.connection().accept(PingEnd.PARAMETERS);
        })) {
            out.println("waiting on port " + listener.localAddress().getPort());
            out.flush();
            return converse(poller);
        }
    }

    private int ping(Poller poller, PrintWriter out) {
        InetSocketAddress server = flags.address();
        poller.resolve(server, RESOLVE_LIMIT, new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                PingEnd made = new PingClient(
                        route.device(), flags.size(), out, flags.isVerbose(), flags.count(), flags.validates());
                end = made;
                made.begin(route.createConnection(made.domain, PingEnd.OPTIONS, made));
                made.connection().connect(PingEnd.PARAMETERS);
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                unreachable = server + " cannot be reached: " + cause.message();
            }
        });
        int status = converse(poller);
        if (status == PingFlags.DIFFERENT) {
            out.println("data mismatch!");
            out.flush();
        }
        return status;
    }

    /** Drives the poller to the end of the conversation. */
    private int converse(Poller poller) {
        try {
            while (unreachable == null && (end == null || !end.isOver())) {
                if (poller.poll() == 0) {
                    poller.await(IDLE_NANOS);
                }
            }
        } finally {
            if (end != null) {
                end.close();
            }
        }
        String failure = end == null ? unreachable : end.failure();
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        return end instanceof PingClient client && client.differs() ? PingFlags.DIFFERENT : 0;
    }
}
