package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.W;
import static io.ffmiser.datamover.iser.Pdus.command;
import static io.ffmiser.datamover.iser.Pdus.message;
import static io.ffmiser.datamover.iser.Pdus.withWrite;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RDMA Reads that wait for one another because the initiator serves few at once (RFC 7145 section 8.2, iSER-ORD). */
class IserReadsInLineTest {
    private static final int ITT = 0x1234;
    private static final int PIECE = 64;
    private static final int PIECES = 60;
    /** Fewer than may be outstanding, and no divisor of that: the line goes round at every place. */
    private static final int AT_ONCE = 11;

    @Test
    void shouldFetchEachPieceInOrder_whenTheLineGoesRound() {
        try (IserFixture fixture = new IserFixture()) {
            fixture.rawResponderResources = 1;
            fixture.loginRawInitiator();
            RawPeer peer = fixture.rawInitiator;
            Recorder calls = fixture.targetCalls;
            byte[] bytes = new byte[PIECES * PIECE];
            new Random(5).nextBytes(bytes);
            peer.put(RawPeer.DATA, bytes);
            Exposure buffer = peer.expose(RawPeer.DATA, bytes.length, Access.REMOTE_READ);
            peer.send(withWrite(message(command(ITT, F | W, bytes.length)), buffer.stag(), buffer.baseOffset()));
            fixture.runUntil(() -> calls.pdus.size() == 1);

            DataDescriptor data = new DataDescriptor();
            List<String> expected = new ArrayList<>();
            for (int piece = 0; piece < PIECES; piece++) {
                if (piece >= AT_ONCE) {
                    String oldest = "completed " + ITT + "/" + (piece - AT_ONCE);
                    fixture.runUntil(() -> calls.has(oldest));
                }
                int at = piece * PIECE;
                fixture.target().getData(ITT, piece, at, data.set(fixture.targetMemory, at, PIECE), true);
                expected.add("completed " + ITT + "/" + piece);
            }
            fixture.runUntil(() -> calls.has(expected.getLast()));

            assertArrayEquals(bytes, IserFixture.get(fixture.targetMemory, 0, bytes.length));
            assertEquals(
                    expected,
                    calls.events.stream()
                            .filter(event -> event.startsWith("completed"))
                            .toList());
        }
    }
}
