package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.examples.InitiatorProgram;
import io.ffmiser.initiator.DataPolicy;
import io.ffmiser.initiator.DiscoveredTarget;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionCounters;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.initiator.SessionState;
import io.ffmiser.initiator.TimeLimits;
import io.ffmiser.rdma.RdmaProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What our initiator does with every target: the rows that each of them has to pass. The test's thread drives the initiator. Contents are
 * compared with {@link DiskImage} twice: as the initiator reads them back, and by the checksum that a program beside the target computes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
abstract class TargetSuite {
    static final String INITIATOR = "iqn.2026-11.io.ffmiser.test:initiator";
    static final int DISK_BYTES = 32 << 20;
    static final int BLOCK = 512;
    private static final long SEED = 0x15e2;
    private static final long LOOK_NANOS = 5_000_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** A PDU without data: the headers of iSER and of iSCSI (RFC 7145 section 9.2, RFC 7143 section 11.2). */
    static final int HEADER_BYTES = 28 + 48;

    final DiskImage image = new DiskImage(DISK_BYTES, SEED);
    private PeerTarget peer;
    private int lun;

    /** Makes the target, serving a file of {@link #DISK_BYTES} zeroes. */
    abstract PeerTarget open() throws IOException, InterruptedException;

    /** The provider of the initiator's side. */
    String provider() {
        return Lab.provider();
    }

    /** How long the writes are whose data come unsolicited, as far as FirstBurstLength goes. */
    int[] unsolicitedSizes() {
        return new int[] {512, 4096, 8192, 32_768, 65_536, 131_072};
    }

    /** How it negotiates with the defaults of both sides: the keys that matter here. */
    abstract Map<String, String> expectedKeys();

    /** Makes good what a reset does to the target itself. */
    void afterReset() throws IOException, InterruptedException {}

    PeerTarget peer() {
        return peer;
    }

    @BeforeAll
    void start() throws Exception {
        peer = open();
        lun = peer.lun();
    }

    @AfterAll
    void end() throws Exception {
        if (peer != null) {
            peer.close();
        }
    }

    // ---- rows

    @Test
    void shouldMoveDataByRdmaAlone_whenDiskIsWrittenAndReadBack() throws Exception {
        String version = peer.version();
        assertTrue(
                peer.expectedVersion().matcher(version).matches(), () -> "not the peer these rows are for: " + version);
        int bytes = 1 << 20;
        ObservedProvider provider = observed();
        try (Initiator initiator = initiator(provider)) {
            DiscoveredTarget found = initiator.discover(peer.portal()).stream()
                    .filter(target -> target.name().equals(peer.targetName()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("not discovered: " + peer.targetName()));
            assertTrue(
                    found.portals().stream()
                            .anyMatch(portal -> portal.toString()
                                    .contains(peer.portal().getAddress().getHostAddress())),
                    () -> "portals " + found.portals());
            awaitSessions(initiator, 0);
            long readBefore = peer.bytesRead().orElse(0);
            long writtenBefore = peer.bytesWritten().orElse(0);
            Session session = initiator.login(options().withData(new DataPolicy(0, false)));
            assertKeys(expectedKeys(), session.negotiated());
            try (RegisteredBuffer buffer = session.allocate(bytes)) {
                long blocks = session.capacity(lun).blocks();
                assertEquals(DISK_BYTES / BLOCK, blocks);
                long sentBefore = provider.counters().sendBytes();
                SessionCounters before = session.counters();
                image.change(0, bytes, buffer, 0);
                session.write(lun, 0, bytes / BLOCK, buffer, 0);
                session.flush(lun);
                SessionCounters written = session.counters();
                assertEquals(bytes, written.writtenBytes() - before.writtenBytes());
                assertEquals(0, written.immediateBytes());
                long sent = provider.counters().sendBytes() - sentBefore;
                assertEquals(
                        HEADER_BYTES * (written.commandsSent() - before.commandsSent()),
                        sent,
                        "Sends carry commands and no data");
                buffer.segment().fill((byte) 0);
                session.read(lun, 0, bytes / BLOCK, buffer, 0);
                image.check(0, bytes, buffer, 0, "read back");
                assertEquals(bytes, session.counters().readBytes() - written.readBytes());
            }
            peer.bytesRead()
                    .ifPresent(
                            now -> assertTrue(now - readBefore >= bytes, () -> "the peer sent " + (now - readBefore)));
            peer.bytesWritten()
                    .ifPresent(now ->
                            assertTrue(now - writtenBefore >= bytes, () -> "the peer took " + (now - writtenBefore)));
            awaitSessions(initiator, 1);
            session.logout();
            assertEquals(SessionState.CLOSED, session.state());
            awaitSessions(initiator, 0);
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenCommandsHaveAnySizeAndAlignment() throws Exception {
        try (Initiator initiator = initiator(observed());
                Session session = initiator.login(options())) {
            session.capacity(lun);
            int most = peer.maxCommandBytes();
            try (RegisteredBuffer buffer = session.allocate(most + 8192)) {
                int[] offsets = {0, 1, 511, 4095, 4097};
                int turn = 0;
                for (int size = BLOCK; size <= most; size *= 2) {
                    for (int bytes : new int[] {size, size + BLOCK}) {
                        if (bytes > most) {
                            continue;
                        }
                        int position = (turn * 7919 * BLOCK) % (DISK_BYTES - bytes) / BLOCK * BLOCK;
                        int from = offsets[turn % offsets.length];
                        int to = offsets[(turn + 2) % offsets.length];
                        turn++;
                        image.change(position, bytes, buffer, from);
                        one(initiator, session, true, position, bytes, buffer, from);
                        buffer.segment().fill((byte) 0x5a);
                        one(initiator, session, false, position, bytes, buffer, to);
                        image.check(position, bytes, buffer, to, "size " + bytes + " from " + from + " to " + to);
                        assertEquals(
                                0x5a, buffer.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, to + (long) bytes));
                    }
                }
            }
            session.flush(lun);
            assertEquals(0, session.counters().reconnects());
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenTransferIsLongerThanOneCommand() throws Exception {
        int bytes = 16 << 20;
        try (Initiator initiator = initiator(observed());
                Session session = initiator.login(options())) {
            session.capacity(lun);
            try (RegisteredBuffer buffer = session.allocate(bytes)) {
                int position = 3 * BLOCK;
                image.change(position, bytes, buffer, 0);
                session.write(lun, position / BLOCK, bytes / BLOCK, buffer, 0);
                session.flush(lun);
                buffer.segment().fill((byte) 0);
                session.read(lun, position / BLOCK, bytes / BLOCK, buffer, 0);
                image.check(position, bytes, buffer, 0, "16 MiB");
            }
            assertEquals(0, session.counters().reconnects());
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenManyCommandsAreOutstanding() throws Exception {
        int bytes = 4096;
        try (Initiator initiator = initiator(observed());
                Session session = initiator.login(options())) {
            session.capacity(lun);
            for (int depth : new int[] {1, 2, 8, 32, 128}) {
                int commands = 4 * depth + 16;
                try (RegisteredBuffer buffer = session.allocate((long) commands * bytes)) {
                    for (boolean write : new boolean[] {true, false}) {
                        if (write) {
                            for (int i = 0; i < commands; i++) {
                                image.change(positionOf(i, depth, bytes), bytes, buffer, (long) i * bytes);
                            }
                        } else {
                            buffer.segment().fill((byte) 0);
                        }
                        run(initiator, session, depth, commands, (request, i) -> {
                            long lba = positionOf(i, depth, bytes) / BLOCK;
                            return write
                                    ? request.write(lun, lba, bytes / BLOCK, buffer, (long) i * bytes)
                                    : request.read(lun, lba, bytes / BLOCK, buffer, (long) i * bytes);
                        });
                    }
                    for (int i = 0; i < commands; i++) {
                        image.check(positionOf(i, depth, bytes), bytes, buffer, (long) i * bytes, "depth " + depth);
                    }
                }
            }
            session.flush(lun);
            assertEquals(0, session.counters().reconnects());
        }
        assertSameContents();
    }

    private static int positionOf(int i, int depth, int bytes) {
        return (i * 37 % 1024 + depth) * bytes;
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenDataAreImmediate() throws Exception {
        for (int immediate : new int[] {512, 4096, DataPolicy.MAX_IMMEDIATE_DATA_BYTES}) {
            try (Initiator initiator = initiator(observed());
                    Session session = initiator.login(options().withData(new DataPolicy(immediate, false)))) {
                assertEquals("Yes", session.negotiated().get("ImmediateData"));
                session.capacity(lun);
                int[] sizes = {512, 1024, 4096, 8192, 8704, 65_536};
                writeAndReadBack(initiator, session, sizes);
                int most = Math.min(immediate, negotiated(session, "TargetRecvDataSegmentLength"));
                long expected = IntStream.of(sizes).filter(size -> size <= most).sum();
                assertEquals(expected, session.counters().immediateBytes());
                assertEquals(0, session.counters().reconnects());
            }
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenDataAreUnsolicited() throws Exception {
        peer.takeUnsolicitedData(true);
        ObservedProvider provider = observed();
        try (Initiator initiator = initiator(provider);
                Session session = initiator.login(options().withData(new DataPolicy(0, true)))) {
            assertEquals("No", session.negotiated().get("InitialR2T"));
            session.capacity(lun);
            long commands = session.counters().commandsSent();
            long sent = provider.counters().sendBytes();
            writeAndReadBack(initiator, session, unsolicitedSizes());
            commands = session.counters().commandsSent() - commands;
            sent = provider.counters().sendBytes() - sent;
            int most = negotiated(session, "FirstBurstLength");
            long unsolicited = IntStream.of(unsolicitedSizes())
                    .map(size -> Math.min(size, most))
                    .sum();
            assertTrue(
                    sent >= commands * HEADER_BYTES + unsolicited,
                    sent + " bytes sent in " + commands + " commands with " + unsolicited + " unsolicited");
            assertEquals(0, session.counters().reconnects());
        } finally {
            peer.takeUnsolicitedData(false);
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldStayLoggedIn_whenIdleAndAskingWhetherTargetIsThere() throws Exception {
        TimeLimits times = TimeLimits.DEFAULT.withPing(Duration.ofMillis(200), Duration.ofSeconds(5));
        try (Initiator initiator = initiator(observed());
                Session session = initiator.login(options().withTimes(times))) {
            await(initiator, "three pings", () -> session.counters().pings() >= 3);
            assertEquals(SessionState.LOGGED_IN, session.state());
            session.capacity(lun);
            assertEquals(0, session.counters().reconnects());
        }
    }

    @Test
    @Tag("long")
    void shouldGoOn_whenLogicalUnitIsResetUnderLoad() throws Exception {
        int bytes = 65_536;
        try (Initiator initiator = initiator(observed());
                Session session = initiator.login(options())) {
            session.capacity(lun);
            try (RegisteredBuffer buffer = session.allocate(16L * bytes)) {
                List<ScsiRequest> ended = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    session.submit(session.newRequest(ended::add)
                            .read(lun, (long) i * bytes / BLOCK, bytes / BLOCK, buffer, (long) i * bytes));
                }
                CompletableFuture<Void> reset = session.resetLogicalUnitAsync(lun);
                await(initiator, "the reset and all commands", () -> reset.isDone() && ended.size() == 16);
                reset.join();
                // Each was done, or aborted by the reset: none hangs, none fails otherwise.
                for (ScsiRequest request : ended) {
                    switch (request.outcome()) {
                        case COMPLETED -> assertTrue(request.isGood(), request::toString);
                        case ABORTED -> {}
                        default -> throw new AssertionError("outcome " + request.outcome(), request.failure());
                    }
                }
                session.read(lun, 0, bytes / BLOCK, buffer, 0);
                image.check(0, bytes, buffer, 0, "after the reset");
            }
        }
        afterReset();
    }

    @Test
    @Tag("long")
    void shouldKeepEveryOctet_whenTwoInitiatorsWriteTheSameDisk() throws Exception {
        int bytes = 65_536;
        int commands = 64;
        String secondName = INITIATOR + "-2";
        peer.admit(secondName);
        try (Initiator first = initiator(observed());
                Initiator second = Initiator.callerDriven(InitiatorOptions.of(secondName, observed()));
                Session a = first.login(options());
                Session b = second.login(options())) {
            awaitSessions(first, 2);
            a.capacity(lun);
            b.capacity(lun);
            try (RegisteredBuffer evens = a.allocate((long) commands * bytes);
                    RegisteredBuffer odds = b.allocate((long) commands * bytes)) {
                List<ScsiRequest> ended = new ArrayList<>();
                for (int i = 0; i < commands; i++) {
                    RegisteredBuffer buffer = i % 2 == 0 ? evens : odds;
                    Session session = i % 2 == 0 ? a : b;
                    image.change(i * bytes, bytes, buffer, (long) i * bytes);
                    session.submit(session.newRequest(ended::add)
                            .write(lun, (long) i * bytes / BLOCK, bytes / BLOCK, buffer, (long) i * bytes));
                }
                await(first, "all writes", () -> {
                    second.poll();
                    return ended.size() == commands;
                });
                ended.forEach(request -> assertTrue(request.isGood(), () -> "" + request.failure()));
                a.flush(lun);
                // Each reads what both have written.
                for (Session session : List.of(a, b)) {
                    RegisteredBuffer buffer = session == a ? evens : odds;
                    buffer.segment().fill((byte) 0);
                    session.read(lun, 0, (long) commands * bytes / BLOCK, buffer, 0);
                    image.check(0, commands * bytes, buffer, 0, "written by two");
                }
            }
        }
        assertSameContents();
    }

    @Test
    @Tag("long")
    void shouldHoldTheFile_whenTheProgramCopiesIt(@TempDir Path work) throws Exception {
        int bytes = 4 << 20;
        image.change(0, bytes);
        Path file = Files.write(work.resolve("file"), image.at(0, bytes));
        String disk = "iser://%s:%d/%s/%d"
                .formatted(
                        peer.portal().getAddress().getHostAddress(),
                        peer.portal().getPort(),
                        peer.targetName(),
                        lun);

        String copied = Program.run(JavaProgram.command(
                InitiatorProgram.class,
                "copy",
                "--verify",
                "--provider",
                provider(),
                "--set",
                JavaProgram.patience(provider()),
                "--initiator",
                INITIATOR,
                file.toString(),
                disk));

        assertTrue(copied.contains("identical"), copied);
        assertSameContents();
    }

    // ---- parts

    SessionOptions options() {
        return SessionOptions.of(peer.portal(), peer.targetName());
    }

    ObservedProvider observed() {
        return new ObservedProvider(RdmaProvider.named(provider()));
    }

    /** Waits until the target has so many sessions: those that end are with it a while longer than with us. */
    private void awaitSessions(Initiator initiator, int count) throws IOException, InterruptedException {
        await(initiator, count + " sessions", () -> peer.sessions().orElse(count) == count);
    }

    static Initiator initiator(RdmaProvider provider) {
        return Initiator.callerDriven(InitiatorOptions.of(INITIATOR, provider));
    }

    /** Polls until it is so. */
    static void await(Initiator initiator, String what, Lab.Look isSo) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isSo.look()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            if (initiator.poll() == 0) {
                initiator.await(LOOK_NANOS);
            }
        }
    }

    private void writeAndReadBack(Initiator initiator, Session session, int[] sizes)
            throws IOException, InterruptedException {
        try (RegisteredBuffer buffer = session.allocate(1 << 18)) {
            int position = 5 * BLOCK;
            for (int bytes : sizes) {
                image.change(position, bytes, buffer, 3);
                one(initiator, session, true, position, bytes, buffer, 3);
                buffer.segment().fill((byte) 0);
                one(initiator, session, false, position, bytes, buffer, 9);
                image.check(position, bytes, buffer, 9, "size " + bytes);
                position += bytes;
            }
        }
    }

    /** One READ or WRITE command, which must succeed. */
    void one(
            Initiator initiator,
            Session session,
            boolean write,
            long position,
            int bytes,
            RegisteredBuffer buffer,
            long offset)
            throws IOException, InterruptedException {
        List<ScsiRequest> done = new ArrayList<>(1);
        ScsiRequest request = session.newRequest(done::add);
        session.submit(
                write
                        ? request.write(lun, position / BLOCK, bytes / BLOCK, buffer, offset)
                        : request.read(lun, position / BLOCK, bytes / BLOCK, buffer, offset));
        await(initiator, (write ? "WRITE of " : "READ of ") + bytes, () -> !done.isEmpty());
        assertTrue(request.isGood(), () -> request.outcome() + ": " + request.failure());
    }

    /** Sets up the command of that number. */
    interface Step {
        ScsiRequest prepare(ScsiRequest request, int number);
    }

    /** Keeps so many commands outstanding until all have succeeded. */
    static void run(Initiator initiator, Session session, int depth, int commands, Step step)
            throws IOException, InterruptedException {
        ArrayDeque<ScsiRequest> free = new ArrayDeque<>();
        List<ScsiRequest> failed = new ArrayList<>();
        int[] done = {0};
        for (int i = 0; i < depth; i++) {
            free.add(session.newRequest(request -> {
                done[0]++;
                if (!request.isGood()) {
                    failed.add(request);
                }
                free.add(request);
            }));
        }
        int[] submitted = {0};
        await(initiator, commands + " commands at depth " + depth, () -> {
            while (submitted[0] < commands && !free.isEmpty()) {
                session.submit(step.prepare(free.remove(), submitted[0]++));
            }
            return done[0] == commands;
        });
        assertTrue(
                failed.isEmpty(),
                () -> failed.size() + " failed, the first with " + failed.get(0).failure());
    }

    private static int negotiated(Session session, String key) {
        return Integer.parseInt(session.negotiated().get(key));
    }

    static void assertKeys(Map<String, String> expected, Map<String, String> negotiated) {
        expected.forEach((key, value) -> assertEquals(value, negotiated.get(key), () -> key + " of " + negotiated));
    }

    void assertSameContents() throws IOException, InterruptedException {
        assertEquals(image.sha256(), DiskImage.sha256(peer.disk()), "SHA-256 of the peer's file");
    }
}
