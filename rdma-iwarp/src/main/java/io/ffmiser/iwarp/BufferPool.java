package io.ffmiser.iwarp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * The staging and read-ahead buffers of one poller. A connection holds a staging buffer only while octets wait in it, and the
 * read-ahead only while it is being served, so that an idle connection costs neither. Staging buffers that were not needed for a while
 * are let go, all but a few.
 */
final class BufferPool {
    /** So many spare staging buffers stay for good. */
    static final int KEPT = 4;

    /** A staging buffer beyond those goes when it was spare for so long. */
    static final long TRIM_NANOS = Duration.ofSeconds(10).toNanos();

    private static final int DROPPED_BYTES = 1 << 13;

    /** The one used last is first. */
    private final ArrayDeque<TransmitBuffer> transmit = new ArrayDeque<>();

    private final Consumer<Runnable> later;
    private final Runnable trim = this::trim;
    private final ByteBuffer readAhead;
    private final ByteBuffer dropped = ByteBuffer.allocateDirect(DROPPED_BYTES);
    private int fewestSpare;
    private boolean trimming;

    /** @param later runs a task in {@link #TRIM_NANOS} */
    BufferPool(IwarpSettings settings, Consumer<Runnable> later) {
        this.later = later;
        readAhead = ByteBuffer.allocateDirect(settings.readAheadBytes());
    }

    TransmitBuffer takeTransmit() {
        TransmitBuffer buffer = transmit.poll();
        fewestSpare = Math.min(fewestSpare, transmit.size());
        return buffer != null ? buffer : new TransmitBuffer();
    }

    /** Takes an empty one back. */
    void give(TransmitBuffer buffer) {
        transmit.push(buffer);
        trimLater();
    }

    private void trimLater() {
        if (!trimming && transmit.size() > KEPT) {
            trimming = true;
            fewestSpare = transmit.size();
            later.accept(trim);
        }
    }

    /** Lets go of those that stayed spare all the time. */
    private void trim() {
        trimming = false;
        for (int unused = fewestSpare; unused > 0 && transmit.size() > KEPT; unused--) {
            transmit.removeLast();
        }
        trimLater();
    }

    int spareCount() {
        return transmit.size();
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
