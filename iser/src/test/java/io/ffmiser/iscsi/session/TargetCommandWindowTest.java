package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class TargetCommandWindowTest {
    /** A PDU that counts how often it is held. */
    private static final class Held implements InboundPdu {
        private final byte[] octets = new byte[Pdu.HEADER_LENGTH];
        int retained;

        static Held command(int tag) {
            Held held = new Held();
            ScsiCommandPdu pdu = new ScsiCommandPdu();
            pdu.begin(held.segment(), 0);
            pdu.setInitiatorTaskTag(tag);
            return held;
        }

        static Held dataOut(int tag) {
            Held held = new Held();
            DataOutPdu pdu = new DataOutPdu();
            pdu.begin(held.segment(), 0);
            pdu.setInitiatorTaskTag(tag);
            return held;
        }

        @Override
        public MemorySegment segment() {
            return MemorySegment.ofArray(octets);
        }

        @Override
        public long headerOffset() {
            return 0;
        }

        @Override
        public int ahsLength() {
            return 0;
        }

        @Override
        public long dataOffset() {
            return 0;
        }

        @Override
        public int dataLength() {
            return 0;
        }

        @Override
        public InboundPdu retain() {
            retained++;
            return this;
        }

        @Override
        public void release() {
            retained--;
        }
    }

    private static TargetCommandWindow open(int cmdSn, int size) {
        TargetCommandWindow window = new TargetCommandWindow(32);
        window.start(cmdSn);
        window.open(size);
        return window;
    }

    @Test
    void shouldNeverMoveMaximumBack_whenLessIsPromised() {
        TargetCommandWindow window = open(10, 8);
        assertEquals(17, window.maximum());
        window.open(2);
        assertEquals(17, window.maximum());
        window.take();
        window.open(8);
        assertEquals(18, window.maximum());
    }

    @Test
    void shouldCompareBySerialArithmetic_whenNumbersWrap() {
        TargetCommandWindow window = open(-2, 4);
        assertTrue(window.contains(-2));
        assertTrue(window.contains(1));
        assertFalse(window.contains(2));
        assertFalse(window.contains(-3));
        for (int i = 0; i < 4; i++) {
            window.take();
        }
        assertEquals(2, window.expected());
        assertEquals(0, window.size());
        window.open(4);
        assertEquals(5, window.maximum());
    }

    @Test
    void shouldGiveHeldRequestsInTurn_whenTheGapIsFilled() {
        TargetCommandWindow window = open(0, 8);
        Held second = new Held();
        Held third = new Held();
        assertTrue(window.hold(2, third));
        assertTrue(window.hold(1, second));
        assertFalse(window.hold(1, third), "a duplicate");
        assertEquals(1, second.retained);
        assertEquals(2, window.heldCount());
        assertTrue(window.isKnown(1) && window.isKnown(2));
        assertFalse(window.isKnown(3));
        assertNull(window.takeNext());
        window.take();
        assertSame(second, window.takeNext());
        window.take();
        assertSame(third, window.takeNext());
        assertEquals(0, window.heldCount());
    }

    @Test
    void shouldPassOverNumbers_whenTheyWereSkipped() {
        TargetCommandWindow window = open(0, 8);
        assertNull(window.skip(2));
        assertNull(window.skip(1));
        assertEquals(0, window.expected());
        window.take();
        window.passSkipped();
        assertEquals(3, window.expected());
        Held waiting = new Held();
        window.hold(4, waiting);
        assertSame(waiting, window.skip(4));
        assertNull(window.skip(3));
        assertEquals(5, window.expected());
    }

    @Test
    void shouldStayAtTheGap_whenTheRequestIsRejected() {
        TargetCommandWindow window = open(5, 3);
        window.take();
        window.untake();
        assertEquals(5, window.expected());
        assertEquals(7, window.maximum());
    }

    @Test
    void shouldGiveHeldDataByTagInOrder_whenSeveralCommandsWait() {
        TargetCommandWindow window = open(0, 8);
        window.hold(1, Held.command(5));
        window.hold(2, Held.command(6));
        Held first = Held.dataOut(6);
        Held other = Held.dataOut(5);
        Held second = Held.dataOut(6);
        assertTrue(window.holdData(first, 2));
        assertTrue(window.holdData(other, 2));
        assertTrue(window.holdData(second, 2));
        assertSame(first, window.takeData(6));
        assertSame(second, window.takeData(6));
        assertNull(window.takeData(6));
        assertSame(other, window.takeData(5));
        assertEquals(1, other.retained, "the caller's to release");
    }

    @Test
    void shouldKeepNoMoreDataThanIsPromised_whenCommandsWait() {
        TargetCommandWindow window = open(0, 8);
        Held data = Held.dataOut(5);
        assertFalse(window.holdData(data, 2), "nothing waits");
        window.hold(1, Held.command(5));
        assertTrue(window.holdData(data, 2));
        assertTrue(window.holdData(data, 2));
        assertFalse(window.holdData(data, 2));
        assertEquals(2, data.retained);
        window.hold(2, Held.command(6));
        assertTrue(window.holdData(data, 2));
    }

    @Test
    void shouldReleaseWhatIsHeld_whenItEnds() {
        TargetCommandWindow window = open(0, 8);
        Held held = new Held();
        window.hold(3, held);
        Held data = Held.dataOut(0);
        assertTrue(window.holdData(data, 1));
        window.releaseHeld(true);
        assertEquals(0, held.retained);
        assertEquals(0, data.retained);
        assertEquals(0, window.heldCount());
        assertNull(window.takeData(0));
    }

    @Test
    void shouldFindACommandByItsTag_whenItIsHeld() {
        TargetCommandWindow window = open(0, 8);
        window.hold(2, Held.command(5));
        window.hold(7, Held.command(6));
        assertTrue(window.holdsCommand(5));
        assertTrue(window.holdsCommand(6));
        assertFalse(window.holdsCommand(7));
        TargetCommandWindow other = open(0, 8);
        other.hold(1, Held.dataOut(5));
        assertFalse(other.holdsCommand(5), "only SCSI Commands have data");
    }
}
