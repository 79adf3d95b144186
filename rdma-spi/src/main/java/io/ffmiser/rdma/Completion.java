package io.ffmiser.rdma;

/**
 * The outcome of one work request: a flyweight that is valid only during {@link ConnectionHandler#onCompletion}.
 */
public interface Completion {
    /** As given when the work was posted. */
    long workId();

    /** A value; an unsuccessful one never throws. */
    WorkStatus status();

    /** Undefined unless the status is SUCCESS. */
    Operation operation();

    /** For a receive or a Read: how many bytes were placed. */
    int byteLength();

    /** For a receive: whether the Send carried an STag to invalidate, which was one of this connection's and is now invalid. */
    boolean invalidated();

    /** The STag invalidated, if {@link #invalidated()}. */
    int invalidatedStag();
}
