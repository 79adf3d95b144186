package io.ffmiser.rdma;

/**
 * What connect and accept carry, like {@code rdma_conn_param}.
 *
 * @param privateData at most {@link DeviceCapabilities#maxPrivateDataBytes()}; empty for none
 * @param responderResources IRD: how many of the peer's RDMA Reads to serve at once
 * @param initiatorDepth ORD: how many of our RDMA Reads to have outstanding
 */
public record ConnectionParameters(byte[] privateData, int responderResources, int initiatorDepth) {
    public ConnectionParameters {
        privateData = privateData.clone();
        if (responderResources < 0 || initiatorDepth < 0) {
            throw new IllegalArgumentException("depths are negative: " + responderResources + ", " + initiatorDepth);
        }
    }

    @Override
    public byte[] privateData() {
        return privateData.clone();
    }
}
