package io.ffmiser.rdmacm;

/** What an id's port numbers are ports of, and with it the queue pair type (rdma_create_id(3)). */
public enum PortSpace {
    /** Reliable, connected: the ports of TCP. */
    TCP(0x0106),
    /** Unreliable datagrams: the ports of UDP. */
    UDP(0x0111),
    /** Any InfiniBand service id, over AF_IB addresses; only InfiniBand hardware has it. */
    IB(0x013F),
    /** Datagrams that reach IP over InfiniBand interfaces and their multicast groups. */
    IPOIB(0x0002),
    /** One of a later librdmacm; no id can be created in it. */
    UNKNOWN(-1);

    private final int number;

    PortSpace(int number) {
        this.number = number;
    }

    /** Of {@code enum rdma_port_space}. */
    int number() {
        return number;
    }

    /** Whether ids of this space carry datagrams, whose events have {@link DatagramParameters}. */
    public boolean isDatagram() {
        return this == UDP || this == IPOIB;
    }

    /** The number, to be given to C. */
    int requireNumber() {
        if (this == UNKNOWN) {
            throw new IllegalArgumentException("a port space that has no name here cannot be asked for");
        }
        return number;
    }

    static PortSpace of(int number) {
        for (PortSpace space : values()) {
            if (space.number == number) {
                return space;
            }
        }
        return UNKNOWN;
    }
}
