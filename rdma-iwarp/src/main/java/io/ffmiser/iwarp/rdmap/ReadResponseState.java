package io.ffmiser.iwarp.rdmap;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import org.jspecify.annotations.Nullable;

/**
 * The requester's view of the RDMA Read Response that comes next: to the given sink and of exactly the given length (RFC 5040 section
 * 5.2.2). Reused from one read to the next. Not thread-safe.
 */
public final class ReadResponseState {
    private boolean awaiting;
    private int stag;
    private long nextOffset;
    private long left;

    /** Expects the response to the oldest outstanding Read Request. */
    public void expect(int sinkStag, long sinkOffset, long size) {
        awaiting = true;
        stag = sinkStag;
        nextOffset = sinkOffset;
        left = size;
    }

    /** Whether a response is expected that has not ended. */
    public boolean isAwaiting() {
        return awaiting;
    }

    /**
     * Checks a Read Response segment and, if it is right, counts it. After the last one {@link #isAwaiting()} is false.
     *
     * @return null if the segment is right; else what is wrong, and nothing has changed
     */
    public @Nullable TerminateCode admit(int sinkStag, long sinkOffset, int payloadLength, boolean last) {
        if (!awaiting) {
            return RdmapError.UNEXPECTED_OPCODE;
        }
        // RFC 5041 section 5.2: STag and TO of a segment without payload mean nothing.
        if (payloadLength > 0 && sinkStag != stag) {
            return DdpError.INVALID_STAG;
        }
        if ((payloadLength > 0 && sinkOffset != nextOffset)
                || payloadLength > left
                || last != (payloadLength == left)) {
            return DdpError.BASE_OR_BOUNDS;
        }
        nextOffset += payloadLength;
        left -= payloadLength;
        awaiting = !last;
        return null;
    }
}
