package io.ffmiser.examples.verbs;

import io.ffmiser.examples.Programs;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.Device;
import io.ffmiser.verbs.DeviceList;
import io.ffmiser.verbs.Verbs;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code devinfo}: what the RDMA devices of this machine can do, with the options and the output of rdma-core's {@code ibv_devinfo}. */
@Command(name = "devinfo", description = "Tells what RDMA devices are and can do, as ibv_devinfo does.")
public final class Devinfo implements Callable<Integer> {
    @Option(
            names = {"-d", "--ib-dev"},
            paramLabel = "DEVICE",
            description = "this device only (default: all)")
    private @Nullable String deviceName;

    @Option(
            names = {"-i", "--ib-port"},
            paramLabel = "PORT",
            description = "this port of it only (default: all)")
    private @Nullable Integer port;

    @Option(
            names = {"-l", "--list"},
            description = "the names of the devices, and no more")
    private boolean list;

    @Option(
            names = {"-v", "--verbose"},
            description = "all that is to be known")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this")
    @SuppressWarnings("unused") // picocli shows the help itself
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the program; exits with 0 when every device that was asked for has been told of. */
    public static void main(String[] args) {
        Programs.main(new Devinfo(), args);
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        if (port != null && port < 1) {
            throw new ParameterException(line, "ports are counted from 1: --ib-port " + port);
        }
        PrintWriter out = line.getOut();
        try (DeviceList devices = Verbs.devices()) {
            if (list) {
                printNames(devices.asList(), out);
            } else {
                for (Device device : chosen(devices.asList())) {
                    print(device, out);
                }
            }
        } finally {
            out.flush();
        }
        return 0;
    }

    private static void printNames(List<Device> devices, PrintWriter out) {
        ReportLines lines = new ReportLines(out);
        lines.line(0, "%d HCA%s found:".formatted(devices.size(), devices.size() == 1 ? "" : "s"));
        devices.forEach(device -> lines.line(1, device.name()));
        lines.line(0, "");
    }

    private List<Device> chosen(List<Device> devices) {
        if (devices.isEmpty()) {
            throw new IllegalStateException("there is no RDMA device");
        }
        if (deviceName == null) {
            return devices;
        }
        return devices.stream()
                .filter(device -> device.name().equals(deviceName))
                .findFirst()
                .map(List::of)
                .orElseThrow(() -> new IllegalStateException("there is no device " + deviceName + ", only "
                        + String.join(", ", devices.stream().map(Device::name).toList())));
    }

    private void print(Device device, PrintWriter out) {
        ReportLines lines = new ReportLines(out);
        try (Context context = device.open()) {
            DeviceReport report = new DeviceReport(context, lines);
            if (port != null && port > report.ports()) {
                throw new IllegalStateException(device.name() + " has ports 1 to " + report.ports() + ", not " + port);
            }
            report.print(verbose);
            for (int each = 1; each <= report.ports(); each++) {
                if (port == null || port == each) {
                    new PortReport(context, each, lines).print(verbose);
                }
            }
        }
    }
}
