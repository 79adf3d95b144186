package io.ffmiser.initiator;

/** Learns that a request is done, on the thread of the session's poller. */
@FunctionalInterface
public interface ScsiCallback {
    /**
     * The request is done, its buffer is the caller's again and out of the target's reach, and it may be submitted again, here and
     * now. Must not block.
     */
    void onCompleted(ScsiRequest request);
}
