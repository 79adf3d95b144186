package io.ffmiser.iwarp;

import io.ffmiser.rdma.ConnectionCost;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.ProtectionDomain;
import java.util.HashSet;
import java.util.Set;

/** The one software device of a poller. */
final class IwarpDevice implements Device {
    static final int MAX_SGE = 16;
    static final int MAX_QUEUE_DEPTH = 16_384;

    /** With the four octets of enhanced set-up this fills what kernels' connection managers can carry. */
    static final int MAX_PRIVATE_DATA = 251;

    /** A place of the send queue with one scatter/gather entry, its STag included; of the receive queue; and what comes with neither. */
    private static final long SEND_HEAP_BYTES = 256;

    private static final long RECEIVE_HEAP_BYTES = 32;
    private static final long OTHER_HEAP_BYTES = 16 << 10;

    /** Headers, trailers and markers, beside the staging buffer. */
    private static final long HEADER_BYTES = 1 << 10;

    private final IwarpPoller poller;
    private final DeviceCapabilities capabilities;
    private final Set<IwarpDomain> domains = new HashSet<>();

    IwarpDevice(IwarpPoller poller, IwarpSettings settings) {
        this.poller = poller;
        capabilities = new DeviceCapabilities(
                MAX_SGE,
                1,
                Integer.MAX_VALUE,
                MAX_QUEUE_DEPTH,
                settings.maxReads(),
                MAX_PRIVATE_DATA,
                false,
                true,
                true,
                true,
                false,
                true,
                true);
    }

    IwarpPoller poller() {
        return poller;
    }

    @Override
    public String name() {
        return IwarpProvider.NAME;
    }

    @Override
    public DeviceCapabilities capabilities() {
        return capabilities;
    }

    /** A blocked connection holds a staging buffer; regions are plain direct buffers. */
    ConnectionCost connectionCost(ConnectionOptions options) {
        long sends = options.sendDepth() * (SEND_HEAP_BYTES + 16L * (options.maxSge() - 1));
        return new ConnectionCost(
                sends + options.receiveDepth() * RECEIVE_HEAP_BYTES + OTHER_HEAP_BYTES,
                TransmitBuffer.STAGING_BYTES + HEADER_BYTES,
                true,
                1);
    }

    @Override
    public ProtectionDomain allocateProtectionDomain() {
        poller.checkOpen();
        IwarpDomain domain = new IwarpDomain(this);
        domains.add(domain);
        return domain;
    }

    Set<IwarpDomain> domains() {
        return domains;
    }

    void closed(IwarpDomain domain) {
        domains.remove(domain);
    }
}
