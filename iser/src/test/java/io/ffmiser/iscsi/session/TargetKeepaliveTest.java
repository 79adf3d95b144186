package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When an initiator is pinged, and when it is given up (RFC 7143 section 11.19). */
class TargetKeepaliveTest {
    private static final long START = 1_000;
    private static final long INTERVAL = 100;
    private static final long TIMEOUT = 30;

    private final TargetKeepalive keepalive = new TargetKeepalive(
            new TargetSessionSettings(1, 1, 2, 1, 128, 1, 1, 1, 1, 1, 1, 1, 1, INTERVAL, TIMEOUT, 1), START);

    @Test
    void shouldPingOnce_whenSilenceIsLongerThanTheInterval() {
        assertFalse(keepalive.isPingDue(START + INTERVAL));
        assertTrue(keepalive.isPingDue(START + INTERVAL + 1));
        keepalive.pinged(7, START + INTERVAL + 1);
        assertFalse(keepalive.isPingDue(START + 10 * INTERVAL), "one is on its way");
    }

    @Test
    void shouldExpire_whenThePingIsNotAnsweredInTime() {
        long pinged = START + INTERVAL + 1;
        keepalive.pinged(7, pinged);
        assertFalse(keepalive.isExpired(pinged + TIMEOUT));
        assertTrue(keepalive.isExpired(pinged + TIMEOUT + 1));
    }

    @Test
    void shouldNotBeAnswered_whenTheTagIsAnother() {
        long pinged = START + INTERVAL + 1;
        keepalive.pinged(7, pinged);
        keepalive.answered(8);
        assertTrue(keepalive.isExpired(pinged + TIMEOUT + 1));
    }

    @Test
    void shouldPingAgain_whenThePingWasAnsweredAndSilenceFollows() {
        long pinged = START + INTERVAL + 1;
        keepalive.pinged(7, pinged);
        keepalive.heard();
        keepalive.answered(7);
        long heard = pinged + 5;
        assertFalse(keepalive.isExpired(heard));
        assertFalse(keepalive.isPingDue(heard + INTERVAL));
        assertTrue(keepalive.isPingDue(heard + INTERVAL + 1));
    }

    @Test
    void shouldBeginSilenceAnew_whenAPduCame() {
        keepalive.heard();
        assertFalse(keepalive.isPingDue(START + 500), "the time of the call is the time of the PDU");
        assertFalse(keepalive.isPingDue(START + 500 + INTERVAL));
        assertTrue(keepalive.isPingDue(START + 500 + INTERVAL + 1));
    }

    @Test
    void shouldExpire_whenThereIsSilenceAndNoPingCouldBeSent() {
        assertFalse(keepalive.isExpired(START + INTERVAL + TIMEOUT));
        assertTrue(keepalive.isExpired(START + INTERVAL + TIMEOUT + 1));
    }

    @Test
    void shouldGiveThePingTimeAfterWhatWasHeard_whenOtherPdusCome() {
        long pinged = START + INTERVAL + 1;
        keepalive.pinged(7, pinged);
        keepalive.heard();
        assertFalse(keepalive.isPingDue(pinged + 20));
        // The silence is asked for elsewhere too, which tells when something came.
        keepalive.silenceNanos(pinged + 20);
        assertFalse(keepalive.isExpired(pinged + 20 + TIMEOUT));
        assertTrue(keepalive.isExpired(pinged + 20 + TIMEOUT + 1));
    }
}
