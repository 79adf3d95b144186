package io.ffmiser.datamover.iser;

import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.ProtectionDomain;

/** The target's side of an iSER connection. */
public abstract non-sealed class IserTargetConnection extends IserConnection {
    IserTargetConnection() {}

    /**
     * Makes the connection; {@link #start} accepts it.
     *
     * @throws io.ffmiser.rdma.RdmaException if resources are short; the caller rejects the request
     */
    public static IserTargetConnection create(
            ConnectionRequest request, ProtectionDomain domain, IserSettings settings) {
        if (settings.maxTasks() > 0) {
            throw new UnsupportedOperationException("unfinished");
        }
        throw new IllegalStateException();
    }
}
