package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Operation;
import org.jspecify.annotations.Nullable;

/** A request on its way to the peer. Reused. */
final class Packet {
    Operation operation = Operation.SEND;
    boolean invalidates;
    int stag;
    long remoteOffset;
    long total;
    /** Where its bytes are read from as they are delivered; null if they have left in {@link #bytes}. */
    @Nullable
    SimWork work;

    byte[] bytes = new byte[0];
    long arrival;
    long delivered;
    boolean begun;
}
