package io.ffmiser.examples.verbs;

import io.ffmiser.examples.Programs;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.DeviceList;
import io.ffmiser.verbs.Gid;
import io.ffmiser.verbs.Mtu;
import io.ffmiser.verbs.Verbs;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The pingpong over a reliable connection; speaks with rdma-core's {@code ibv_rc_pingpong} in either role, and takes its options. */
@Command(
        name = "rc-pingpong",
        mixinStandardHelpOptions = true,
        description = "Sends messages to and fro over a reliable connection; interoperates with ibv_rc_pingpong.")
public final class RcPingpongProgram implements Callable<Integer> {
    private static final int MAX_24_BITS = 0x1000000;
    private static final int TCP_TIMEOUT_MILLIS = 60_000;

    @Parameters(paramLabel = "HOST", arity = "0..1", description = "the server; without it, be the server")
    private @Nullable String server;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            defaultValue = "18515",
            description = "TCP port where the two sides tell their addresses (default ${DEFAULT-VALUE})")
    private int tcpPort;

    @Option(
            names = {"-d", "--ib-dev"},
            paramLabel = "DEVICE",
            description = "the device (default: the first)")
    private @Nullable String deviceName;

    @Option(
            names = {"-i", "--ib-port"},
            paramLabel = "PORT",
            defaultValue = "1",
            description = "port of the device (default ${DEFAULT-VALUE})")
    private int devicePort;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            defaultValue = "4096",
            description = "size of a message (default ${DEFAULT-VALUE})")
    private int size;

    @Option(
            names = {"-m", "--mtu"},
            paramLabel = "BYTES",
            defaultValue = "1024",
            description = "path MTU (default ${DEFAULT-VALUE})")
    private int mtu;

    @Option(
            names = {"-r", "--rx-depth"},
            paramLabel = "N",
            defaultValue = "500",
            description = "receives that are posted (default ${DEFAULT-VALUE})")
    private int receiveDepth;

    @Option(
            names = {"-n", "--iters"},
            paramLabel = "N",
            defaultValue = "1000",
            description = "exchanges (default ${DEFAULT-VALUE})")
    private int exchanges;

    @Option(
            names = {"-l", "--sl"},
            paramLabel = "LEVEL",
            defaultValue = "0",
            description = "service level (default ${DEFAULT-VALUE})")
    private int serviceLevel;

    @Option(
            names = {"-g", "--gid-idx"},
            paramLabel = "INDEX",
            defaultValue = "-1",
            description = "index of the port's GID; RoCE needs one")
    private int gidIndex;

    @Option(
            names = {"-e", "--events"},
            description = "sleep until a completion event (default: poll)")
    private boolean events;

    @Option(
            names = {"-c", "--chk"},
            description = "check what arrived")
    private boolean check;

    @Option(
            names = {"-N", "--new_send"},
            description = "post by the ibv_wr_* calls")
    private boolean newSend;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the program; exits with 0 when every exchange was made. */
    public static void main(String[] args) {
        Programs.main(new RcPingpongProgram(), args);
    }

    @Override
    public Integer call() throws IOException {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        Mtu pathMtu = Arrays.stream(Mtu.values())
                .filter(value -> value.bytes() == mtu)
                .findFirst()
                .orElseThrow(() -> new ParameterException(line, "--mtu is 256, 512, 1024, 2048 or 4096, not " + mtu));
        if (size < 1 || receiveDepth < 1 || exchanges < 1) {
            throw new ParameterException(line, "--size, --rx-depth and --iters are 1 or more");
        }
        RcPingpong.Settings settings = new RcPingpong.Settings(
                devicePort, gidIndex, size, receiveDepth, serviceLevel, pathMtu, events, newSend);
        try (Context context = Verbs.open(deviceName == null ? firstDevice() : deviceName);
                RcPingpong pingpong = RcPingpong.open(context, settings)) {
            PingpongAddress here = pingpong.address(ThreadLocalRandom.current().nextInt(MAX_24_BITS));
            print(line.getOut(), "local", here);
            PingpongAddress there = connect(pingpong, here);
            print(line.getOut(), "remote", there);
            if (check && server != null) {
                pingpong.mark();
            }
            long nanos = pingpong.run(exchanges, server != null);
            report(line.getOut(), nanos, pingpong.eventCount());
            if (check && server == null) {
                pingpong.checkMarks();
            }
        }
        return 0;
    }

    /** The two sides tell each other where they are. As in the C program, the server connects first and answers then. */
    private PingpongAddress connect(RcPingpong pingpong, PingpongAddress here) throws IOException {
        if (server == null) {
            try (ServerSocket listener = new ServerSocket(tcpPort);
                    Socket socket = listener.accept()) {
                socket.setSoTimeout(TCP_TIMEOUT_MILLIS);
                PingpongAddress there = PingpongAddress.receive(socket.getInputStream());
                pingpong.connect(here, there);
                here.send(socket.getOutputStream());
                PingpongAddress.receiveDone(socket.getInputStream());
                return there;
            }
        }
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TCP_TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(server, tcpPort), TCP_TIMEOUT_MILLIS);
            here.send(socket.getOutputStream());
            PingpongAddress there = PingpongAddress.receive(socket.getInputStream());
            // Connected before the server hears "done": it may send at once.
            pingpong.connect(here, there);
            PingpongAddress.sendDone(socket.getOutputStream());
            return there;
        }
    }

    private static String firstDevice() {
        try (DeviceList devices = Verbs.devices()) {
            return devices.asList().stream()
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("there is no RDMA device"))
                    .name();
        }
    }

    private static void print(PrintWriter out, String side, PingpongAddress address) {
        out.printf(
                Locale.ROOT,
                "  %-6s address:  LID 0x%04x, QPN 0x%06x, PSN 0x%06x, GID %s%n",
                side,
                address.lid(),
                address.queuePairNumber(),
                address.packetNumber(),
                address.gid().equals(Gid.ZERO) ? "::" : address.gid());
    }

    private void report(PrintWriter out, long nanos, int eventCount) {
        double seconds = nanos / 1e9;
        long bytes = 2L * size * exchanges;
        out.printf(
                Locale.ROOT, "%d bytes in %.2f seconds = %.2f Mbit/sec%n", bytes, seconds, bytes * 8 / seconds / 1e6);
        out.printf(
                Locale.ROOT,
                "%d iters in %.2f seconds = %.2f usec/iter%n",
                exchanges,
                seconds,
                nanos / 1e3 / exchanges);
        if (events) {
            out.printf(Locale.ROOT, "%d completion events%n", eventCount);
        }
        out.flush();
    }
}
