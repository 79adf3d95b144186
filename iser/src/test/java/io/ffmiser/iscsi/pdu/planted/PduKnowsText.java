package io.ffmiser.iscsi.pdu.planted;

import io.ffmiser.iscsi.text.TextKey;

/** A violation that ArrowsTest must find. */
public final class PduKnowsText {
    private PduKnowsText() {}

    public static Class<?> planted() {
        return TextKey.class;
    }
}
