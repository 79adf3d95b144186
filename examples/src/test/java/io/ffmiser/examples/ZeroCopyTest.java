package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces the system calls of both programs: what moves 16 KiB or more between a socket and memory moves it to or from a registered
 * range, and nothing else does.
 */
class ZeroCopyTest {
    private static final int LARGE = 16 << 10;
    private static final int FILE_BYTES = 8 << 20;
    private static final Pattern REGISTERED = Pattern.compile("registered 0x([0-9a-f]+) length (\\d+)");
    private static final Pattern NEW_SOCKET =
            Pattern.compile("^(\\d+) +(?:socket\\(AF_INET.*|accept4?\\(.*|<\\.\\.\\. accept4? resumed>.*) = (\\d+)$");
    private static final Pattern CLOSE = Pattern.compile("^(\\d+) +close\\((\\d+)");
    private static final Pattern TRANSFER =
            Pattern.compile("^(\\d+) +(read|write)\\(0x([0-9a-f]+), 0x([0-9a-f]+), 0x([0-9a-f]+)");
    private static final Pattern VECTOR = Pattern.compile("(?:readv|writev)\\(.*");
    private static final Pattern VECTOR_LENGTH = Pattern.compile("iov_len=(\\d+)");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldMoveLargePayloadInRegisteredMemory_whenFileIsStoredAndReadBack() throws Exception {
        assumeTrue(canTrace(), "strace is not here or may not trace");
        byte[] contents = new byte[FILE_BYTES];
        new Random(7).nextBytes(contents);
        Path file = Files.write(directory.resolve("file"), contents);
        Path targetTrace = directory.resolve("target.strace");
        Path initiatorTrace = directory.resolve("initiator.strace");
        try (RunningTarget target =
                RunningTarget.start(strace(targetTrace), List.of("--memory", "16M", "--block-size", "4096", "-v"))) {
            List<String> command = new ArrayList<>(strace(initiatorTrace));
            command.addAll(ProgramRun.command(
                    InitiatorProgram.class, List.of("copy", "-v", "--verify", file.toString(), target.url())));
            ProgramRun run = ProgramRun.of(command, Path.of("/dev/null"));
            assertEquals(0, run.exitCode(), run.toString());
            assertRegistered("initiator", Files.readAllLines(initiatorTrace), run.errors());
            String log = target.end();
            assertRegistered("target", Files.readAllLines(targetTrace), log);
        }
    }

    private static void assertRegistered(String side, List<String> trace, String log) {
        List<long[]> ranges = new ArrayList<>();
        for (Matcher matcher = REGISTERED.matcher(log); matcher.find(); ) {
            long start = Long.parseUnsignedLong(matcher.group(1), 16);
            ranges.add(new long[] {start, start + Long.parseLong(matcher.group(2))});
        }
        // One thread owns a socket; the same number in another thread's line may be a child process's.
        Set<String> sockets = new HashSet<>();
        List<String> outside = new ArrayList<>();
        long read = 0;
        long written = 0;
        for (String line : trace) {
            Matcher opened = NEW_SOCKET.matcher(line);
            Matcher closed = CLOSE.matcher(line);
            Matcher transfer = TRANSFER.matcher(line);
            if (opened.find()) {
                sockets.add(opened.group(1) + " " + opened.group(2));
            } else if (closed.find()) {
                sockets.remove(closed.group(1) + " " + closed.group(2));
            } else if (transfer.find()
                    && sockets.contains(transfer.group(1) + " " + Long.parseLong(transfer.group(3), 16))) {
                long start = Long.parseUnsignedLong(transfer.group(4), 16);
                long length = Long.parseLong(transfer.group(5), 16);
                if (length >= LARGE) {
                    if (ranges.stream().noneMatch(range -> start >= range[0] && start + length <= range[1])) {
                        outside.add(line);
                    }
                    read += transfer.group(2).equals("read") ? length : 0;
                    written += transfer.group(2).equals("write") ? length : 0;
                }
            } else if (VECTOR.matcher(line).find()) {
                // Of a vector strace shows no address: so nothing large may be in one.
                for (Matcher length = VECTOR_LENGTH.matcher(line); length.find(); ) {
                    if (Long.parseLong(length.group(1)) >= LARGE) {
                        outside.add(line);
                    }
                }
            }
        }
        assertEquals(List.of(), outside, side + " moved 16 KiB or more outside of its registered ranges");
        assertTrue(read >= FILE_BYTES, side + " read " + read);
        assertTrue(written >= FILE_BYTES, side + " wrote " + written);
    }

    private static List<String> strace(Path output) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-s",
                "0",
                "-o",
                output.toString(),
                "-e",
                "trace=read,write,readv,writev,recvfrom,sendto,recvmsg,sendmsg,socket,accept,accept4,close",
                "-e",
                "raw=read,write",
                "-e",
                "signal=none");
    }

    private static boolean canTrace() throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-o", "/dev/null", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
