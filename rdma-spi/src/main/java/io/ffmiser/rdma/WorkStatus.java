package io.ffmiser.rdma;

/** How a work request ended; after anything but {@link #SUCCESS} the connection is in error. Names as in {@code ibv_wc_status}. */
public enum WorkStatus {
    SUCCESS,
    /** A message did not fit the receive posted for it. */
    LOCAL_LENGTH_ERROR,
    /** A local queue-pair error, such as a Read where ORD is 0. */
    LOCAL_OPERATION_ERROR,
    /** A local range or right was violated. */
    LOCAL_PROTECTION_ERROR,
    /** The connection had ended before the request was executed, or while it was. */
    FLUSHED,
    /** The peer named an STag to invalidate that is not one of ours. */
    REMOTE_INVALID_REQUEST,
    /** The peer refused access to its memory. */
    REMOTE_ACCESS_ERROR,
    /** The peer could not do it, for a reason of its own. */
    REMOTE_OPERATION_ERROR,
    /** The peer did not answer, after all retries. */
    RETRY_EXCEEDED,
    /**
     * The peer was there, and had no receive posted for a Send, after all retries (RNR NAK). Not on iWARP: a Send is complete there
     * before the peer looks for a receive, and the connection ends as a {@link DisconnectCause.RemoteError} (RFC 5041 section 7.2).
     */
    RNR_RETRY_EXCEEDED,
    /** Anything else; the log has the device's own code. */
    GENERAL_ERROR
}
