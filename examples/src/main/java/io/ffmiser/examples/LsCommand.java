package io.ffmiser.examples;

import io.ffmiser.initiator.Capacity;
import io.ffmiser.initiator.DiscoveredTarget;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorException;
import io.ffmiser.initiator.Inquiry;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.TargetPortal;
import io.ffmiser.text.PeerText;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ls}: discovery. */
@Command(
        name = "ls",
        mixinStandardHelpOptions = true,
        description =
                "Discovers the targets of a portal and lists their disks. Goes on after a target that refuses; exits with 1 then.")
final class LsCommand implements Callable<Integer> {
    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(paramLabel = "HOST[:PORT]", converter = PortalConverter.class, description = "the portal")
    private @Nullable InetSocketAddress portal;

    @Option(names = "--targets-only", description = "do not log in to list the disks")
    private boolean targetsOnly;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        InetSocketAddress address = Objects.requireNonNull(portal);
        int status = 0;
        try (Initiator initiator = flags.open()) {
            for (DiscoveredTarget target : initiator.discover(address)) {
                out.println(PeerText.escape(target.name()));
                for (TargetPortal at : target.portals()) {
                    out.println("  portal " + PeerText.escape(at.toString()));
                }
                if (!targetsOnly) {
                    try {
                        listDisks(initiator, SessionOptions.of(address, target.name()), out);
                    } catch (InitiatorException | IllegalArgumentException e) {
                        status = refused(target, e, out);
                    }
                }
            }
        }
        out.flush();
        return status;
    }

    /** One target that refuses does not hide the others. */
    private int refused(DiscoveredTarget target, RuntimeException e, PrintWriter out) {
        out.flush();
        PrintWriter errors = Objects.requireNonNull(spec).commandLine().getErr();
        errors.println("ls: " + PeerText.escape(target.name() + ": " + Programs.reason(e)));
        return Programs.FAILED;
    }

    private static void listDisks(Initiator initiator, SessionOptions options, PrintWriter out) {
        try (Session session = initiator.login(options)) {
            for (int lun : session.luns()) {
                Inquiry inquiry = session.inquiry(lun);
                Capacity capacity = session.capacity(lun);
                out.printf(
                        Locale.ROOT,
                        "  lun %d: %s %s, %s (%,d blocks of %d bytes)%n",
                        lun,
                        PeerText.escape(inquiry.vendor()),
                        PeerText.escape(inquiry.product()),
                        ByteSize.format((double) capacity.bytes()),
                        capacity.blocks(),
                        capacity.blockSize());
            }
        }
    }
}
