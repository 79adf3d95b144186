package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ResolveHandler;
import java.net.InetSocketAddress;

/** A search for a way to a peer, whose outcome the handler learns from a poll. */
final class SimResolution implements Poller.Resolution {
    private final SimPoller poller;
    private final ResolveHandler handler;
    private boolean over;

    SimResolution(SimPoller poller, ResolveHandler handler) {
        this.poller = poller;
        this.handler = handler;
    }

    void resolved(InetSocketAddress remote) {
        tell(() -> handler.onResolved(new SimRoute(poller, remote)));
    }

    void failed(String message) {
        tell(() -> handler.onResolveFailed(new DisconnectCause.Unreachable(message)));
    }

    private void tell(Runnable outcome) {
        poller.enqueueCall(() -> {
            if (!over) {
                over = true;
                outcome.run();
            }
        });
    }

    @Override
    public void cancel() {
        over = true;
    }
}
