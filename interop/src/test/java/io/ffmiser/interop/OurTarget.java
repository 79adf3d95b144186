package io.ffmiser.interop;

import io.ffmiser.examples.TargetProgram;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.FileStore;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.SessionInfo;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetCounters;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Our target in this JVM, on the target's end of the wire, or as a process of its own where it has to die. */
final class OurTarget implements AutoCloseable {
    static final String NAME = "iqn.2026-11.io.ffmiser:interop";
    static final int PORT = 3260;
    static final String PORTAL = Lab.TARGET_ADDRESS + ":" + PORT;
    private static final int BLOCK = 512;

    private final Target target;

    private OurTarget(Target target) {
        this.target = target;
    }

    /** A node to add disks and more to. */
    static TargetNode.Builder node() {
        return TargetNode.named(NAME);
    }

    /** A node with one disk in memory. */
    static TargetNode memoryDisk(long bytes) {
        return node().logicalUnit(0, owner -> new MemoryStore(bytes, BLOCK)).build();
    }

    /** A node with one disk in a file, which is created. */
    static TargetNode fileDisk(Path file, long bytes) {
        return node().logicalUnit(0, owner -> FileStore.create(file, bytes, BLOCK, owner))
                .build();
    }

    /** Serves one node on {@link Lab#TARGET_ADDRESS}. */
    static OurTarget start(TargetNode node) {
        return start(TargetOptions.builder().node(node), Lab.TARGET_ADDRESS);
    }

    /** Serves on an address of the target's end. */
    static OurTarget start(TargetOptions.Builder options, String address) {
        return start(options, address, Lab.provider());
    }

    static OurTarget start(TargetOptions.Builder options, String address, String provider) {
        TargetOptions built =
                options.portal(new InetSocketAddress(address, PORT)).build();
        return new OurTarget(
                Target.start(built, RdmaProvider.named(provider), PollerOptions.DEFAULT.withName("iser-target")));
    }

    /** Starts the program iser-target with a disk in a file, in a JVM of its own, and waits until it listens. */
    static Program startProgram(Path file, String size) throws IOException {
        return startProgram(file, size, Lab.provider());
    }

    static Program startProgram(Path file, String size, String provider) throws IOException {
        Program program = Program.start(JavaProgram.command(
                TargetProgram.class,
                "--listen",
                PORTAL,
                "--name",
                NAME,
                "--provider",
                provider,
                "--file",
                file.toString(),
                "--size",
                size));
        program.await("listening on");
        return program;
    }

    /** Deletes the file of a disk, if it is there, with the identity that the store keeps beside it. */
    static void deleteDisk(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".id"));
    }

    TargetCounters counters() {
        return target.counters();
    }

    /** Sessions in full feature phase. */
    List<SessionInfo> sessions() {
        return target.sessions();
    }

    /** The one session there is, which a test just made. */
    SessionInfo session() {
        List<SessionInfo> sessions = sessions();
        if (sessions.size() != 1) {
            throw new AssertionError("not one session but " + sessions);
        }
        return sessions.get(0);
    }

    /** Waits until nobody is connected. */
    void awaitIdle() throws IOException, InterruptedException {
        Lab.await("all connections have ended", Duration.ofSeconds(30), () -> {
            TargetCounters counters = target.counters();
            return counters.connections() == 0 && counters.sessions() == 0;
        });
    }

    @Override
    public void close() {
        target.close();
    }
}
