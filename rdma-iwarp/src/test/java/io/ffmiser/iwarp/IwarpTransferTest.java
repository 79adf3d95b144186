package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends, Writes and Reads of all kinds of sizes and pieces arrive as they were, under every negotiated framing. */
class IwarpTransferTest {
    private static final int[] SIZES = {
        0, 1, 3, 4, 76, 511, 4096, 8191, 8192, 16_384, 64_748, 65_535, 65_536, 262_144, 1_000_003, 4 << 20
    };
    private static final int MOST = 4 << 20;

    static Stream<Arguments> framings() {
        return Stream.of(
                Arguments.of(Map.of("iwarp.crc", "on"), Map.of("iwarp.crc", "on")),
                Arguments.of(Map.of("iwarp.crc", "off"), Map.of("iwarp.crc", "off")),
                Arguments.of(Map.of("iwarp.crc", "off"), Map.of("iwarp.crc", "on")),
                Arguments.of(Map.of("iwarp.markers", "on"), Map.of()),
                Arguments.of(Map.of(), Map.of("iwarp.markers", "on", "iwarp.crc", "off")),
                Arguments.of(
                        Map.of("iwarp.revision", "1"), Map.of("iwarp.maxUlpdu", "512", "iwarp.coalesceBytes", "0")),
                Arguments.of(Map.of("iwarp.maxUlpdu", "1442"), Map.of("iwarp.readAheadBytes", "2048")));
    }

    @ParameterizedTest
    @MethodSource("framings")
    void shouldPlaceWhatWasWritten_whenOfAnySize(Map<String, String> active, Map<String, String> passive) {
        try (IwarpPair pair = new IwarpPair(active, passive, 4, 4)) {
            pair.openBothWays();
            MemoryRegion sink = pair.activeRegion(MOST + 1, Access.ALL);
            MemoryRegion source = pair.passiveRegion(MOST, Access.LOCAL_WRITE);
            MemoryRegion mail = pair.activeRegion(64, Access.LOCAL_WRITE);
            fill(source.segment(), 1);
            Exposure window = pair.active.connection().newExposure();
            for (int size : SIZES) {
                window.expose(sink, 1, MOST, Access.REMOTE_WRITE);
                pair.active.connection().postReceive(9, mail, 0, 64);
                pair.passive
                        .connection()
                        .sendBatch()
                        .rdmaWrite(1, window.stag(), window.baseOffset(), SendBatch.UNSIGNALED)
                        .sge(source, 0, size)
                        .sendWithInvalidate(2, window.stag(), SendBatch.SIGNALED)
                        .sge(source, 0, 64)
                        .post();
                pair.await(() -> !pair.active.done.isEmpty() && !pair.passive.done.isEmpty(), "write of " + size);
                assertEquals(
                        List.of(new IwarpPair.Done(9, WorkStatus.SUCCESS, Operation.RECEIVE, 64, true, window.stag())),
                        pair.active.take());
                assertEquals(
                        List.of(new IwarpPair.Done(2, WorkStatus.SUCCESS, Operation.SEND, 0, false, 0)),
                        pair.passive.take());
                assertTrue(!window.isExposed());
                assertEquals(
                        -1,
                        source.segment()
                                .asSlice(0, size)
                                .mismatch(sink.segment().asSlice(1, size)),
                        "size " + size);
                sink.segment().fill((byte) 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    void shouldPlaceWhatWasRead_whenOfAnySize(Map<String, String> active, Map<String, String> passive) {
        try (IwarpPair pair = new IwarpPair(active, passive, 4, 4)) {
            pair.openBothWays();
            MemoryRegion source = pair.activeRegion(MOST, Access.ALL);
            MemoryRegion sink = pair.passiveRegion(MOST + 1, Access.LOCAL_WRITE);
            fill(source.segment(), 2);
            Exposure window = pair.active.connection().newExposure();
            window.expose(source, 0, MOST, Access.REMOTE_READ);
            for (int size : SIZES) {
                pair.passive
                        .connection()
                        .sendBatch()
                        .rdmaRead(1, window.stag(), window.baseOffset(), SendBatch.SIGNALED)
                        .sge(sink, 1, size)
                        .post();
                pair.await(() -> !pair.passive.done.isEmpty(), "read of " + size);
                assertEquals(
                        List.of(new IwarpPair.Done(1, WorkStatus.SUCCESS, Operation.RDMA_READ, size, false, 0)),
                        pair.passive.take());
                assertEquals(
                        -1,
                        source.segment()
                                .asSlice(0, size)
                                .mismatch(sink.segment().asSlice(1, size)),
                        "size " + size);
                sink.segment().fill((byte) 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    void shouldDeliverWhatWasSent_whenGatheredFromPieces(Map<String, String> active, Map<String, String> passive) {
        try (IwarpPair pair = new IwarpPair(active, passive, 4, 4)) {
            MemoryRegion source = pair.activeRegion(MOST, Access.LOCAL_WRITE);
            MemoryRegion sink = pair.passiveRegion(MOST, Access.LOCAL_WRITE);
            fill(source.segment(), 3);
            Random random = new Random(4);
            for (int round = 0; round < 100; round++) {
                SendBatch batch = pair.active.connection().sendBatch().send(round, SendBatch.SIGNALED);
                int total = 0;
                byte[] expected = new byte[0];
                for (int pieces = random.nextInt(9); pieces > 0; pieces--) {
                    int length = random.nextInt(random.nextBoolean() ? 100 : 100_000);
                    int offset = random.nextInt(MOST - length);
                    batch.sge(source, offset, length);
                    byte[] piece = source.segment().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
                    expected = java.util.Arrays.copyOf(expected, total + length);
                    System.arraycopy(piece, 0, expected, total, length);
                    total += length;
                }
                pair.passive.connection().postReceive(round, sink, 5, 1_000_000);
                batch.post();
                pair.await(() -> !pair.active.done.isEmpty() && !pair.passive.done.isEmpty(), "send");
                assertEquals(total, pair.passive.take().getFirst().byteLength());
                pair.active.take();
                assertArrayEquals(expected, sink.segment().asSlice(5, total).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    void shouldGiveEachReadItsResponse_whenTheSendQueueIsKeptFull() {
        int count = 300;
        int size = 16;
        try (IwarpPair pair = new IwarpPair()) {
            MemoryRegion source = pair.passiveRegion((long) count * size, Access.ALL);
            MemoryRegion sink = pair.activeRegion((long) count * size, Access.LOCAL_WRITE);
            fill(source.segment(), 5);
            Exposure window = pair.passive.connection().newExposure();
            window.expose(source, 0, (long) count * size, Access.REMOTE_READ);
            int[] posted = new int[1];
            // Each completion frees one place, which is taken again at once while later Reads still wait.
            pair.active.afterCompletion = () -> {
                while (posted[0] < count && pair.active.connection().sendQueueFree() > 0) {
                    long at = (long) posted[0] * size;
                    pair.active
                            .connection()
                            .sendBatch()
                            .rdmaRead(posted[0]++, window.stag(), window.baseOffset() + at, SendBatch.SIGNALED)
                            .sge(sink, at, size)
                            .post();
                }
            };
            pair.active.afterCompletion.run();
            pair.await(() -> pair.active.done.size() == count || !pair.active.causes.isEmpty(), "reads");
            pair.active.afterCompletion = () -> {};
            assertEquals(List.of(), pair.active.causes);
            assertEquals(-1, source.segment().mismatch(sink.segment()));
        }
    }

    private static void fill(MemorySegment segment, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[(int) segment.byteSize()];
        random.nextBytes(bytes);
        segment.copyFrom(MemorySegment.ofArray(bytes));
    }
}
