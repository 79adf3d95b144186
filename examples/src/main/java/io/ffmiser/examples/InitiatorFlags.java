package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.rdma.PollerOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

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
        return Initiator.callerDriven(InitiatorOptions.of(name, provider)
                .withPoller(PollerOptions.DEFAULT.withName("iser-initiator").withProviderSettings(settings)));
    }
}
