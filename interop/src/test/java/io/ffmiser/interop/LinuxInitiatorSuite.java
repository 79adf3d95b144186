package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.SessionInfo;
import io.ffmiser.target.TargetCounters;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Linux's ib_iser with open-iscsi does with our target, whichever device that is on. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
abstract class LinuxInitiatorSuite {
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 4096;
    private static final int ROUND_TRIP = 2 * MIB;
    private static final Path VM = Path.of("/proc/sys/vm");
    private static final Duration HOUR = Duration.ofHours(1);

    private OpenIscsi linux;

    /** The provider of our target. */
    abstract String provider();

    private OurTarget serve(TargetNode node) {
        return serve(node, Lab.TARGET_ADDRESS);
    }

    private OurTarget serve(TargetNode node, String address) {
        return OurTarget.start(TargetOptions.builder().node(node), address, provider());
    }

    @BeforeEach
    void startIscsid() throws Exception {
        linux = OpenIscsi.start();
    }

    @AfterEach
    void stopIscsid() throws Exception {
        linux.close();
    }

    @Test
    void shouldNegotiateWhatWePropose_whenLinuxDiscoversAndLogsIn(@TempDir Path work) throws Exception {
        try (OurTarget target = serve(OurTarget.memoryDisk(64L * MIB))) {
            List<String> found = linux.discover(OurTarget.PORTAL);
            assertEquals(List.of(OurTarget.PORTAL + ",1 " + OurTarget.NAME), found);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();

            assertEquals(OpenIscsi.TRANSPORT, linux.transport());
            SessionInfo session = target.session();
            Map<String, String> keys = session.keys();
            assertAll(
                    () -> assertTrue(OpenIscsi.version().startsWith("iscsiadm version 2.1."), OpenIscsi.version()),
                    () -> assertEquals("Yes", keys.get("RDMAExtensions"), keys::toString),
                    () -> assertEquals("Yes", keys.get("InitialR2T"), keys::toString),
                    () -> assertEquals("Yes", keys.get("ImmediateData"), keys::toString),
                    () -> assertEquals("1048576", keys.get("MaxBurstLength"), keys::toString),
                    () -> assertEquals("4096", keys.get("TargetRecvDataSegmentLength"), keys::toString),
                    () -> assertEquals("1", linux.sessionField("initial_r2t")),
                    () -> assertEquals("1", linux.sessionField("immediate_data")),
                    () -> assertEquals("1048576", linux.sessionField("max_burst_len")),
                    () -> assertEquals(OurTarget.NAME, linux.sessionField("targetname")));

            assertMovesByRdma(target, disk, work);
            linux.logout(OurTarget.PORTAL);
            target.awaitIdle();
            assertEquals(0, target.counters().protocolErrors());
        }
    }

    @Test
    @Tag("long")
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void shouldKeepFiles_whenAFileSystemIsWrittenAndReadAfterLoginAnew(@TempDir Path work) throws Exception {
        Path files = archive(work);
        Path mount = Files.createDirectory(work.resolve("mount"));
        Path sums = work.resolve("sums");
        try (OurTarget target = serve(OurTarget.fileDisk(work.resolve("disk"), 2048L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            assertEquals(OpenIscsi.TRANSPORT, linux.transport());
            Program.run("mkfs.ext4", "-q", disk.toString());
            Program.run("mount", disk.toString(), mount.toString());
            // Linux writes as it goes: an umount that had all to write would be "blocked" to the kernel's watchdog.
            Files.writeString(VM.resolve("dirty_bytes"), String.valueOf(64 * MIB));
            try {
                Program.shell(HOUR, "tar -xf %s -C %s".formatted(files, mount));
            } finally {
                Files.writeString(VM.resolve("dirty_ratio"), "20"); // the default
            }
            Program.shell(HOUR, "cd %s && find . -type f -print0 | xargs -0 sha256sum >%s".formatted(mount, sums));
            Program.shell(HOUR, "umount " + mount);
            Program.shell(HOUR, "fsck.ext4 -fn " + disk);
            linux.logout(OurTarget.PORTAL);
            target.awaitIdle();
            TargetCounters written = target.counters();
            long bytes = Files.size(files);
            assertTrue(
                    written.rdmaReadBytes() + written.immediateBytes() > bytes * 9 / 10,
                    () -> "an archive of " + bytes + " bytes, but " + written);

            linux.login(OurTarget.PORTAL);
            Program.run("mount", "-o", "ro", linux.awaitDisk().toString(), mount.toString());
            Program.shell(HOUR, "cd %s && sha256sum --quiet -c %s".formatted(mount, sums));
            Program.shell(HOUR, "tar --compare -f %s -C %s".formatted(files, mount));
            Program.run("umount", mount.toString());
            TargetCounters read = target.counters();
            assertTrue(
                    read.rdmaWriteBytes() - written.rdmaWriteBytes() > bytes * 9 / 10,
                    () -> "an archive of " + bytes + " bytes, but " + read);
            assertEquals(0, read.protocolErrors());
            linux.logout(OurTarget.PORTAL);
            Files.writeString(
                    Lab.result("files.txt"),
                    "%d files, %d bytes in the archive%nwritten: %s%nread: %s%n"
                            .formatted(Files.readAllLines(sums).size(), bytes, written, read));
        }
    }

    /** Files to store: a kernel's source where that was provided (interop/lab/kernel-tree.sh), else some of this machine's own. */
    private static Path archive(Path work) throws Exception {
        String kernelTree = System.getenv("LAB_TREE");
        if (kernelTree != null && !kernelTree.isEmpty()) {
            return Path.of(kernelTree);
        }
        Path archive = work.resolve("files.tar");
        Program.run("tar", "-cf", archive.toString(), "-C", "/usr", Lab.isWhole() ? "lib/python3" : "share/perl5");
        return archive;
    }

    @Test
    @Tag("long")
    void shouldVerify_whenFioReadsAndWritesAtRandom() throws Exception {
        try (OurTarget target = serve(OurTarget.memoryDisk(256L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            TargetCounters before = target.counters();
            int mebibytes = Lab.isWhole() ? 256 : 8;
            Path report = Lab.result("fio.json");
            Program.attempt(
                            Duration.ofMinutes(30),
                            "fio",
                            "--name=random",
                            "--filename=" + disk,
                            "--rw=randrw",
                            "--bsrange=512-1m",
                            "--iodepth=32",
                            "--ioengine=libaio",
                            "--direct=1",
                            "--size=" + mebibytes + "m",
                            "--verify=crc32c",
                            "--verify_fatal=1",
                            "--output-format=json",
                            "--output=" + report)
                    .orThrow();
            String json = Files.readString(report);
            assertTrue(json.contains("\"error\" : 0,"), json);
            TargetCounters after = target.counters();
            assertTrue(after.rdmaWriteBytes() - before.rdmaWriteBytes() > (long) mebibytes * MIB / 4, after::toString);
            assertTrue(after.rdmaReadBytes() - before.rdmaReadBytes() > (long) mebibytes * MIB / 4, after::toString);
            // One for each login anew, "power on": none on the lab's wire (docs/interop.md).
            assertEquals(after.logins() - before.logins(), after.checkConditions() - before.checkConditions());
            assertEquals(0, after.protocolErrors());
            linux.logout(OurTarget.PORTAL);
        }
    }

    @Test
    @Tag("long")
    void shouldLeakNothing_whenLinuxLogsInAndOutAgainAndAgain() throws Exception {
        int rounds = Lab.isWhole() ? 50 : 5;
        try (OurTarget target = serve(OurTarget.memoryDisk(16L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            loginAndOut(target);
            List<String> files = openFiles();
            long heap = heapAfterCollection();
            long locked = lockedBytes();
            String resources = resources();
            long logins = target.counters().logins();
            for (int round = 0; round < rounds; round++) {
                loginAndOut(target);
            }
            assertEquals(logins + rounds, target.counters().logins());
            assertEquals(0, target.counters().failedLogins());
            assertEquals(files, openFiles());
            assertEquals(locked, lockedBytes());
            Lab.await("both sides hold what they held", Duration.ofSeconds(30), () -> resources.equals(resources()));
            long grown = heapAfterCollection() - heap;
            assertTrue(grown < MIB, () -> "the heap has grown by " + grown + " bytes in " + rounds + " rounds");
        }
    }

    private void loginAndOut(OurTarget target) throws Exception {
        linux.login(OurTarget.PORTAL);
        Path disk = linux.awaitDisk();
        Program.run("dd", "if=" + disk, "of=/dev/null", "bs=64k", "count=4", "iflag=direct");
        linux.logout(OurTarget.PORTAL);
        target.awaitIdle();
        assertEquals(0, linux.sessionCount());
    }

    /** What this process has open, without the numbers of pipes and sockets, in order. */
    private static List<String> openFiles() throws IOException {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open) {
                files.add(Files.readSymbolicLink(descriptor).toString().replaceAll("\\d+", "#"));
            }
        }
        files.sort(null);
        return files;
    }

    private static long heapAfterCollection() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            ManagementFactory.getMemoryMXBean().gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    /** How many protection domains, queues, queue pairs and memory regions each device has, those of Linux's own initiator included. */
    private static String resources() throws IOException, InterruptedException {
        return Program.run("rdma", "resource", "show");
    }

    /** Memory that is pinned for a device (VmPin), which is what stays when a region is not deregistered: proc(5). */
    private static long lockedBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmPin:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .sum();
    }

    @Test
    @Tag("long")
    void shouldServeEveryUnit_whenThereAreSixtyFour() throws Exception {
        int count = 64;
        var node = OurTarget.node();
        for (int lun = 0; lun < count; lun++) {
            node.logicalUnit(lun, owner -> new MemoryStore(MIB, 512));
        }
        try (OurTarget target = serve(node.build())) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Map<Integer, Path> disks = linux.awaitDisks(count);
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            for (Map.Entry<Integer, Path> disk : disks.entrySet()) {
                try (FileChannel channel = FileChannel.open(disk.getValue(), StandardOpenOption.WRITE)) {
                    assertEquals(BLOCK, channel.write(block.clear().putInt(0, disk.getKey()), 0));
                    channel.force(false);
                }
            }
            Files.writeString(VM.resolve("drop_caches"), "3");
            for (Map.Entry<Integer, Path> disk : disks.entrySet()) {
                try (FileChannel channel = FileChannel.open(disk.getValue(), StandardOpenOption.READ)) {
                    assertEquals(BLOCK, channel.read(block.clear(), 0));
                }
                assertEquals(disk.getKey(), block.getInt(0));
            }
            assertEquals(0, target.counters().protocolErrors());
            linux.logout(OurTarget.PORTAL);
        }
    }

    @Test
    @Tag("long")
    void shouldMoveEveryByte_whenTransfersAreLong(@TempDir Path work) throws Exception {
        Path source = work.resolve("source");
        Path back = work.resolve("back");
        Program.run("dd", "if=/dev/urandom", "of=" + source, "bs=1M", "count=16");
        try (OurTarget target = serve(OurTarget.memoryDisk(64L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            Path queue = Path.of("/sys/block", disk.getFileName().toString(), "queue");
            // as long as the device lets ib_iser
            Files.writeString(queue.resolve("max_sectors_kb"), Files.readString(queue.resolve("max_hw_sectors_kb")));
            Program.run("dd", "if=" + source, "of=" + disk, "bs=16M", "oflag=direct");
            Program.run("dd", "if=" + disk, "of=" + back, "bs=16M", "count=1", "iflag=direct");
            assertEquals(-1, Files.mismatch(source, back));
            assertEquals(0, target.counters().protocolErrors());
            linux.logout(OurTarget.PORTAL);
        }
    }

    @Test
    @Tag("long")
    void shouldServe_whenLinuxComesOverIpv6(@TempDir Path work) throws Exception {
        String portal = "[" + Lab.TARGET_ADDRESS_IPV6 + "]:" + OurTarget.PORT;
        try (OurTarget target = serve(OurTarget.memoryDisk(16L * MIB), Lab.TARGET_ADDRESS_IPV6)) {
            assertFalse(linux.discover(portal).isEmpty());
            linux.login(portal);
            assertMovesByRdma(target, linux.awaitDisk(), work);
            linux.logout(portal);
            target.awaitIdle();
        }
    }

    @Test
    @Tag("long")
    void shouldSettleOnNoDigest_whenLinuxPrefersOne(@TempDir Path work) throws Exception {
        try (OurTarget target = serve(OurTarget.memoryDisk(16L * MIB))) {
            linux.discover(OurTarget.PORTAL);
            linux.set(OurTarget.PORTAL, "node.conn[0].iscsi.HeaderDigest", "CRC32C,None");
            linux.set(OurTarget.PORTAL, "node.conn[0].iscsi.DataDigest", "CRC32C,None");
            linux.login(OurTarget.PORTAL);
            assertMovesByRdma(target, linux.awaitDisk(), work);
            assertEquals("None", target.session().keys().get("HeaderDigest"));
            assertEquals("None", target.session().keys().get("DataDigest"));
            linux.logout(OurTarget.PORTAL);
        }
    }

    /** {@link #roundTrip}, with what Linux counts of its disk and what the target counts of its RDMA. */
    private void assertMovesByRdma(OurTarget target, Path disk, Path work) throws Exception {
        assertEquals(OpenIscsi.TRANSPORT, linux.transport());
        TargetCounters before = target.counters();
        long readBefore = OpenIscsi.bytesRead(disk);
        long writtenBefore = OpenIscsi.bytesWritten(disk);
        roundTrip(disk, work);
        TargetCounters after = target.counters();
        assertAll(
                // Linux may still look for partitions meanwhile.
                () -> assertAtLeast(ROUND_TRIP, OpenIscsi.bytesRead(disk) - readBefore),
                () -> assertEquals(ROUND_TRIP, OpenIscsi.bytesWritten(disk) - writtenBefore),
                () -> assertAtLeast(ROUND_TRIP, after.rdmaWriteBytes() - before.rdmaWriteBytes()),
                () -> assertEquals(
                        ROUND_TRIP,
                        after.rdmaReadBytes()
                                - before.rdmaReadBytes()
                                + after.immediateBytes()
                                - before.immediateBytes()));
    }

    private static void assertAtLeast(long least, long bytes) {
        assertTrue(bytes >= least, () -> bytes + " bytes, not " + least);
    }

    static void roundTrip(Path disk, Path work) throws Exception {
        Path source = work.resolve("round-source");
        Path back = work.resolve("round-back");
        Program.run("dd", "if=/dev/urandom", "of=" + source, "bs=1M", "count=2");
        Program.run("dd", "if=" + source, "of=" + disk, "bs=256k", "oflag=direct");
        Program.run("dd", "if=" + disk, "of=" + back, "bs=256k", "count=8", "iflag=direct");
        assertEquals(-1, Files.mismatch(source, back));
    }
}
