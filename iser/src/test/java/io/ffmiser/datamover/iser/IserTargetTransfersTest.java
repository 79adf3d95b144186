package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;
import static io.ffmiser.datamover.iser.Pdus.command;
import static io.ffmiser.datamover.iser.Pdus.message;
import static io.ffmiser.datamover.iser.Pdus.withRead;
import static io.ffmiser.datamover.iser.Pdus.withWrite;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The bounds of a target's RDMA Reads and Writes, and what Hello does to them. */
class IserTargetTransfersTest {
    private static final int ITT = 0x1234;
    private static final int LENGTH = 4096;

    private final IserFixture fixture = new IserFixture();
    private final RawPeer peer = fixture.rawInitiator;
    private final Recorder calls = fixture.targetCalls;
    private final DataDescriptor data = new DataDescriptor();

    private DataDescriptor memory(long offset, int length) {
        return data.set(fixture.targetMemory, offset, length);
    }

    private void arrives(byte[] message) {
        int before = calls.pdus.size();
        peer.send(message);
        fixture.runUntil(() -> calls.pdus.size() > before);
    }

    private void writeCommandArrives() {
        Exposure buffer = peer.expose(RawPeer.DATA, LENGTH, Access.REMOTE_READ);
        arrives(withWrite(message(command(ITT, F | W, LENGTH)), buffer.stag(), buffer.baseOffset()));
    }

    private void readCommandArrives() {
        Exposure buffer = peer.expose(RawPeer.DATA, LENGTH, Access.REMOTE_WRITE);
        arrives(withRead(message(command(ITT, F | R, LENGTH)), buffer.stag(), buffer.baseOffset()));
    }

    private static byte[] hello(int ird) {
        byte[] message = new byte[IserHeader.LENGTH];
        IserHeader.writeHello(MemorySegment.ofArray(message), 0, IserHeader.VERSION, IserHeader.VERSION, ird);
        return message;
    }

    /** RFC 7145 section 9.4: iSER-ORD is no more than the initiator's iSER-IRD, whatever the connection would serve. */
    @Test
    void shouldBoundReads_whenHelloOffersFew() {
        try (fixture) {
            fixture.loginRawInitiator();
            peer.send(hello(2));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            writeCommandArrives();
            for (int i = 0; i < 8; i++) {
                fixture.target().getData(ITT, i, i * 512L, memory(i * 512L, 512), true);
            }
            assertEquals(2, fixture.target().readsPosted());
            fixture.runUntil(() -> calls.has("completed " + ITT + "/7"));
        }
    }

    @Test
    void shouldAcceptHello_whenTheInitiatorServesNoReads() {
        try (fixture) {
            fixture.loginRawInitiator();
            peer.send(hello(0));
            fixture.runUntil(() -> peer.arrived.size() == 1);
            assertEquals(0x30, peer.arrived.get(0).message()[0], "no REJ: nothing was offered that cannot be used");
            fixture.runDry();
            assertFalse(calls.ended());
        }
    }

    @Test
    void shouldTellThatItMaySend_whenHelloHasCome() {
        try (fixture) {
            fixture.keys = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, true, true);
            fixture.loginRawInitiator();
            assertNull(fixture.target().claimControl(), "RFC 7145 section 5.1.3: nothing goes before the HelloReply");
            assertFalse(calls.has("available"));
            peer.send(hello(4));
            fixture.runUntil(() -> calls.has("available"));
            assertNotNull(fixture.target().claimControl());
        }
    }

    @Test
    void shouldEndTheConnection_whenNoWriteStagWasAdvertised() {
        try (fixture) {
            fixture.loginRawInitiator();
            arrives(message(command(ITT, F | W, LENGTH)));
            fixture.target().getData(ITT, 0, 0, memory(0, LENGTH), true);
            fixture.runUntil(calls::ended);
            assertTrue(calls.reason().contains("no Write STag"), calls::reason);
        }
    }

    @Test
    void shouldEndTheConnection_whenNoTaskHasTheTag() {
        for (boolean reads : new boolean[] {true, false}) {
            try (IserFixture other = new IserFixture().loginRawInitiator()) {
                DataDescriptor any = new DataDescriptor().set(other.targetMemory, 0, 16);
                if (reads) {
                    other.target().getData(99, 0, 0, any, true);
                } else {
                    other.target().putData(99, 0, 0, any, true);
                }
                other.runUntil(other.targetCalls::ended);
                assertEquals(0, other.fabric.counters().reads());
            }
        }
    }

    @Test
    void shouldRefuse_whenReadsAreAskedForBeyondWhatIsAllowed() {
        try (fixture) {
            fixture.loginRawInitiator();
            writeCommandArrives();
            for (int i = 0; i < 16; i++) {
                fixture.target().getData(ITT, i, i, memory(i, 1), true);
            }
            IllegalStateException refused = assertThrows(
                    IllegalStateException.class, () -> fixture.target().getData(ITT, 16, 16, memory(16, 1), true));
            assertTrue(String.valueOf(refused.getMessage()).contains("all data operations"), refused::getMessage);
            fixture.runUntil(() -> calls.has("completed " + ITT + "/15"));
            fixture.target().getData(ITT, 16, 16, memory(16, 1), true);
            fixture.runUntil(() -> calls.has("completed " + ITT + "/16"));
        }
    }

    @Test
    void shouldRefuse_whenTheMemoryMayNotBeWritten() {
        try (fixture;
                MemoryRegion readOnly = fixture.targetDomain.allocate(64, 0)) {
            fixture.loginRawInitiator();
            writeCommandArrives();
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.target().getData(ITT, 0, 0, data.set(new IserMemory(readOnly, false), 0, 64), true));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> fixture.target().getData(ITT, 0, 0, memory(IserFixture.MEMORY - 1, 2), true));
            fixture.target().getData(ITT, 0, 0, memory(0, 64), true);
            fixture.runUntil(() -> calls.has("completed " + ITT + "/0"));
        }
    }

    @Test
    void shouldCompleteTheWrites_whenTheirTaskIsDeallocated() {
        try (fixture) {
            fixture.loginRawInitiator();
            readCommandArrives();
            fixture.target().putData(ITT, 0, 0, memory(0, 2048), true);
            fixture.target().putData(ITT, 1, 2048, memory(2048, 2048), true);
            fixture.target().deallocateTaskResources(ITT);
            assertEquals(0, fixture.target().tasksMapped());
            assertFalse(calls.has("completed " + ITT + "/1"));
            fixture.target().flush();
            fixture.runUntil(() -> calls.has("completed " + ITT + "/1"));
            assertTrue(calls.has("completed " + ITT + "/0"));
        }
    }

    @Test
    void shouldNotifyNothing_whenACommandIsOneTooMany() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int itt = 0; itt < 8; itt++) {
                arrives(withRead(message(command(itt, F | R, 16)), 1, 1));
            }
            peer.send(withRead(message(command(8, F | R, 16)), 1, 1));
            fixture.runUntil(calls::ended);
            assertEquals(8, calls.pdus.size());
        }
    }

    @Test
    void shouldHaveRoomAgain_whenOnlyResponsesComplete() {
        try (fixture) {
            fixture.loginRawInitiator();
            for (int round = 0; round < 20; round++) {
                int seen = peer.arrived.size();
                readCommandArrives();
                for (int i = 0; i < 8; i++) {
                    fixture.target().putData(ITT, i, i, memory(i, 1), false);
                }
                Pdus.send(fixture.target(), Pdus.response(ITT));
                fixture.runUntil(() -> peer.arrived.size() > seen);
                peer.postReceives(1);
                fixture.runDry();
            }
            assertFalse(calls.ended());
        }
    }
}
