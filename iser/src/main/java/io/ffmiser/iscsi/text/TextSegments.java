package io.ffmiser.iscsi.text;

import java.util.Arrays;

/** Text on its way out: cut into data segments, all but the last to be sent with the C bit. */
public final class TextSegments {
    private final int maxSegment;
    private byte[] text = {};
    private int sent;

    /** Segments of at most so many octets. */
    public TextSegments(int maxSegment) {
        this.maxSegment = maxSegment;
    }

    /** Starts a text; the one before must be through. */
    public void start(byte[] newText) {
        if (hasMore()) {
            throw new IllegalStateException("the text before has not been sent");
        }
        text = newText;
        sent = 0;
    }

    /** Whether another segment must follow. */
    public boolean hasMore() {
        return sent < text.length;
    }

    /** The next segment; empty if there is none. */
    public byte[] next() {
        int end = Math.min(text.length, sent + maxSegment);
        byte[] segment = Arrays.copyOfRange(text, sent, end);
        sent = end;
        return segment;
    }
}
