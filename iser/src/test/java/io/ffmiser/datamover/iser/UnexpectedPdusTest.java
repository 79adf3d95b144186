package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class UnexpectedPdusTest {
    @Test
    void shouldCountNothing_whenPeerDeclaredNoLimit() {
        UnexpectedPdus pdus = new UnexpectedPdus(0);
        for (int i = 0; i < 10_000; i++) {
            pdus.immediateSent(i);
        }
        assertEquals(Integer.MAX_VALUE, pdus.credits());
    }

    @Test
    void shouldRetireTargetsPdu_whenItsStatusIsAcknowledged() {
        UnexpectedPdus pdus = new UnexpectedPdus(2);
        pdus.statusSent(0x7fffffff, Pdus.RESERVED_TAG);
        pdus.statusSent(0x80000000, Pdus.RESERVED_TAG);
        assertEquals(0, pdus.credits());
        assertThrows(IllegalStateException.class, () -> pdus.statusSent(1, Pdus.RESERVED_TAG));
        pdus.acknowledged(0x7fffffff);
        assertEquals(0, pdus.credits());
        pdus.acknowledged(0x80000000);
        assertEquals(1, pdus.credits());
        pdus.acknowledged(0x80000001);
        assertEquals(2, pdus.credits());
    }

    @Test
    void shouldRetirePing_whenItIsAnswered() {
        UnexpectedPdus pdus = new UnexpectedPdus(3);
        pdus.statusSent(5, 77);
        pdus.statusSent(5, 78);
        pdus.statusSent(5, Pdus.RESERVED_TAG);
        pdus.answered(Pdus.RESERVED_TAG);
        pdus.answered(79);
        assertEquals(0, pdus.credits());
        pdus.answered(78);
        assertEquals(1, pdus.credits());
        pdus.answered(77);
        assertEquals(2, pdus.credits());
        pdus.acknowledged(6);
        assertEquals(3, pdus.credits());
    }

    @Test
    void shouldRetireImmediate_whenALaterCommandIsAcknowledged() {
        UnexpectedPdus pdus = new UnexpectedPdus(2);
        pdus.immediateSent(-1);
        pdus.acknowledged(100);
        assertEquals(1, pdus.credits(), "no non-immediate PDU followed yet");
        pdus.nonImmediateSent(-1);
        pdus.immediateSent(0);
        pdus.acknowledged(-1);
        assertEquals(0, pdus.credits());
        pdus.acknowledged(0);
        assertEquals(1, pdus.credits());
        pdus.nonImmediateSent(1);
        pdus.acknowledged(1);
        assertEquals(1, pdus.credits());
        pdus.acknowledged(2);
        assertEquals(2, pdus.credits());
    }

    @Test
    void shouldTrackABoundedNumber_whenPeerDeclaresAHugeLimit() {
        assertEquals(UnexpectedPdus.MAX_TRACKED, new UnexpectedPdus(0xffffffffL).credits());
    }
}
