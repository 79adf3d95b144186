package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.Datamover;
import io.ffmiser.datamover.DatamoverListener;
import io.ffmiser.datamover.LoginChannel;
import java.net.InetSocketAddress;

/**
 * One iSER connection (RFC 7145) over an RDMA connection: the login channel first, the datamover then. Made by {@link
 * IserInitiatorConnection#create} or {@link IserTargetConnection#create}.
 *
 * <p>Ownership: it owns the RDMA connection and its registered send and receive buffers, and closes them before it reports the end
 * ({@link LoginChannel.Listener#loginChannelClosed}, {@link DatamoverListener#connectionTerminateNotify} or {@link
 * DatamoverListener#connectionTerminated}); the protection domain stays the caller's. A PDU still retained then is gone with them.
 *
 * <p>Threads: everything on the poller's thread.
 */
public abstract sealed class IserConnection implements Datamover, LoginChannel, AutoCloseable
        permits IserInitiatorConnection, IserTargetConnection {

    /**
     * Begins: the initiator connects, the target posts its login receive and accepts.
     *
     * <p>The end is reported to the login listener until {@link #enableDatamover} is called and to the datamover listener after it;
     * that of {@link #connectionTerminate} always to the latter.
     */
    public abstract void start(LoginChannel.Listener login, DatamoverListener listener);

    public abstract InetSocketAddress localAddress();

    public abstract InetSocketAddress remoteAddress();

    /** How many receives of full feature phase the peer's PDUs can land in now: the most that a command window may promise. */
    public abstract int receivesPosted();

    /** Ends at once, without a call up. Does nothing once the end was reported. */
    @Override
    public abstract void close();
}
