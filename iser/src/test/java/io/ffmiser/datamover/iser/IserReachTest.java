package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;
import static io.ffmiser.datamover.iser.Pdus.command;
import static io.ffmiser.datamover.iser.Pdus.message;
import static io.ffmiser.datamover.iser.Pdus.withRead;
import static io.ffmiser.datamover.iser.Pdus.withWrite;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import org.junit.jupiter.api.Test;

/**
 * How far our target reaches into a peer's memory (RFC 7145 sections 7.3.5 and 7.3.6). The peer exposes more than its commands say,
 * so that nothing but the target itself keeps it within.
 */
class IserReachTest {
    private static final int ITT = 0x1234;
    private static final int LENGTH = 4096;
    private static final int EXPOSED = 4 * LENGTH;

    @Test
    void shouldTouchNothing_whenARangeLeavesTheBuffer() {
        long[][] ranges = {{0, LENGTH + 1}, {LENGTH, 1}, {-1, 2}, {1, LENGTH}, {Long.MAX_VALUE, 2}, {LENGTH - 1, 2}};
        for (long[] range : ranges) {
            touchesNothing(F | R, range[0], (int) range[1], LENGTH);
            touchesNothing(F | W, range[0], (int) range[1], LENGTH);
        }
    }

    @Test
    void shouldTouchNothing_whenARangeIsNoneOfTheCommands() {
        touchesNothing(F | W, 511, 10, LENGTH, new byte[512]);
        // the read part of a bidirectional command ends where its AHS says
        touchesNothing(F | R | W, 0, 33, 64);
    }

    @Test
    void shouldTouchNothing_whenARangeLeavesWhatIsSolicited() {
        long[][] ranges = {{0, 1}, {511, 1}, {512, 1}, {611, 1}, {611, LENGTH - 611}, {612, LENGTH - 611}, {LENGTH, 1}};
        for (long[] range : ranges) {
            try (IserFixture other = new IserFixture().loginRawInitiator()) {
                RawPeer raw = other.rawInitiator;
                Exposure buffer = raw.expose(RawPeer.DATA, EXPOSED, Access.REMOTE_READ);
                // 612 octets are unsolicited: 512 immediate ones and 100 of a Data-Out
                byte[] pdu = command(ITT, W, LENGTH, 0, new byte[512]);
                raw.send(withWrite(message(pdu), buffer.stag(), buffer.baseOffset()));
                raw.send(message(Pdus.with(Pdus.pdu(0x05, F, ITT, new byte[100]), 20, -1)));
                other.runUntil(() -> other.targetCalls.pdus.size() == 2);
                DataDescriptor place = new DataDescriptor().set(other.targetMemory, 0, (int) range[1]);
                other.target().getData(ITT, 0, range[0], place, true);
                endsWithoutATransfer(other);
            }
        }
    }

    /** What the initiator advertised for a command does not hold a transfer: the connection ends, without one. */
    private static void touchesNothing(int flags, long bufferOffset, int length, int expected, byte... immediate) {
        try (IserFixture other = new IserFixture().loginRawInitiator()) {
            RawPeer raw = other.rawInitiator;
            byte[] pdu = command(ITT, flags, expected, 0, immediate);
            boolean read = (flags & R) != 0;
            if (read && (flags & W) != 0) {
                pdu = Pdus.withAhs(pdu, new byte[] {0, 5, 2, 0, 0, 0, 0, 32});
            }
            Exposure buffer = raw.expose(RawPeer.DATA, EXPOSED, read ? Access.REMOTE_WRITE : Access.REMOTE_READ);
            raw.send(
                    read
                            ? withRead(message(pdu), buffer.stag(), buffer.baseOffset())
                            : withWrite(message(pdu), buffer.stag(), buffer.baseOffset()));
            other.runUntil(() -> other.targetCalls.pdus.size() == 1);
            DataDescriptor place = new DataDescriptor().set(other.targetMemory, 0, length);
            if (read) {
                other.target().putData(ITT, 0, bufferOffset, place, true);
            } else {
                other.target().getData(ITT, 0, bufferOffset, place, true);
            }
            endsWithoutATransfer(other);
        }
    }

    private static void endsWithoutATransfer(IserFixture other) {
        other.target().flush();
        other.runUntil(other.targetCalls::ended);
        assertTrue(other.targetCalls.reason().contains("advertised no"), other.targetCalls::reason);
        other.runDry();
        assertEquals(
                0, other.fabric.counters().writes() + other.fabric.counters().reads());
    }
}
