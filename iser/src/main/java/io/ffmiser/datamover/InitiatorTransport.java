package io.ffmiser.datamover;

/**
 * A connection as the initiator's composition root makes it: carries the login first, and is the datamover then. Owned by whoever made
 * it. On the poller's thread.
 */
public interface InitiatorTransport extends InitiatorDatamover, LoginChannel, AutoCloseable {
    /**
     * Connects, once.
     *
     * <p>The end is reported to the login listener until {@link #enableDatamover} is called and to the datamover listener after it; that of
     * {@link #connectionTerminate} always to the latter.
     */
    void start(LoginChannel.Listener login, InitiatorDatamoverListener listener);

    /** Ends at once, without a call up. Does nothing once the end was reported. */
    @Override
    void close();
}
