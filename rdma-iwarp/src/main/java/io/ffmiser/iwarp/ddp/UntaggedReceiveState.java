package io.ffmiser.iwarp.ddp;

import org.jspecify.annotations.Nullable;

/**
 * One untagged queue in the receiving direction: which message and which offset come next (RFC 5041 sections 4.3 and 7.1). On TCP
 * everything comes in order, so nothing else is right. Not thread-safe.
 */
public final class UntaggedReceiveState {
    /** As buffer length: no receive is posted. */
    public static final int NO_RECEIVE = -1;

    // RFC 5041 section 4.3: the first message has MSN 1.
    private int expectedMsn;
    private int filled;
    private boolean open;

    public UntaggedReceiveState() {
        this(1);
    }

    UntaggedReceiveState(int firstMsn) {
        expectedMsn = firstMsn;
    }

    /** The MSN of the message that is open or comes next. */
    public int expectedMsn() {
        return expectedMsn;
    }

    /** Octets of the open message so far: where the next segment's payload goes. */
    public int filled() {
        return filled;
    }

    /** Whether a message has begun and its last segment has not come. */
    public boolean isOpen() {
        return open;
    }

    /**
     * Checks a segment and, if it is right, counts it: read {@link #filled()} for its place before the call.
     *
     * @param bufferLength of the receive for the open or next message, or {@link #NO_RECEIVE}
     * @return null if the segment is right; else what is wrong, and nothing has changed
     */
    public @Nullable DdpError admit(int msn, int messageOffset, int payloadLength, boolean last, int bufferLength) {
        if (msn != expectedMsn) {
            return DdpError.MSN_OUT_OF_RANGE;
        }
        if (bufferLength == NO_RECEIVE) {
            return DdpError.NO_BUFFER;
        }
        if (messageOffset != filled) {
            return DdpError.INVALID_MESSAGE_OFFSET;
        }
        if (payloadLength > bufferLength - filled) {
            return DdpError.MESSAGE_TOO_LONG;
        }
        if (last) {
            expectedMsn++;
            filled = 0;
        } else {
            filled += payloadLength;
        }
        open = !last;
        return null;
    }
}
