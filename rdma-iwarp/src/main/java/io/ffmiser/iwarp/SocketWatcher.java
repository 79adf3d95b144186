package io.ffmiser.iwarp;

/** What the selector reports to: the attachment of a key. */
abstract class SocketWatcher {
    /** Whether it waits in the poller's list of ready ones. */
    boolean listed;

    /** Runs inside {@code poll}, after the selector has reported the socket. Returns events handled. */
    abstract int ready();

    /**
     * Something that nobody foresaw was thrown while it made progress: what it watches ends, and only that. A listener has nothing to
     * end, it goes on.
     */
    void broken(Throwable cause) {}
}
