package io.ffmiser.examples.rdma;

import io.ffmiser.examples.Programs;
import io.ffmiser.examples.RpingData;
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
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rdma-ping}: what rping does, over any provider: the one in Java speaks with rdma-core's rping on an iWARP adapter. */
@Command(
        name = "rdma-ping",
        description = "Pings with RDMA over any provider; the other end is this program, or rping of rdma-core.",
        footer = {"", "Exit status: 0 done, 1 failed, 2 wrong usage, 3 data that came back differ."})
public final class RdmaPing implements Callable<Integer> {
    private static final int DIFFERENT = 3;
    private static final Duration RESOLVE_LIMIT = Duration.ofSeconds(10);
    private static final long IDLE_NANOS = 100_000_000;

    /** Which end this is. */
    static final class Role {
        @Option(names = "-s", required = true, description = "server: serves one client")
        private boolean server;

        @Option(names = "-c", required = true, description = "client")
        private boolean client;
    }

    @ArgGroup(multiplicity = "1")
    private Role role = new Role();

    @Option(names = "-a", paramLabel = "ADDRESS", description = "the server's address (server: default any)")
    private @Nullable String address;

    @Option(names = "-p", paramLabel = "PORT", description = "default ${DEFAULT-VALUE}")
    private int port = 7174;

    @Option(names = "-C", paramLabel = "COUNT", description = "how many pings; 0, the default, is for ever")
    private int count;

    @Option(names = "-S", paramLabel = "SIZE", description = "octets a ping, 32 to 65535; default ${DEFAULT-VALUE}")
    private int size = 64;

    @Option(names = "-V", description = "compare what comes back")
    private boolean validate;

    @Option(names = "-v", description = "show the data")
    private boolean verbose;

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
        System.exit(Programs.execute(new CommandLine(new RdmaPing()), args));
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        if (size < RpingData.MIN_BYTES || size > RpingData.MAX_BYTES) {
            throw new CommandLine.ParameterException(line, "-S is from 32 to 65535");
        }
        if (role.client && address == null) {
            throw new CommandLine.ParameterException(line, "-c needs the server's address: -a ADDRESS");
        }
        PollerOptions options = PollerOptions.DEFAULT.withName("rdma-ping").withProviderSettings(settings);
        try (Poller poller = RdmaProvider.named(provider).openPoller(options)) {
            return role.server ? serve(poller, line.getOut()) : ping(poller, line.getOut());
        }
    }

    private int serve(Poller poller, PrintWriter out) {
        InetSocketAddress local = address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
        try (Listener listener = poller.listen(local, 1, request -> {
            if (end != null) {
                request.reject(new byte[0]); // it serves one
                return;
            }
            PingEnd made = new PingServer(request.device(), size, out, verbose);
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
        InetSocketAddress server = new InetSocketAddress(Objects.requireNonNull(address), port);
        poller.resolve(server, RESOLVE_LIMIT, new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                PingEnd made = new PingClient(route.device(), size, out, verbose, count, validate);
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
        if (status == DIFFERENT) {
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
        return end instanceof PingClient client && client.differs() ? DIFFERENT : 0;
    }
}
