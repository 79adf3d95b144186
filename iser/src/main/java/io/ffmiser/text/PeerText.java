package io.ffmiser.text;

import java.util.HexFormat;

/**
 * Text that a peer sent (names, aliases, INQUIRY text, values of keys) as it may be shown: in a log, an exception's message, or on a
 * terminal. What could forge a line, move a cursor or turn the reading direction is written as an escape. Escaped text has nothing left
 * to escape, so that it may pass here more than once.
 */
public final class PeerText {
    private static final HexFormat HEX = HexFormat.of();

    private PeerText() {}

    /**
     * With every control character (C0, DEL and C1), format character (such as bidirectional overrides), line and paragraph separator,
     * unpaired surrogate, and code point without a character written as {@code \n}, {@code \r}, {@code \t}, {@code \x1b} or {@code
     * \u202e}. The text itself where there is none.
     */
    public static String escape(String text) {
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (!isShown(point)) {
                return escapeFrom(text, i);
            }
            i += Character.charCount(point);
        }
        return text;
    }

    private static String escapeFrom(String text, int first) {
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, first);
        for (int i = first; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (isShown(point)) {
                escaped.appendCodePoint(point);
            } else {
                appendEscape(escaped, point);
            }
            i += Character.charCount(point);
        }
        return escaped.toString();
    }

    private static void appendEscape(StringBuilder escaped, int point) {
        switch (point) {
            case '\n' -> escaped.append("\\n");
            case '\r' -> escaped.append("\\r");
            case '\t' -> escaped.append("\\t");
            default -> {
                if (point < 0x100) {
                    escaped.append("\\x").append(HEX.toHexDigits((byte) point));
                } else {
                    for (char unit : Character.toChars(point)) {
                        escaped.append("\\u").append(HEX.toHexDigits(unit));
                    }
                }
            }
        }
    }

    private static boolean isShown(int point) {
        if (point >= ' ' && point < 0x7f) {
            return true;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
