package io.ffmiser.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.ffmiser.initiator.InitiatorException;
import io.ffmiser.iscsi.login.LoginFailure;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.pdu.ProtocolError;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerTextTest {
    @Test
    void shouldBeItself_whenThereIsNothingToEscape() {
        for (String text :
                List.of("", "iqn.2026-01.org.example:disk", "Gr\u00fc\u00dfe \u65e5\u672c \ud83d\ude00", "a\\nb")) {
            assertSame(text, PeerText.escape(text));
        }
    }

    @Test
    void shouldEscape_whenItCouldForgeALineOrMoveTheCursor() {
        assertEquals("a\\nb\\r\\t", PeerText.escape("a\nb\r\t"));
        assertEquals("\\x1b[2J\\x00\\x7f", PeerText.escape("\u001b[2J\0\u007f"));
        assertEquals("\\x9b31m\\x85", PeerText.escape("\u009b31m\u0085"), "C1: CSI and NEL");
        assertEquals("\\u202egpj.exe\\u2066", PeerText.escape("\u202egpj.exe\u2066"), "bidirectional");
        assertEquals("\\u2028\\u2029\\u200b\\ufeff", PeerText.escape("\u2028\u2029\u200b\ufeff"));
        assertEquals("x\\ud800y", PeerText.escape("x\ud800y"), "an unpaired surrogate");
        assertEquals("\\udb40\\udc41", PeerText.escape("\udb40\udc41"), "a tag");
    }

    @Test
    void shouldStayTheSame_whenEscapedTwice() {
        String once = PeerText.escape("\u001b]0;x\u0007 \\ \u202e");
        assertSame(once, PeerText.escape(once));
    }

    @Test
    void shouldBeEscaped_whenErrorsQuoteThePeer() {
        assertEquals(
                "unexpected Forged=\\x1b[2J\\nline",
                ProtocolError.protocolError("unexpected Forged=\u001b[2J\nline").reason());
        assertEquals("\\x9b", new LoginFailure(LoginStatus.TARGET_ERROR, "\u009b", null, true).reason());
        assertEquals("\\n", new InitiatorException("\n").getMessage());
    }
}
