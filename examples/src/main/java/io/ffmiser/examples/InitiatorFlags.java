package io.ffmiser.examples;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import io.ffmiser.rdma.PollerOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flags that all subcommands of the initiator have. */
final class InitiatorFlags {
    @Option(
            names = {"-i", "--initiator"},
            paramLabel = "IQN",
            description = "this initiator's name (default ${DEFAULT-VALUE})",
            defaultValue = "iqn.2026-11.io.ffmiser:initiator")
    private String name = "";

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            description = "the RDMA provider (default ${DEFAULT-VALUE})",
            defaultValue = "iwarp")
    private String provider = "";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "a setting of the provider, such as iwarp.crc=off; may be repeated")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Mixin
    private ChapFlags chap = new ChapFlags();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = {"-v", "--verbose"},
            description = "log every transition")
    void verbose(boolean on) {
        if (on) {
            Programs.logEverything();
        }
    }

    /** An initiator that the calling thread drives: its blocking calls poll for themselves. */
    Initiator open() {
        return Initiator.callerDriven(options());
    }

    /** An initiator with a thread of its own, for a thread that waits for other things too, such as its input. */
    Initiator openInBackground() {
        return Initiator.background(options());
    }

    /** Writes to a disk, which says on standard error what it writes again. */
    DurableWrite durableWrite(Session session, int lun, CommandLine line) {
        return new DurableWrite(
                session, lun, text -> line.getErr().println(line.getCommandName() + ": " + text), System::nanoTime);
    }

    private InitiatorOptions options() {
        InitiatorOptions options = InitiatorOptions.of(name, provider)
                .withPoller(PollerOptions.DEFAULT.withName("iser-initiator").withProviderSettings(settings));
        ChapEntry entry = chap.entry();
        return entry == null ? options : options.withChap(authentication(entry));
    }

    private InitiatorChap authentication(ChapEntry entry) {
        try {
            return entry.forInitiator();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(command).commandLine(), e.getMessage(), e);
        }
    }
}
