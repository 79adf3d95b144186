package io.ffmiser.rdmacm;

/** An option of an {@link RdmaSocket} whose value is an int (rsocket(7)); those of queues and mappings are set before it connects or listens. */
public enum RdmaSocketOption {
    /** Requests that the send queue takes: {@code RDMA_SQSIZE}. */
    SEND_QUEUE(Levels.RDMA, 0),
    /** Receives that the receive queue takes: {@code RDMA_RQSIZE}. */
    RECEIVE_QUEUE(Levels.RDMA, 1),
    /** Bytes that travel in a request itself: {@code RDMA_INLINE}. */
    INLINE_BYTES(Levels.RDMA, 2),
    /** Mappings that this end offers to its peer: {@code RDMA_IOMAPSIZE}; 0 at first. */
    IO_MAPPINGS(Levels.RDMA, 3),
    /** Whether others may bind the address too, 0 or 1: {@code SO_REUSEADDR}. */
    REUSE_ADDRESS(Levels.SOCKET, 2),
    /** The pending error, an errno, or 0; asked for only: {@code SO_ERROR}. */
    ERROR(Levels.SOCKET, 4),
    /** Bytes of the send buffer; librdmacm takes twice as many: {@code SO_SNDBUF}. */
    SEND_BUFFER(Levels.SOCKET, 7),
    /** Bytes of the receive buffer; librdmacm takes twice as many: {@code SO_RCVBUF}. */
    RECEIVE_BUFFER(Levels.SOCKET, 8),
    /** Whether an idle connection is probed, 0 or 1: {@code SO_KEEPALIVE}. */
    KEEP_ALIVE(Levels.SOCKET, 9),
    /** Accepted and without effect, 0 or 1: {@code TCP_NODELAY}. */
    NO_DELAY(Levels.TCP, 1),
    /** Whether an IPv6 wildcard leaves IPv4 alone, 0 or 1: {@code IPV6_V6ONLY}. */
    IPV6_ONLY(Levels.IPV6, 26);

    /** The protocols that options belong to. */
    private static final class Levels {
        static final int SOCKET = 1;
        static final int TCP = 6;
        static final int IPV6 = 41;
        static final int RDMA = 0x10000;
    }

    private final int level;
    private final int number;

    RdmaSocketOption(int level, int number) {
        this.level = level;
        this.number = number;
    }

    int level() {
        return level;
    }

    int number() {
        return number;
    }
}
