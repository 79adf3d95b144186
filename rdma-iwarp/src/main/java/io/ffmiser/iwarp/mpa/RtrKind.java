package io.ffmiser.iwarp.mpa;

/** The empty message with which the initiator opens a peer-to-peer connection (RFC 6581 section 9.2). */
public enum RtrKind {
    /** A zero-length RDMA Write. Preferred: it consumes nothing and asks for no answer. */
    WRITE,
    /** A zero-length RDMA Read, which the responder answers with a zero-length Read Response. */
    READ,
    /** A zero-length Send. It consumes a receive of the responder. */
    SEND
}
