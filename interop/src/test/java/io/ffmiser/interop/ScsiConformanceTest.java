package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.target.TargetCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** libiscsi's conformance tests (iscsi-test-cu) on our disk, through Linux's ib_iser. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Tag("long")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class ScsiConformanceTest {
    private static final Pattern FAILED = Pattern.compile("(?m)^Suite (\\w+), Test (\\w+) had failures");
    private static final Pattern RAN = Pattern.compile("\\n\\s+tests +(\\d+) +(\\d+) +(\\d+) +(\\d+) +\\d+");
    private static final int TESTS = 230;
    /** They write and read far more than this. */
    private static final long MEBIBYTES = 100;

    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** What fails through no fault of the disk's, and why: libiscsi 1.19's test-tool. */
    private static final Map<String, String> NOT_OURS = Map.of(
            "GetLBAStatus.UnmapSingle",
            "asks about block n + 1 and expects a descriptor that begins at n + 8, the next physical block; SBC-3 section 5.4 has it"
                    + " begin where it was asked",
            "WriteSame10.InvalidDataOutSize",
            "wants an error for 1024 bytes of data where one block is needed; RFC 7143 section 11.4.5 has a residual count for that",
            "WriteSame16.InvalidDataOutSize",
            "the same",
            "WriteSame16.Unmap",
            "reads 32 MiB by one SG_IO, of which ib_iser takes 512 KiB (max_sectors): no command reaches the disk");

    @Test
    void shouldFailInNothingOfOurs_whenEverySuiteRuns() throws Exception {
        assertEquals(new TreeSet<>(NOT_OURS.keySet()), failures());
    }

    /** Runs all tests to their end and names those that fail. */
    private static Set<String> failures() throws Exception {
        try (OurTarget target = OurTarget.start(OurTarget.memoryDisk(64L << 20));
                OpenIscsi linux = OpenIscsi.start()) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            Program.Outcome outcome = Program.attempt(
                    LIMIT,
                    "iscsi-test-cu",
                    "-d",
                    "-n",
                    "-t",
                    "ALL",
                    generic(disk).toString());
            Files.writeString(Lab.result("iscsi-test-cu.txt"), outcome.output());
            Matcher ran = RAN.matcher(outcome.output());
            assertTrue(ran.find(), () -> "it did not come to its end: " + outcome.output());
            assertEquals(TESTS, Integer.parseInt(ran.group(2)), outcome::output);
            assertEquals(OpenIscsi.TRANSPORT, linux.transport());
            TargetCounters counters = target.counters();
            assertEquals(0, counters.protocolErrors());
            assertTrue(counters.rdmaReadBytes() > MEBIBYTES << 20, counters::toString);
            assertTrue(counters.rdmaWriteBytes() > MEBIBYTES << 20, counters::toString);
            Set<String> failed = new TreeSet<>();
            Matcher failures = FAILED.matcher(outcome.output());
            while (failures.find()) {
                failed.add(failures.group(1) + "." + failures.group(2));
            }
            assertEquals(Integer.parseInt(ran.group(4)), failed.size(), outcome::output);
            linux.logout(OurTarget.PORTAL);
            return failed;
        }
    }

    /** The disk's generic device, /dev/sgN. */
    private static Path generic(Path disk) throws Exception {
        try (Stream<Path> devices =
                Files.list(Path.of("/sys/block", disk.getFileName().toString(), "device", "scsi_generic"))) {
            return Path.of(
                    "/dev", devices.findFirst().orElseThrow().getFileName().toString());
        }
    }
}
