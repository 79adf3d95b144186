package io.ffmiser.rdma;

/** What a completion completes. */
public enum Operation {
    SEND,
    RDMA_WRITE,
    RDMA_READ,
    RECEIVE,
    LOCAL_INVALIDATE
}
