package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
@Tag("siw")
@Tag("guest")
@Tag("long")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class ScsiConformanceTest {
    private static final Pattern SUITE = Pattern.compile("^Suite: (\\w+)");
    private static final Pattern FAILED = Pattern.compile("^\\s+Test: (\\w+) \\.\\.\\..*FAILED");
    private static final Pattern RAN = Pattern.compile("\\n\\s+tests +(\\d+) +(\\d+) +(\\d+) +(\\d+) +\\d+");

    @Test
    void shouldPass_whenTheSuitesOfReadsAndWritesRun() throws Exception {
        assertEquals(
                Set.of(),
                failures("SCSI.Read10,SCSI.Write10,SCSI.ReadCapacity16,SCSI.TestUnitReady", Duration.ofMinutes(10)));
    }

    /** Runs the tests to their end and names those that fail. */
    private static Set<String> failures(String tests, Duration limit) throws Exception {
        try (OurTarget target = OurTarget.start(OurTarget.memoryDisk(64L << 20));
                OpenIscsi linux = OpenIscsi.start()) {
            linux.discover(OurTarget.PORTAL);
            linux.login(OurTarget.PORTAL);
            Path disk = linux.awaitDisk();
            Program.Outcome outcome = Program.attempt(
                    limit,
                    "iscsi-test-cu",
                    "-d",
                    "-n",
                    "-t",
                    tests,
                    generic(disk).toString());
            Files.writeString(Lab.result("iscsi-test-cu." + tests.length() + ".txt"), outcome.output());
            Matcher ran = RAN.matcher(outcome.output());
            assertTrue(ran.find(), () -> "it did not come to its end: " + outcome.output());
            assertTrue(Integer.parseInt(ran.group(2)) > 0, outcome::output);
            assertEquals(OpenIscsi.TRANSPORT, linux.transport());
            assertEquals(0, target.counters().protocolErrors());
            Set<String> failed = new TreeSet<>();
            String suite = "";
            for (String line : outcome.output().lines().toList()) {
                Matcher start = SUITE.matcher(line);
                Matcher failure = FAILED.matcher(line);
                if (start.find()) {
                    suite = start.group(1);
                } else if (failure.find()) {
                    failed.add(suite + "." + failure.group(1));
                }
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
