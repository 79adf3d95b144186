package io.ffmiser.rdma;

/** An RDMA device as seen by one poller. Lives as long as the poller. */
public interface Device {
    /** Such as {@code mlx5_0}, or {@code iwarp} for the software device. */
    String name();

    DeviceCapabilities capabilities();

    /** A new, empty protection domain; the caller closes it. */
    ProtectionDomain allocateProtectionDomain();
}
