package io.ffmiser.rdmacm;

/** What the peer said of itself when it asked for a connection or answered: by the kind of its port space. */
public sealed interface PeerParameters permits ConnectionParameters, DatagramParameters {
    /**
     * What its application wrote into the request, the answer or the rejection; on InfiniBand and RoCE padded with zeros to the length that
     * the message has (rdma_get_cm_event(3)), so that an application needs a length of its own.
     */
    byte[] privateData();

    /** The peer's queue pair. */
    int queuePairNumber();
}
