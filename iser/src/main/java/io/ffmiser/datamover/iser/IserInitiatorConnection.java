package io.ffmiser.datamover.iser;

import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.Route;

/** The initiator's side of an iSER connection. */
public abstract non-sealed class IserInitiatorConnection extends IserConnection {
    IserInitiatorConnection() {}

    /**
     * Makes the connection, which uses the route up; {@link #start} connects it.
     *
     * @throws io.ffmiser.rdma.RdmaException if resources are short
     */
    public static IserInitiatorConnection create(Route route, ProtectionDomain domain, IserSettings settings) {
        if (settings.maxTasks() > 0) {
            throw new UnsupportedOperationException("unfinished");
        }
        throw new IllegalStateException();
    }
}
