package io.ffmiser.examples.verbs;

import io.ffmiser.examples.PingFlags;
import io.ffmiser.examples.Programs;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.ConnectionParameters;
import io.ffmiser.rdmacm.EventChannel;
import io.ffmiser.rdmacm.PortSpace;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rping}: RDMA reads and writes between two hosts, with the flags and the wire protocol of rdma-core's program of that name. */
@Command(
        name = "rping",
        description = "Pings with RDMA; the other end is this program or rping of rdma-core.",
        footer = {"", "Exit status: 0 done, 1 failed, 2 wrong usage, 3 data that came back differ."})
public final class Rping implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 2000;
    private static final int EVENT_MILLIS = 30_000;

    @Mixin
    private PingFlags flags = new PingFlags();

    @Option(names = "-I", paramLabel = "ADDRESS", description = "the client's own address")
    private @Nullable String source;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this")
    @SuppressWarnings("unused") // picocli shows the help itself
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs one end. */
    public static void main(String[] args) {
        Programs.main(new Rping(), args);
    }

    @Override
    public Integer call() throws Exception {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        flags.check(line);
        try (EventChannel events = EventChannel.create();
                CmId id = events.createId(PortSpace.TCP)) {
            return flags.isServer() ? serve(events, id, line.getOut()) : ping(events, id, line.getOut());
        }
    }

    private int serve(EventChannel events, CmId listener, PrintWriter out) {
        listener.bind(flags.address());
        listener.listen(3);
        CmEvent.ConnectRequest request = (CmEvent.ConnectRequest) events.await();
        try (CmId id = request.id();
                RpingConnection connection = new RpingConnection(id, events, flags.size(), flags.isVerbose(), out)) {
            id.accept(ConnectionParameters.DEFAULT);
            connection.serve();
        }
        return 0;
    }

    private int ping(EventChannel events, CmId id, PrintWriter out) throws RpingConnection.Disconnected {
        InetSocketAddress from = source == null ? null : new InetSocketAddress(source, 0);
        id.resolveAddress(from, flags.address(), TIMEOUT_MILLIS);
        expect(events, CmEvent.AddressResolved.class);
        id.resolveRoute(TIMEOUT_MILLIS);
        expect(events, CmEvent.RouteResolved.class);
        try (RpingConnection connection = new RpingConnection(id, events, flags.size(), flags.isVerbose(), out)) {
            id.connect(ConnectionParameters.DEFAULT.withReads(1, 1));
            expect(events, CmEvent.Established.class);
            if (!connection.ping(flags.count(), flags.validates())) {
                out.println("data mismatch!");
                out.flush();
                return PingFlags.DIFFERENT;
            }
        }
        return 0;
    }

    private static void expect(EventChannel events, Class<? extends CmEvent> type) {
        CmEvent event = events.await(EVENT_MILLIS);
        if (!type.isInstance(event)) {
            throw new IllegalStateException(
                    event == null
                            ? "no " + type.getSimpleName() + " within " + EVENT_MILLIS / 1000 + " s"
                            : event.type() + " with status " + event.status()
                                    + (event.errno() == null ? "" : " (" + event.errno() + ")") + " for " + event.id());
        }
    }
}
