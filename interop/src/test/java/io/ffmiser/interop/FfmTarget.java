package io.ffmiser.interop;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.FileStore;
import io.ffmiser.target.StoreSource;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetCounters;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.target.TargetSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Our own target in this JVM, on the other end of the wire. */
final class FfmTarget implements PeerTarget {
    /** What it negotiates with our initiator. */
    static final Map<String, String> KEYS = Map.of(
            "RDMAExtensions", "Yes",
            "HeaderDigest", "None",
            "DataDigest", "None",
            "InitialR2T", "Yes",
            "ImmediateData", "No",
            "iSERHelloRequired", "No",
            "ErrorRecoveryLevel", "0");

    private static final String NAME = "iqn.2026-11.io.ffmiser.test:own";
    private static final int PORT = 3261;
    private static final int BLOCK = 512;
    private static final int MAX_COMMAND_BYTES = 8 << 20;

    private final Path directory;
    private final Path disk;
    private final InetSocketAddress portal;
    private final RdmaProvider provider;
    private TargetSettings settings = TargetSettings.DEFAULT;
    private @Nullable Target target;
    /** Of those that were stopped. */
    private long readBefore;

    private long writtenBefore;

    private FfmTarget(Path directory, InetSocketAddress portal, RdmaProvider provider) {
        this.directory = directory;
        disk = directory.resolve("disk");
        this.portal = portal;
        this.provider = provider;
    }

    static FfmTarget start(long diskBytes, String providerName) throws IOException {
        FfmTarget made = new FfmTarget(
                Files.createTempDirectory("own"),
                new InetSocketAddress(RdmaPort.peer().address(), PORT),
                RdmaProvider.named(providerName));
        made.serve(owner -> FileStore.create(made.disk, diskBytes, BLOCK, owner));
        return made;
    }

    private void serve(StoreSource store) {
        TargetNode node = TargetNode.named(NAME)
                .logicalUnit(0, store)
                .maxTransferBytes(MAX_COMMAND_BYTES)
                .build();
        target = Target.start(
                TargetOptions.builder()
                        .portal(portal)
                        .node(node)
                        .settings(settings)
                        .build(),
                provider,
                PollerOptions.DEFAULT.withName("iser-target"));
    }

    @Override
    public String version() {
        return "ffm-iser over " + provider.name();
    }

    @Override
    public Pattern expectedVersion() {
        return Pattern.compile("ffm-iser over \\w+");
    }

    @Override
    public InetSocketAddress portal() {
        return portal;
    }

    @Override
    public String targetName() {
        return NAME;
    }

    @Override
    public Path disk() {
        return disk;
    }

    @Override
    public int maxCommandBytes() {
        return MAX_COMMAND_BYTES;
    }

    @Override
    public void takeUnsolicitedData(boolean taken) {
        settings = taken ? settings.withUnsolicitedData(true, false, 8192, 65_536) : TargetSettings.DEFAULT;
        stop();
        start();
    }

    /** From now on it asks, after so long without a word, whether the initiator is there. */
    void askAfter(Duration silence) {
        settings = settings.withKeepalive(silence, Duration.ofSeconds(5));
        stop();
        start();
    }

    @Override
    public void stop() {
        TargetCounters last = serving().counters();
        readBefore += last.rdmaWriteBytes();
        writtenBefore += last.rdmaReadBytes();
        serving().close();
        target = null;
    }

    @Override
    public void start() {
        serve(owner -> FileStore.open(disk, BLOCK, false, owner));
    }

    private Target serving() {
        Target current = target;
        if (current == null) {
            throw new IllegalStateException("the target is stopped");
        }
        return current;
    }

    @Override
    public OptionalInt sessions() {
        return OptionalInt.of(serving().sessions().size());
    }

    @Override
    public OptionalLong bytesRead() {
        return OptionalLong.of(readBefore + serving().counters().rdmaWriteBytes());
    }

    @Override
    public OptionalLong bytesWritten() {
        return OptionalLong.of(writtenBefore + serving().counters().rdmaReadBytes());
    }

    @Override
    public void close() throws IOException {
        if (target != null) {
            serving().close();
        }
        OurTarget.deleteDisk(disk);
        Files.delete(directory);
    }
}
