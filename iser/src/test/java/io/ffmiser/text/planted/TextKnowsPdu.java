package io.ffmiser.text.planted;

import io.ffmiser.iscsi.pdu.Pdu;

/** A violation that ArrowsTest must find. */
public final class TextKnowsPdu {
    private TextKnowsPdu() {}

    public static Class<?> planted() {
        return Pdu.class;
    }
}
