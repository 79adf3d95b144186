package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Listener;
import java.net.InetSocketAddress;

final class SimListener implements Listener {
    final SimPoller poller;
    final ListenHandler handler;
    final int backlog;
    /** Requests that wait for {@link ListenHandler#onConnectRequest}. */
    int waiting;

    boolean closed;
    private final InetSocketAddress local;

    SimListener(SimPoller poller, InetSocketAddress local, int backlog, ListenHandler handler) {
        this.poller = poller;
        this.local = local;
        this.backlog = backlog;
        this.handler = handler;
        poller.listeners.add(this);
        poller.fabric.counters.liveListeners++;
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            poller.listeners.remove(this);
            poller.fabric.counters.liveListeners--;
            poller.fabric.connectionManager.closed(this);
        }
    }

    @Override
    public String toString() {
        return "listener on " + local;
    }
}
