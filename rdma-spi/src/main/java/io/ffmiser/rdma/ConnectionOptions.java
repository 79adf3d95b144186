package io.ffmiser.rdma;

/**
 * The sizes of a connection's queues.
 *
 * @param sendDepth how many send-queue requests (Sends, Writes, Reads, invalidates) may be outstanding
 * @param receiveDepth how many receives may be posted
 * @param maxSge scatter/gather entries per send-queue request, at most {@link DeviceCapabilities#maxSge()}
 * @param exposures how many {@link Exposure}s may exist on it
 */
public record ConnectionOptions(int sendDepth, int receiveDepth, int maxSge, int exposures) {
    public ConnectionOptions {
        if (sendDepth < 1 || receiveDepth < 1 || maxSge < 1 || exposures < 0) {
            throw new IllegalArgumentException("sendDepth " + sendDepth + ", receiveDepth " + receiveDepth
                    + " and maxSge " + maxSge + " must be 1 or more, exposures " + exposures + " 0 or more");
        }
    }
}
