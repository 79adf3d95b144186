package io.ffmiser.iwarp;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The staging and read-ahead buffers of one poller. A connection holds a staging buffer only while octets wait in it, and the
 * read-ahead only while it is being served, so that an idle connection costs neither.
 */
final class BufferPool {
    private static final int DROPPED_BYTES = 1 << 13;

    private final ArrayDeque<TransmitBuffer> transmit = new ArrayDeque<>();
    private final ByteBuffer readAhead;
    private final ByteBuffer dropped = ByteBuffer.allocateDirect(DROPPED_BYTES);

    BufferPool(IwarpSettings settings) {
        readAhead = ByteBuffer.allocateDirect(settings.readAheadBytes());
    }

    TransmitBuffer takeTransmit() {
        TransmitBuffer buffer = transmit.poll();
        return buffer != null ? buffer : new TransmitBuffer();
    }

    /** Takes an empty one back. There are as many as were ever needed at once. */
    void give(TransmitBuffer buffer) {
        transmit.push(buffer);
    }

    /** The one read-ahead: whoever uses it leaves nothing in it that it still needs. */
    ByteBuffer readAhead() {
        return readAhead;
    }

    /** Where to put what nobody reads. Not the read-ahead: a connection may be closed while another's octets lie there. */
    ByteBuffer dropped() {
        return dropped;
    }
}
