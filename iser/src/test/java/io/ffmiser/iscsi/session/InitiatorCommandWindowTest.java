package io.ffmiser.iscsi.session;

import static io.ffmiser.iscsi.session.InitiatorCommandWindow.STATUS_WINDOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Serial numbers that wrap (RFC 7143 section 4.2.2), and tags that come back. */
class InitiatorCommandWindowTest {
    private final InitiatorCommandWindow window = new InitiatorCommandWindow();
    private final ResponsePdu pdu = new ResponsePdu();

    InitiatorCommandWindowTest() {
        pdu.wrap(MemorySegment.ofArray(new byte[Pdu.HEADER_LENGTH]), 0);
    }

    @Test
    void shouldStayOpenAcrossTheWrap_whenMaxCmdSnHasWrapped() {
        window.begin(0xffff_fffe, 1, 0xffff_ffff);
        int[] taken = {window.take(), window.take(), window.take(), window.take()};
        assertEquals(0xffff_fffe, taken[0]);
        assertEquals(1, taken[3]);
        assertFalse(window.isOpen());
        pdu.setNumbers(0, 2, 2);
        window.update(pdu);
        assertTrue(window.isOpen());
        assertEquals(2, window.next());
    }

    @Test
    void shouldTakeStatusAcrossTheWrap_whenNoneIsLeftOut() {
        window.begin(1, 10, 0xffff_ffff);
        assertTrue(window.takeStatus(0xffff_ffff));
        assertTrue(window.takeStatus(0));
        assertEquals(1, window.expStatSn());
    }

    @Test
    void shouldAcknowledgeWhatCameWithoutAGap_whenStatusPassesStatus() {
        int first = -500;
        window.begin(1, 10, first);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < STATUS_WINDOW - 1; i++) {
            numbers.add(first + 1 + i);
        }
        Collections.shuffle(numbers, new Random(0x57a7));
        for (int statSn : numbers) {
            assertTrue(window.takeStatus(statSn), "StatSN " + statSn);
            assertEquals(first, window.expStatSn());
        }
        assertTrue(window.takeStatus(first));
        assertEquals(first + STATUS_WINDOW, window.expStatSn());
        // The bits are clean for those that follow.
        assertTrue(window.takeStatus(first + STATUS_WINDOW + 1));
        assertEquals(first + STATUS_WINDOW, window.expStatSn());
    }

    @Test
    void shouldNotCountAStatusTwice_whenItsNumberComesAgain() {
        window.begin(1, 10, 7);
        for (int statSn : new int[] {7, 7, 9, 9, 8, 8}) {
            assertTrue(window.takeStatus(statSn));
        }
        assertEquals(10, window.expStatSn());
    }

    @Test
    void shouldRefuseStatus_whenItIsTooFarFromTheOneThatIsDue() {
        window.begin(1, 10, 0);
        assertFalse(window.takeStatus(STATUS_WINDOW));
        assertFalse(window.takeStatus(-STATUS_WINDOW));
        assertFalse(window.takeStatus(0x8000_0000));
        assertEquals(0, window.expStatSn());
        assertTrue(window.takeStatus(0));
        assertEquals(1, window.expStatSn());
    }

    @Test
    void shouldIgnoreTheWindow_whenItGoesBackOrContradictsItself() {
        window.begin(5, 8, 1);
        pdu.setNumbers(1, 5, 6);
        window.update(pdu);
        pdu.setNumbers(1, 20, 18);
        window.update(pdu);
        for (int i = 5; i <= 8; i++) {
            assertTrue(window.isOpen(), "at " + i);
            window.take();
        }
        assertFalse(window.isOpen());
    }

    @Test
    void shouldTakeARequestForReceived_whenTheTargetExpectsALaterOne() {
        window.begin(5, 20, 1);
        for (int i = 5; i < 10; i++) {
            window.take();
        }
        assertFalse(window.isReceived(5));
        pdu.setNumbers(1, 7, 20);
        window.update(pdu);
        assertTrue(window.isReceived(6));
        assertFalse(window.isReceived(7));
        pdu.setNumbers(1, 6, 20);
        window.update(pdu);
        assertTrue(window.isReceived(6), "it never goes back");
        pdu.setNumbers(1, 11, 20);
        window.update(pdu);
        assertFalse(window.isReceived(7), "nobody can expect what comes after the next that is sent");
        pdu.setNumbers(1, 10, 20);
        window.update(pdu);
        assertTrue(window.isReceived(9), "all that was sent");
    }

    @Test
    void shouldNeverUseTheReservedTagNorATagAgainSoon_whenSlotsAreReused() {
        InitiatorTaskTable table = new InitiatorTaskTable(3);
        InitiatorTask task = new InitiatorTask(ended -> {});
        ArrayDeque<Integer> recent = new ArrayDeque<>();
        for (int i = 0; i < 200_000; i++) {
            table.add(task, i);
            int tag = task.initiatorTaskTag;
            assertTrue(tag != Pdu.RESERVED_TAG);
            assertFalse(recent.contains(tag));
            recent.add(tag);
            if (recent.size() > 50) {
                recent.remove();
            }
            assertSame(task, table.find(tag));
            table.remove(task);
            assertNull(table.find(tag));
        }
        assertNull(table.find(Pdu.RESERVED_TAG));
    }
}
