package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.TargetCounters;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.target.TargetSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Our target and libiscsi's iSER in user space: its utilities, and QEMU's disk driver on it. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class LibiscsiInitiatorTest {
    private static final String URL = "iser://" + OurTarget.PORTAL + "/" + OurTarget.NAME + "/0";
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @BeforeAll
    static void isTheOneTheseRowsAreFor() throws Exception {
        String version = Program.run("dpkg-query", "-W", "-f", "${Version}", "libiscsi7");
        assertTrue(version.startsWith("1.19."), version);
    }

    @Test
    void shouldTellWhatItIs_whenIscsiInqAsks() throws Exception {
        try (OurTarget target = OurTarget.start(OurTarget.memoryDisk(64L * MIB))) {
            warmUp(target);
            long refused = target.counters().failedLogins();
            String inquiry = Program.run("iscsi-inq", URL);
            assertTrue(inquiry.contains("Vendor:FFMISER"), inquiry);
            assertTrue(inquiry.contains("Version Descriptor:0960 iSCSI"), inquiry);
            String capacity = Program.run("iscsi-readcapacity16", URL);
            assertTrue(capacity.contains("Total size:" + 64L * MIB), capacity);
            target.awaitIdle();
            TargetCounters counters = target.counters();
            assertTrue(counters.rdmaWriteBytes() > 0, counters::toString);
            assertEquals(refused, counters.failedLogins());
            assertEquals(0, counters.protocolErrors());
        }
    }

    /**
     * Only the discovery goes over iSER, with a URL that ends so: iscsi-ls 1.19 takes none that begins with iser. Then it goes on over TCP, where
     * nobody is, and fails; without -s it crashes when it has listed the target.
     */
    @Test
    @Tag("long")
    void shouldBeListed_whenIscsiLsDiscovers() throws Exception {
        String line = "Target:" + OurTarget.NAME + " Portal:" + OurTarget.PORTAL + ",1";
        try (OurTarget target = OurTarget.start(OurTarget.memoryDisk(64L * MIB))) {
            Lab.await(
                    "iscsi-ls lists the target",
                    LIMIT,
                    () -> Program.attempt(LIMIT, "iscsi-ls", "-s", "iscsi://" + OurTarget.PORTAL + "?iser")
                            .output()
                            .contains(line));
            target.awaitIdle();
            assertEquals(0, target.counters().protocolErrors());
        }
    }

    @Test
    @Tag("long")
    void shouldServeReads_whenIscsiPerfKeepsThirtyTwoInFlight() throws Exception {
        // libiscsi 1.19 sends what it has, whatever MaxCmdSN says: a window as wide as its depth has a receive for
        // each.
        TargetSettings wide = TargetSettings.DEFAULT.withInitialCommandWindow(64);
        try (OurTarget target = OurTarget.start(
                TargetOptions.builder().settings(wide).node(OurTarget.memoryDisk(64L * MIB)), Lab.TARGET_ADDRESS)) {
            warmUp(target);
            try (Program perf = Program.start("iscsi-perf", "-m", "32", "-b", "8", "-t", "3", URL)) {
                Lab.await("a session", LIMIT, () -> target.sessions().size() == 1);
                Map<String, String> keys = target.session().keys();
                assertEquals("Yes", keys.get("RDMAExtensions"), keys::toString);
                assertEquals("Yes", keys.get("InitialR2T"), keys::toString);
                assertEquals("None", keys.get("HeaderDigest"), keys::toString);
                String report = perf.succeed();
                assertTrue(report.contains("finished."), report);
            }
            target.awaitIdle();
            TargetCounters counters = target.counters();
            assertTrue(counters.rdmaWriteBytes() > MIB, counters::toString);
            assertEquals(0, counters.protocolErrors());
        }
    }

    @Test
    @Tag("long")
    void shouldHoldAnImage_whenQemuConvertsToItAndBack(@TempDir Path work) throws Exception {
        Path source = work.resolve("source");
        Path back = work.resolve("back");
        Program.run("dd", "if=/dev/urandom", "of=" + source, "bs=1M", "count=4");
        // libiscsi 1.19 moves at most 256 KiB a command over iSER; it and QEMU heed what the disk says (VPD page B0h).
        // Of a write's first 4 KiB it says that they stand in the command (DataSegmentLength), and they do not.
        TargetSettings noImmediateData = TargetSettings.DEFAULT.withImmediateData(false);
        var node = OurTarget.node()
                .maxTransferBytes(256 << 10)
                .logicalUnit(0, owner -> new MemoryStore(4L * MIB, 512))
                .build();
        try (OurTarget target = OurTarget.start(
                TargetOptions.builder().settings(noImmediateData).node(node), Lab.TARGET_ADDRESS)) {
            warmUp(target);
            Program.attempt(LIMIT, "qemu-img", "convert", "-n", "-O", "raw", source.toString(), URL)
                    .orThrow();
            Program.attempt(LIMIT, "qemu-img", "convert", "-O", "raw", URL, back.toString())
                    .orThrow();
            assertEquals(-1, Files.mismatch(source, back));
            TargetCounters counters = target.counters();
            assertTrue(counters.rdmaWriteBytes() >= 4L * MIB, counters::toString);
            assertTrue(counters.rdmaReadBytes() >= 4L * MIB, counters::toString);
            assertEquals(0, counters.protocolErrors());
        }
    }

    /**
     * Logs in until a login succeeds. libiscsi 1.19 takes a second without an event on its connection for an error ("revents is not POLLIN"),
     * and in a JVM that has just started, under emulation, the first login lasts longer.
     */
    private static void warmUp(OurTarget target) throws Exception {
        Lab.await(
                "a login over libiscsi",
                LIMIT,
                () -> Program.attempt(LIMIT, "iscsi-inq", URL).status() == 0);
        target.awaitIdle();
    }
}
