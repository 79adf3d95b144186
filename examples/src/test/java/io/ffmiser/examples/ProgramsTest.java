package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each program and each of its commands, in processes of their own. */
class ProgramsTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldListTheDisk_whenLsIsGivenAPortal() throws Exception {
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "32M", "--block-size", "4096"))) {
            ProgramRun run = initiator("ls", target.portal());
            assertEquals(0, run.exitCode(), run.toString());
            assertTrue(run.output().contains("iqn.2026-11.io.ffmiser:disks"), run.output());
            assertTrue(run.output().contains("32.0 MiB (8,192 blocks of 4096 bytes)"), run.output());
        }
    }

    @Test
    void shouldShowKeysInquiryAndCapacity_whenInqIsGivenADisk() throws Exception {
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "32M", "--no-immediate-data"))) {
            ProgramRun run = initiator("inq", target.url());
            assertEquals(0, run.exitCode(), run.toString());
            assertTrue(run.output().matches("(?s).*ImmediateData +No.*"), run.output());
            assertTrue(run.output().matches("(?s).*RDMAExtensions +Yes.*"), run.output());
            assertTrue(run.output().contains("65,536 blocks of 512 bytes"), run.output());
            ProgramRun page = initiator("inq", "--page", "83", target.url());
            assertTrue(page.output().startsWith("00 83 "), page.toString());
            ProgramRun none = initiator("inq", target.url().replaceFirst("/0$", "/7"));
            assertEquals(1, none.exitCode(), none.toString());
            assertEquals("inq: iqn.2026-11.io.ffmiser:disks has no LUN 7\n", none.errors());
            ProgramRun noFile = initiator("copy", directory.toString(), target.url());
            assertEquals(1, noFile.exitCode(), noFile.toString());
            assertEquals("copy: " + directory + ": is a directory\n", noFile.errors());
        }
    }

    @Test
    void shouldKeepTheBytesAroundIt_whenWriteIsNotWholeBlocks() throws Exception {
        Path before = randomFile("before", 1_000_000, 1);
        Path patch = randomFile("patch", 70_001, 2);
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "4M", "--block-size", "4096"))) {
            assertEquals(
                    0,
                    initiator("write", "--from", before.toString(), target.url())
                            .exitCode());
            ProgramRun write =
                    ProgramRun.of(InitiatorProgram.class, List.of("write", "--offset", "5001", target.url()), patch);
            assertEquals(0, write.exitCode(), write.toString());
            Path after = directory.resolve("after");
            ProgramRun read = initiator("read", "--length", "1000000", "--to", after.toString(), target.url());
            assertEquals(0, read.exitCode(), read.toString());
            byte[] expected = Files.readAllBytes(before);
            System.arraycopy(Files.readAllBytes(patch), 0, expected, 5001, 70_001);
            assertArrayEquals(expected, Files.readAllBytes(after));
        }
    }

    @Test
    void shouldPrintIdentical_whenCopyVerifies() throws Exception {
        Path file = randomFile("file", 10_000_001, 3);
        Path image = directory.resolve("disk.img");
        try (RunningTarget target =
                RunningTarget.start(List.of("--file", image.toString(), "--size", "16M", "--block-size", "4096"))) {
            ProgramRun run = initiator("copy", "--verify", file.toString(), target.url());
            assertEquals(0, run.exitCode(), run.toString());
            assertTrue(run.output().endsWith("identical\n"), run.output());
            Path back = directory.resolve("back");
            ProgramRun fetch = initiator("copy", "--length", "10000001", target.url(), back.toString());
            assertEquals(0, fetch.exitCode(), fetch.toString());
            assertEquals(-1, Files.mismatch(file, back));
            String counters = target.end();
            assertTrue(counters.contains("RDMA Read"), counters);
        }
        assertArrayEquals(
                Files.readAllBytes(file),
                Arrays.copyOf(Files.readAllBytes(image), 10_000_001),
                "the image holds the file");
    }

    @Test
    void shouldKeepToTheDisksLimit_whenCopyIsLonger() throws Exception {
        Path file = randomFile("file", 1_000_001, 4);
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "4M", "--max-transfer", "64K"))) {
            ProgramRun run = initiator("copy", "--verify", file.toString(), target.url());
            assertEquals(0, run.exitCode(), run.toString());
        }
    }

    @Test
    void shouldRefuseWrites_whenADiskInMemoryIsReadOnly() throws Exception {
        Path file = randomFile("file", 4096, 5);
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "4M", "--read-only"))) {
            ProgramRun run = initiator("write", "--from", file.toString(), target.url());
            assertEquals(1, run.exitCode(), run.toString());
            assertTrue(run.errors().contains("DATA PROTECT"), run.errors());
            Path back = directory.resolve("back");
            assertEquals(
                    0,
                    initiator("read", "--length", "4096", "--to", back.toString(), target.url())
                            .exitCode());
            assertArrayEquals(new byte[4096], Files.readAllBytes(back));
        }
    }

    @Test
    void shouldExitWithZero_whenASignalEndsTheTarget() throws Exception {
        Path secret = Secrets.write(directory.resolve("bom.secret"), "\ufeff0f1e2d3c4b5a69788796a5b4c3d2e1f0\r\n");
        Path plain = Secrets.write(directory.resolve("plain.secret"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        try (RunningTarget target = RunningTarget.start(
                List.of("--memory", "4M", "--chap-user", "host", "--chap-secret-file", secret.toString()))) {
            ProgramRun run =
                    initiator("inq", "--chap-user", "host", "--chap-secret-file", plain.toString(), target.url());
            assertEquals(0, run.exitCode(), "a byte order mark is no part of the secret: " + run);
            assertTrue(target.end().contains("protocol errors"));
            assertEquals(0, target.exitCode());
        }
    }

    @Test
    void shouldPrintATable_whenBenchRuns() throws Exception {
        try (RunningTarget target = RunningTarget.start(List.of("--memory", "16M"))) {
            ProgramRun run = initiator("bench", "--seconds", "1", "--depth", "1,4", "--destroy", target.url());
            assertEquals(0, run.exitCode(), run.toString());
            assertEquals(5, run.output().lines().count(), run.output());
        }
    }

    @Test
    void shouldServeWhatTheFileSays_whenConfigIsGiven() throws Exception {
        Path config = directory.resolve("target.yaml");
        Files.writeString(config, """
                listen: ["127.0.0.1:0"]
                settings: {iwarp.crc: "off"}
                immediateData: false
                targets:
                  - name: iqn.2026-11.org.example:one
                    allow: [iqn.2026-11.org.example:friend]
                    maxTransfer: 256K
                    luns:
                      - {lun: 3, memory: 8M, blockSize: 4096}
                  - name: iqn.2026-11.org.example:two
                    luns:
                      - {lun: 0, file: %s, size: 1M, readOnly: false}
                """.formatted(directory.resolve("two.img")));
        try (RunningTarget target = RunningTarget.start(List.of("--config", config.toString()))) {
            ProgramRun stranger = initiator("inq", target.url());
            assertEquals(1, stranger.exitCode(), stranger.toString());
            ProgramRun friend = initiator("inq", "--initiator", "iqn.2026-11.org.example:friend", target.url());
            assertEquals(0, friend.exitCode(), friend.toString());
            assertTrue(friend.output().matches("(?s).*ImmediateData +No.*"), friend.output());
            ProgramRun limits =
                    initiator("inq", "--page", "b0", "--initiator", "iqn.2026-11.org.example:friend", target.url());
            // MAXIMUM TRANSFER LENGTH, 64 blocks of 4 KiB, is octets 8 to 11
            assertTrue(limits.output().matches("(?s)00 b0 00 3c .. .. .. .. 00 00 00 40 .*"), limits.output());
            assertTrue(target.url().endsWith("iqn.2026-11.org.example:one/3"), target.url());
            String log = target.end();
            assertTrue(
                    log.matches(
                            "(?s).*\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[^\n]* WARN [^\n]*iqn.2026-11.io.ffmiser:initiator"
                                    + " from 127.0.0.1:\\d+: login refused: AUTHORIZATION_FAILURE: [^\n]*\n.*"),
                    log);
        }
    }

    @Test
    void shouldServeWhoKnowsTheSecret_whenChapIsGiven() throws Exception {
        String host = Secrets.write(directory.resolve("host.secret"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n")
                .toString();
        String disks = Secrets.write(directory.resolve("disks.secret"), "the-targets-own-secret")
                .toString();
        String wrong = Secrets.write(directory.resolve("wrong.secret"), "not-the-secret-at-all\n")
                .toString();
        try (RunningTarget target = RunningTarget.start(List.of(
                "--memory",
                "4M",
                "--chap-user",
                "host",
                "--chap-secret-file",
                host,
                "--chap-target-user",
                "disks",
                "--chap-target-secret-file",
                disks))) {
            List<String> mutual = List.of(
                    "--chap-user",
                    "host",
                    "--chap-secret-file",
                    host,
                    "--chap-target-user",
                    "disks",
                    "--chap-target-secret-file");
            ProgramRun friend = chap("ls", mutual, disks, target.portal());
            assertEquals(0, friend.exitCode(), friend.toString());
            assertTrue(friend.output().contains("lun 0"), friend.toString());
            ProgramRun impostor = chap("inq", mutual, wrong, target.url());
            assertEquals(1, impostor.exitCode(), impostor.toString());
            assertTrue(impostor.errors().contains("secret of the target"), impostor.toString());
            ProgramRun stranger = initiator("inq", "--chap-user", "host", "--chap-secret-file", wrong, target.url());
            assertEquals(1, stranger.exitCode(), stranger.toString());
            assertTrue(stranger.errors().contains("authentication failed"), stranger.toString());
            ProgramRun nobody = initiator("ls", target.portal());
            assertEquals(1, nobody.exitCode(), nobody.toString());
            assertTrue(nobody.errors().contains("no name and secret are set"), nobody.toString());
            String log = target.end();
            assertTrue(
                    log.matches("(?s).*iqn.2026-11.io.ffmiser:initiator from 127.0.0.1:\\d+: login refused:"
                            + " AUTHENTICATION_FAILURE: .*"),
                    log);
        }
    }

    private static ProgramRun chap(String command, List<String> flags, String targetSecretFile, String url)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(flags);
        arguments.addAll(List.of(targetSecretFile, url));
        return ProgramRun.of(InitiatorProgram.class, arguments);
    }

    @Test
    void shouldListTheOthers_whenLsIsRefusedByATarget() throws Exception {
        Path config = directory.resolve("closed.yaml");
        Files.writeString(
                config, """
                listen: ["127.0.0.1:0"]
                openDiscovery: true
                targets:
                  - name: iqn.2026-11.org.example:a-closed
                    maxTransfer: 64K
                    chap: {user: host, secretFile: %s}
                    luns:
                      - {lun: 0, memory: 4M}
                  - name: iqn.2026-11.org.example:b-open
                    luns:
                      - {lun: 7, memory: 4M}
                """.formatted(Secrets.write(directory.resolve("s"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0")));
        try (RunningTarget target = RunningTarget.start(List.of("--config", config.toString()))) {
            ProgramRun run = initiator("ls", target.portal());
            assertEquals(1, run.exitCode(), run.toString());
            assertTrue(run.output().contains("lun 7"), run.toString());
            assertTrue(run.errors().startsWith("ls: iqn.2026-11.org.example:a-closed: "), run.errors());
        }
    }

    @Test
    void shouldReadChapFromTheConfig_whenATargetHasIt() throws Exception {
        Path secret = Secrets.write(directory.resolve("host.secret"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n");
        Path config = directory.resolve("chap.yaml");
        Files.writeString(config, """
                listen: ["127.0.0.1:0"]
                targets:
                  - name: iqn.2026-11.org.example:one
                    chap: {user: host, secretFile: %s}
                    luns:
                      - {lun: 0, memory: 4M}
                """.formatted(secret));
        try (RunningTarget target = RunningTarget.start(List.of("--config", config.toString()))) {
            ProgramRun friend =
                    initiator("inq", "--chap-user", "host", "--chap-secret-file", secret.toString(), target.url());
            assertEquals(0, friend.exitCode(), friend.toString());
            assertEquals(1, initiator("inq", target.url()).exitCode());
        }
    }

    @Test
    void shouldSayWhatIsWrong_whenASecretIs() throws Exception {
        String tooShort = Secrets.write(directory.resolve("short.secret"), "elevenchars\n")
                .toString();
        String url = "iser://127.0.0.1:1/iqn.2026-11.io.ffmiser:disks/0";
        ProgramRun shortRun = initiator("inq", "--chap-user", "host", "--chap-secret-file", tooShort, url);
        assertEquals(2, shortRun.exitCode(), shortRun.toString());
        assertTrue(shortRun.errors().contains("96 bits"), shortRun.errors());
        assertTrue(!shortRun.toString().contains("elevenchars"), shortRun.toString());
        ProgramRun none = initiator("inq", "--chap-user", "host", url);
        assertEquals(2, none.exitCode(), none.toString());
        assertTrue(none.errors().contains("ISER_CHAP_SECRET"), none.errors());
        ProgramRun missing = ProgramRun.of(
                TargetProgram.class,
                List.of("--memory", "4M", "--chap-user", "host", "--chap-secret-file", "/nowhere"));
        assertEquals(2, missing.exitCode(), missing.toString());
        assertTrue(missing.errors().contains("no CHAP secret file /nowhere"), missing.errors());
        ProgramRun same = ProgramRun.of(
                TargetProgram.class,
                List.of(
                        "--memory",
                        "4M",
                        "--chap-user",
                        "a",
                        "--chap-secret-file",
                        tooShort,
                        "--chap-target-user",
                        "b",
                        "--chap-target-secret-file",
                        tooShort,
                        "--chap-short-secrets"));
        assertEquals(2, same.exitCode(), same.toString());
        assertTrue(same.errors().contains("must differ"), same.errors());
    }

    @Test
    void shouldNameTheEntry_whenTheConfigIsWrong() throws Exception {
        Path config = directory.resolve("wrong.yaml");
        Files.writeString(
                config, "targets:\n  - name: iqn.2026-11.org.example:one\n    luns:\n      - {lun: 0, memry: 8M}\n");
        ProgramRun run = ProgramRun.of(TargetProgram.class, List.of("--config", config.toString()));
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.errors().contains("wrong.yaml: /targets[0]/luns[0]/memry: "), run.errors());
        assertTrue(run.errors().contains("Unrecognized field"), run.errors());
    }

    @Test
    void shouldFailWithOneLine_whenNobodyListens() throws Exception {
        int port = freePort();
        ProgramRun run = initiator("inq", "iser://127.0.0.1:" + port + "/iqn.2026-11.io.ffmiser:disks/0");
        assertEquals(1, run.exitCode(), run.toString());
        assertEquals(1, run.errors().lines().count(), run.errors());
        assertTrue(run.errors().contains(Integer.toString(port)), run.errors());
    }

    @Test
    void shouldSayWhatIsWrong_whenTheUsageIs() throws Exception {
        ProgramRun url = initiator("inq", "iscsi://127.0.0.1/x/0");
        assertEquals(2, url.exitCode(), url.toString());
        assertTrue(url.errors().contains("iser://"), url.errors());
        ProgramRun noDisk = ProgramRun.of(TargetProgram.class, List.of());
        assertEquals(2, noDisk.exitCode(), noDisk.toString());
        assertTrue(noDisk.errors().contains("--memory"), noDisk.errors());
        ProgramRun size = ProgramRun.of(TargetProgram.class, List.of("--memory", "12Q"));
        assertEquals(2, size.exitCode(), size.toString());
        assertTrue(size.errors().contains("'12Q' is not a size"), size.errors());
        assertEquals(0, initiator("--help").exitCode());
        assertEquals(0, ProgramRun.of(TargetProgram.class, List.of("--help")).exitCode());
    }

    private static ProgramRun initiator(String... arguments) throws IOException, InterruptedException {
        return ProgramRun.of(InitiatorProgram.class, List.of(arguments));
    }

    private Path randomFile(String name, int bytes, long seed) throws IOException {
        byte[] contents = new byte[bytes];
        new Random(seed).nextBytes(contents);
        return Files.write(directory.resolve(name), contents);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
