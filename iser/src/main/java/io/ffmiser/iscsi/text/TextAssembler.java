package io.ffmiser.iscsi.text;

import io.ffmiser.iscsi.pdu.ProtocolError;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Joins text that the C bit spread over several PDUs, of which a pair may be cut anywhere (RFC 7143 sections 6.2 and 11.12.2). */
public final class TextAssembler {
    private final int maxLength;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream(0);

    /** Takes at most so many octets together. */
    public TextAssembler(int maxLength) {
        this.maxLength = maxLength;
    }

    /**
     * Adds a data segment.
     *
     * @return null if it is still within the limit
     */
    public @Nullable ProtocolError append(byte[] segment) {
        if (segment.length > maxLength - text.size()) {
            return ProtocolError.protocolError("more than " + maxLength + " octets of text");
        }
        text.writeBytes(segment);
        return null;
    }

    /** The octets together; starts anew. */
    public byte[] take() {
        byte[] whole = text.toByteArray();
        text.reset();
        return whole;
    }
}
