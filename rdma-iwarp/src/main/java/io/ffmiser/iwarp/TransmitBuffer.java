package io.ffmiser.iwarp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Octets on their way to a socket: a staging buffer for headers, trailers and small payload, and between its parts pieces of
 * registered memory, in stream order. Filled, then written as far as the socket takes it, and filled again when all is written.
 */
final class TransmitBuffer {
    /** Holds the headers of many small FPDUs and their payload; a write of more gains little. */
    static final int STAGING_BYTES = 1 << 16;

    private static final int MAX_PAYLOADS = IwarpRegion.PARALLEL_VIEWS;
    private static final int MAX_PIECES = 2 * MAX_PAYLOADS + 1;

    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private final ByteBuffer[] stagingViews = new ByteBuffer[MAX_PAYLOADS + 1];
    private final ByteBuffer[] gather = new ByteBuffer[MAX_PIECES];

    /** Null for a piece of the staging buffer. */
    private final @Nullable IwarpRegion[] regions = new @Nullable IwarpRegion[MAX_PIECES];

    /** The STag through which the peer reads the piece, if it does. */
    private final @Nullable StagEntry[] sources = new @Nullable StagEntry[MAX_PIECES];

    private final long[] offsets = new long[MAX_PIECES];
    private final int[] lengths = new int[MAX_PIECES];
    private int pieces;
    private int first;
    private int payloads;
    private int unlisted;
    private boolean gatherable = true;

    TransmitBuffer() {
        for (int i = 0; i < stagingViews.length; i++) {
            stagingViews[i] = staging.duplicate();
        }
    }

    /** What is put here is sent after all that was put or added before. */
    ByteBuffer staging() {
        return staging;
    }

    int stagingRoom() {
        return staging.remaining();
    }

    boolean hasRoomForPayload() {
        return payloads < MAX_PAYLOADS;
    }

    boolean isEmpty() {
        return first == pieces && unlisted == staging.position();
    }

    /**
     * Sends the piece from where it lies.
     *
     * @param source the STag through which the peer reads it, if it does
     */
    void addPayload(IwarpRegion region, long offset, int length, @Nullable StagEntry source) {
        listStaging();
        regions[pieces] = region;
        sources[pieces] = source;
        offsets[pieces] = offset;
        lengths[pieces] = length;
        pieces++;
        payloads++;
        gatherable &= region.gatherable();
    }

    private void listStaging() {
        int count = staging.position() - unlisted;
        if (count > 0) {
            regions[pieces] = null;
            offsets[pieces] = unlisted;
            lengths[pieces] = count;
            pieces++;
            unlisted = staging.position();
        }
    }

    /** Writes what the socket takes, and returns how many octets that was. */
    long write(SocketChannel channel, IwarpCounters counters) throws IOException {
        listStaging();
        long total = 0;
        while (first < pieces) {
            int count = 0;
            long offered = 0;
            // Only plain direct buffers are gathered without an allocation; else one piece at a time.
            int most = gatherable ? pieces - first : 1;
            while (count < most) {
                offered += lengths[first + count];
                gather[count] = view(first + count);
                count++;
            }
            counters.socketWrites++;
            long written = count == 1 ? channel.write(gather[0]) : channel.write(gather, 0, count);
            total += written;
            advance(written);
            if (written < offered) {
                return total;
            }
        }
        clear();
        return total;
    }

    private ByteBuffer view(int piece) {
        IwarpRegion region = regions[piece];
        if (region != null) {
            return region.view(piece >> 1, offsets[piece], lengths[piece]);
        }
        ByteBuffer view = stagingViews[piece >> 1];
        int start = (int) offsets[piece];
        view.limit(start + lengths[piece]);
        view.position(start);
        return view;
    }

    private void advance(long written) {
        long left = written;
        while (left > 0) {
            int count = (int) Math.min(left, lengths[first]);
            offsets[first] += count;
            lengths[first] -= count;
            left -= count;
            if (lengths[first] == 0) {
                regions[first] = null;
                sources[first] = null;
                first++;
            }
        }
    }

    /** Whether a piece that the peer reads through that STag is still to be written. */
    boolean names(StagEntry source) {
        for (int i = first; i < pieces; i++) {
            if (source.equals(sources[i])) {
                return true;
            }
        }
        return false;
    }

    /** How many octets are not yet written. */
    int octets() {
        listStaging();
        int total = 0;
        for (int i = first; i < pieces; i++) {
            total += lengths[i];
        }
        return total;
    }

    /** The octets not yet written, copied; the buffer is empty then. For the end of a connection. */
    ByteBuffer detach(int extra) {
        ByteBuffer copy = ByteBuffer.allocateDirect(octets() + extra);
        for (int i = first; i < pieces; i++) {
            copy.put(view(i));
        }
        clear();
        return copy;
    }

    /** Forgets everything. */
    void clear() {
        for (int i = first; i < pieces; i++) {
            regions[i] = null;
            sources[i] = null;
        }
        staging.clear();
        pieces = 0;
        first = 0;
        payloads = 0;
        unlisted = 0;
        gatherable = true;
    }
}
