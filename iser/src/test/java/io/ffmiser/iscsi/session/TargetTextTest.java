package io.ffmiser.iscsi.session;

import static io.ffmiser.iscsi.session.BareTarget.CAPACITY;
import static io.ffmiser.iscsi.session.BareTarget.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RejectReason;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Text exchanges of full feature phase (RFC 7143 sections 11.10, 11.11 and appendix C). */
class TargetTextTest {
    private static final int TAG = 0x55;
    private static final int NONE = Pdu.RESERVED_TAG;
    private static final boolean FINAL = true;
    private static final boolean CONTINUED = true;

    private final BareTarget target = new BareTarget();
    private final TargetText text = textOf(target);

    private static TargetText textOf(BareTarget target) {
        return new TargetText(target.connection, target.session, target.responses, CAPACITY);
    }

    private static @Nullable RejectReason ask(
            TargetText text, int tag, int transferTag, String keys, boolean isFinal, boolean isContinued) {
        byte[] header = new byte[Pdu.HEADER_LENGTH];
        TextRequestPdu pdu = new TextRequestPdu();
        pdu.begin(MemorySegment.ofArray(header), 0);
        pdu.setInitiatorTaskTag(tag);
        pdu.setTargetTransferTag(transferTag);
        pdu.setLun(0x0003_0000_0000_0000L);
        pdu.setFinal(isFinal);
        pdu.setContinued(isContinued);
        return text.receive(pdu, new BareTarget.Arrived(header, 0, keys.getBytes(StandardCharsets.UTF_8)));
    }

    private @Nullable RejectReason ask(int transferTag, String keys) {
        return ask(text, TAG, transferTag, keys, FINAL, !CONTINUED);
    }

    private static String said(byte[] pdu) {
        return new String(Arrays.copyOfRange(pdu, 48, 48 + BareTarget.dataLength(pdu)), StandardCharsets.UTF_8);
    }

    private boolean lastIsFinal() {
        return (target.last()[1] & 0x80) != 0;
    }

    private boolean lastIsContinued() {
        return (target.last()[1] & 0x40) != 0;
    }

    private int lastTransferTag() {
        return word(target.last(), 20);
    }

    @Test
    void shouldAnswerInOnePdu_whenTheAnswerFits() {
        assertNull(ask(NONE, "X-a=1\0X-b=2\0"));
        assertEquals("X-a=NotUnderstood\0X-b=NotUnderstood\0", said(target.last()));
        assertEquals(TAG, word(target.last(), 16));
        assertEquals(0x0003_0000, word(target.last(), 8));
        assertTrue(lastIsFinal());
        assertEquals(NONE, lastTransferTag());
    }

    @Test
    void shouldCutAndContinue_whenTheAnswerIsLongerThanAPdu() {
        String key = "X-" + "k".repeat(40);
        String whole = key + "=NotUnderstood\0" + key + "2=NotUnderstood\0";
        assertNull(ask(NONE, key + "=1\0" + key + "2=1\0"));
        StringBuilder said = new StringBuilder(said(target.last()));
        assertEquals(CAPACITY, said.length(), "as much as a PDU takes");
        while (!lastIsFinal()) {
            assertTrue(lastIsContinued(), "cut within the text");
            assertTrue(lastTransferTag() != NONE);
            assertNull(ask(lastTransferTag(), ""));
            said.append(said(target.last()));
        }
        assertEquals(!CONTINUED, lastIsContinued());
        assertEquals(NONE, lastTransferTag());
        assertEquals(whole, said.toString());
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(1, ""), "the exchange is over");
    }

    @Test
    void shouldRefuse_whenTheRequestForMoreBringsText() {
        String key = "X-" + "k".repeat(60);
        assertNull(ask(NONE, key + "=1\0"));
        assertEquals(RejectReason.PROTOCOL_ERROR, ask(lastTransferTag(), "X-c=1\0"));
    }

    @Test
    void shouldRefuse_whenTheTagsAreNotThoseOfTheExchange() {
        String key = "X-" + "k".repeat(60);
        assertNull(ask(NONE, key + "=1\0"));
        int transferTag = lastTransferTag();
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(transferTag + 1, ""));
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(text, TAG + 1, transferTag, "", FINAL, !CONTINUED));
        assertNull(ask(transferTag, ""));
    }

    @Test
    void shouldRefuse_whenTheHeaderContradictsItself() {
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(text, NONE, NONE, "X-a=1\0", FINAL, !CONTINUED));
        // RFC 7143 section 11.10.2: C and F exclude each other.
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(text, TAG, NONE, "X-a=1\0", FINAL, CONTINUED));
        assertTrue(target.sent.isEmpty());
    }

    @Test
    void shouldAskForTheRest_whenTheRequestIsContinued() {
        assertNull(ask(text, TAG, NONE, "X-a=1\0X-", !FINAL, CONTINUED));
        assertEquals("", said(target.last()));
        assertEquals(!FINAL, lastIsFinal());
        assertEquals(!CONTINUED, lastIsContinued());
        assertNull(ask(text, TAG, lastTransferTag(), "b=2\0", FINAL, !CONTINUED));
        assertEquals("X-a=NotUnderstood\0X-b=NotUnderstood\0", said(target.last()));
    }

    @Test
    void shouldForgetTheExchangeBefore_whenANewOneBegins() {
        assertNull(ask(text, TAG, NONE, "X-a=1\0", !FINAL, CONTINUED));
        assertNull(ask(NONE, "X-b=1\0"));
        assertEquals("X-b=NotUnderstood\0", said(target.last()));
    }

    @Test
    void shouldKeepTheExchangeOpen_whenTheInitiatorDoesNotEndIt() {
        // RFC 7143 section 11.11.1: the target ends it only where the initiator has said so.
        assertNull(ask(text, TAG, NONE, "X-a=1\0", !FINAL, !CONTINUED));
        assertEquals(!FINAL, lastIsFinal());
        assertEquals("X-a=NotUnderstood\0", said(target.last()));
        assertNull(ask(text, TAG, lastTransferTag(), "X-b=1\0", FINAL, !CONTINUED));
        assertEquals("X-b=NotUnderstood\0", said(target.last()), "nothing is answered twice");
        assertTrue(lastIsFinal());
    }

    @Test
    void shouldTake16384OctetsAndNoMore_whenTextIsLong() {
        String half = "X-" + "k".repeat(8192 - 5) + "=1\0";
        assertEquals(8192, half.length());
        assertNull(ask(text, TAG, NONE, half, !FINAL, CONTINUED));
        assertNull(ask(text, TAG, lastTransferTag(), half, !FINAL, CONTINUED));
        assertEquals(RejectReason.PROTOCOL_ERROR, ask(text, TAG, lastTransferTag(), "X-c=1\0", FINAL, !CONTINUED));
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(text, TAG, lastTransferTag(), "", FINAL, !CONTINUED));
    }

    @Test
    void shouldRefuse_whenAPairIsNone() {
        for (String pair : new String[] {"X-a", "=1", "SendTargets=All\0", "SendTargets=\0SendTargets=\0"}) {
            assertEquals(RejectReason.PROTOCOL_ERROR, ask(NONE, pair), pair);
        }
        assertTrue(target.sent.isEmpty());
    }

    @Test
    void shouldEndTheExchange_whenWhatItAsksIsRefused() {
        assertNull(ask(text, TAG, NONE, "X-a=1\0", !FINAL, CONTINUED));
        int transferTag = lastTransferTag();
        assertEquals(RejectReason.PROTOCOL_ERROR, ask(transferTag, "X-b"));
        assertEquals(RejectReason.INVALID_PDU_FIELD, ask(transferTag, ""));
    }

    @Test
    void shouldAnswerNothing_whenNothingIsAsked() {
        assertNull(ask(NONE, "\0\0"));
        assertEquals("", said(target.last()));
        assertTrue(lastIsFinal());
    }

    @Test
    void shouldTellOfItsOwnTargetOnly_whenTheSessionIsNormal() {
        for (String own : new String[] {"", "iqn.2026-11.io:b", "IQN.2026-11.IO:B"}) {
            assertNull(ask(NONE, "SendTargets=" + own + "\0"), own);
            assertEquals("iqn.2026-11.io:b", target.targetsAskedFor.getLast());
        }
        assertNull(ask(NONE, "SendTargets=iqn.2026-11.io:c\0"));
        assertEquals("", target.targetsAskedFor.getLast());
    }

    @Test
    void shouldTellOfAllOrOne_whenTheSessionIsForDiscovery() {
        BareTarget discovery = new BareTarget(SessionType.DISCOVERY);
        TargetText asked = textOf(discovery);
        assertNull(ask(asked, TAG, NONE, "SendTargets=All\0", FINAL, !CONTINUED));
        assertEquals("(all)", discovery.targetsAskedFor.getLast());
        assertNull(ask(asked, TAG, NONE, "SendTargets=IQN.2026-11.IO:X\0", FINAL, !CONTINUED));
        assertEquals("iqn.2026-11.io:x", discovery.targetsAskedFor.getLast());
        assertNull(ask(asked, TAG, NONE, "SendTargets=no name\0", FINAL, !CONTINUED));
        assertEquals("", discovery.targetsAskedFor.getLast());
        assertEquals(RejectReason.PROTOCOL_ERROR, ask(asked, TAG, NONE, "SendTargets=\0", FINAL, !CONTINUED));
        // RFC 7143 section 4.3: nothing else is asked in such a session.
        assertEquals(RejectReason.PROTOCOL_ERROR, ask(asked, TAG, NONE, "X-a=1\0", FINAL, !CONTINUED));
    }
}
