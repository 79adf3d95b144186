package io.ffmiser.examples;

import io.ffmiser.examples.TargetConfig.LunEntry;
import io.ffmiser.examples.TargetConfig.TargetEntry;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.StoreException;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.text.HostPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code iser-target}: serves disks over iSER until it is told to end. */
@Command(
        name = "iser-target",
        mixinStandardHelpOptions = true,
        version = "iser-target 0.1.0",
        sortOptions = false,
        description =
                "Serves disks over iSER. Over software iWARP (the default) any machine will do: no RDMA card, no kernel module.",
        footer = {
            "",
            "Examples:",
            "  A disk of 256 MiB in memory:",
            "    iser-target --memory 256M",
            "  Two disks in files, one created sparse with 10 GiB, for one initiator:",
            "    iser-target --listen 0.0.0.0 --file a.img --file b.img --size 10G --allow iqn.2026-01.org.example:host",
            "  From a file:",
            "    iser-target --config target.yaml",
            "  which reads:",
            "    listen: [\"0.0.0.0:3260\"]",
            "    targets:",
            "      - name: iqn.2026-11.io.ffmiser:disks",
            "        luns:",
            "          - {lun: 0, file: disk0.img, size: 10G, blockSize: 4096}",
            "          - {lun: 1, memory: 256M}",
            "  Only for who proves to know a secret (and mutual CHAP: the target proves itself):",
            "    umask 077  # others must not read the secrets",
            "    head -c 16 /dev/urandom | base64 >host.secret; head -c 16 /dev/urandom | base64 >disks.secret",
            "    iser-target --memory 256M --chap-user host --chap-secret-file host.secret \\",
            "        --chap-target-user disks --chap-target-secret-file disks.secret",
            "  or in the file, in a target: chap: {user: host, secretFile: host.secret}",
            "",
            "Ends in order on SIGINT or SIGTERM: it completes what it accepted, flushes, and prints its counters. SIGHUP",
            "is ignored; where java is started without bin/iser-target, it ends it in order too.",
            "Logs to standard error what an administrator must know, such as a login that was refused.",
            "Exit status: 0 ended in order by a signal, 1 could not serve, failed, or could not end in order (standard error",
            "says why; not all may be flushed), 2 wrong usage, 141 who reads the output has gone, 128 + N ended by signal",
            "N before it listened."
        })
public final class TargetProgram implements Callable<Integer> {
    private static final String DEFAULT_NAME = "iqn.2026-11.io.ffmiser:disks";
    /** The flags that stand for nothing in the file. */
    private static final Set<String> BESIDE_CONFIG = Set.of("--config", "--idle-spin", "--verbose");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "a YAML file instead of the flags below; only --idle-spin and --verbose go with it")
    private @Nullable Path config;

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST[:PORT]",
            description = "a portal; may be repeated (default 127.0.0.1:3260; port 0 takes a free one)")
    private List<String> listen = new ArrayList<>();

    @Option(
            names = {"-n", "--name"},
            paramLabel = "IQN",
            description = "the target's iSCSI name (default " + DEFAULT_NAME + ")")
    private String name = DEFAULT_NAME;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "a disk kept in a file; may be repeated: LUN 0, 1, ...")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "SIZE",
            description = "a disk in memory; may be repeated: the LUNs after those of files")
    private List<String> memories = new ArrayList<>();

    @Option(
            names = {"-s", "--size"},
            paramLabel = "SIZE",
            description = "the size of files that do not exist yet (sparse)")
    private @Nullable String size;

    @Option(
            names = {"-b", "--block-size"},
            paramLabel = "BYTES",
            description = "logical block size of the disks: 512 (default) or 4096")
    private int blockSize = 512;

    @Option(
            names = "--max-transfer",
            paramLabel = "SIZE",
            description = "the longest transfer of one command (default 16M; libiscsi fails above 256K)")
    private @Nullable String maxTransfer;

    @Option(
            names = "--no-immediate-data",
            description = "write data never stands in the command (libiscsi announces it there and does not send it)")
    private boolean noImmediateData;

    @Option(names = "--read-only", description = "the disks cannot be written")
    private boolean readOnly;

    @Option(
            names = "--allow",
            paramLabel = "IQN",
            description = "an initiator that may log in; may be repeated (default: all)")
    private List<String> allow = new ArrayList<>();

    @Mixin
    private ChapFlags chap = new ChapFlags();

    @Option(
            names = "--open-discovery",
            description = "with --chap-user: whoever asks is told the target's name (default: who authenticates)")
    private boolean openDiscovery;

    @Option(names = "--provider", paramLabel = "NAME", description = "the RDMA provider (default iwarp)")
    private String provider = "iwarp";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "a setting of the provider, such as iwarp.crc=off; may be repeated")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--limit",
            paramLabel = "NAME=VALUE",
            description = "a bound of the target, such as maxSessions=100, minimumRate=1M or discovery=20s;"
                    + " may be repeated (docs/howto/limits.md has them all)")
    private Map<String, String> limits = new LinkedHashMap<>();

    @Option(
            names = "--idle-spin",
            paramLabel = "MICROS",
            defaultValue = "0",
            description =
                    "how long to busy-poll before blocking when idle: lower latency for CPU time (default ${DEFAULT-VALUE})")
    private long idleSpinMicros;

    @Option(
            names = {"-v", "--verbose"},
            description = "log every transition")
    void verbose(boolean on) {
        if (on) {
            Programs.logEverything();
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs until a signal. */
    public static void main(String[] args) {
        Programs.main(new TargetProgram(), args);
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        TargetConfig wanted = wanted(line);
        PrintWriter out = line.getOut();
        try {
            TargetOptions options = TargetAssembly.options(wanted);
            PollerOptions pollerOptions = PollerOptions.DEFAULT
                    .withName("iser-target")
                    .withIdleSpin(Duration.ofNanos(idleSpinMicros * 1000))
                    .withProviderSettings(wanted.settingsOrEmpty());
            Target target = Target.start(options, RdmaProvider.named(wanted.providerOrDefault()), pollerOptions);
            return new TargetEnd(target, options.limits().shutdown(), out, line.getErr())
                    .serve(() -> tellPortals(target, wanted, out));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, e.getMessage(), e);
        } catch (RdmaException | StoreException e) {
            line.getErr().println("iser-target: " + Programs.reason(e));
            return Programs.FAILED;
        }
    }

    /** One who reads that it listens can connect at once: the portals are bound, and their thread accepts. */
    private static void tellPortals(Target target, TargetConfig config, PrintWriter out) {
        for (InetSocketAddress portal : target.portals()) {
            out.println("listening on " + HostPort.of(portal) + " over " + config.providerOrDefault());
            for (TargetEntry entry : config.targetsOrEmpty()) {
                for (LunEntry lun : entry.lunsOrEmpty()) {
                    out.println("  iser://" + HostPort.of(portal) + "/" + entry.name() + "/" + lun.lun() + "  "
                            + lun.describe());
                }
            }
        }
        out.flush();
    }

    private TargetConfig wanted(CommandLine line) {
        if (config != null) {
            List<String> flags = line.getParseResult().matchedOptions().stream()
                    .map(OptionSpec::longestName)
                    .filter(flag -> !BESIDE_CONFIG.contains(flag))
                    .distinct()
                    .toList();
            if (!flags.isEmpty()) {
                throw new ParameterException(
                        line, String.join(", ", flags) + " beside --config: the file says it all, give it there");
            }
            try {
                return TargetConfig.read(config);
            } catch (IOException e) {
                throw new ParameterException(line, "cannot read the configuration: " + Programs.reason(e), e);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(line, e.getMessage(), e);
            }
        }
        if (files.isEmpty() && memories.isEmpty()) {
            throw new ParameterException(line, "no disk: give --file, --memory or --config");
        }
        List<LunEntry> luns = new ArrayList<>();
        for (String file : files) {
            luns.add(new LunEntry(luns.size(), file, null, size, blockSize, readOnly, null));
        }
        for (String memory : memories) {
            luns.add(new LunEntry(luns.size(), null, memory, null, blockSize, readOnly, null));
        }
        ChapEntry entry = chap.entry();
        if (openDiscovery && entry == null) {
            throw new ParameterException(line, "--open-discovery without --chap-user: discovery is open then");
        }
        return new TargetConfig(
                listen,
                provider,
                settings,
                limits,
                !noImmediateData,
                null,
                openDiscovery,
                List.of(new TargetEntry(name, allow, entry, maxTransfer, luns)));
    }
}
