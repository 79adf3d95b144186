package io.ffmiser.datamover;

import java.net.InetSocketAddress;

/**
 * A connection as the target's composition root makes it of a peer's request: carries the login first, and is the datamover then. Owned
 * by whoever made it. On the poller's thread.
 */
public interface TargetTransport extends TargetDatamover, LoginChannel, AutoCloseable {
    InetSocketAddress localAddress();

    InetSocketAddress remoteAddress();

    /** What a login must know of it. */
    TransportCapabilities capabilities();

    /**
     * Accepts, once.
     *
     * <p>The end is reported to the login listener until {@link #enableDatamover} is called and to the datamover listener after it; that of
     * {@link #connectionTerminate} always to the latter.
     */
    void start(LoginChannel.Listener login, TargetDatamoverListener listener);

    /** Ends at once, without a call up. Does nothing once the end was reported. */
    @Override
    void close();
}
