package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The options of an id (rdma_set_option(3)). There is no way to ask for their values. */
public final class CmOptions {
    private final CmId id;

    CmOptions(CmId id) {
        this.id = id;
    }

    /** The type of service of the packets: DSCP in the upper six bits (RFC 2474); before resolving the route. */
    public void typeOfService(int octet) {
        setByte(LibRdmacm.RDMA_OPTION_ID_TOS(), octet, 255);
    }

    /** Whether the id may be bound to an address and port that others have too, as long as nobody listens there; before binding. */
    public void reuseAddress(boolean reuse) {
        setInt(LibRdmacm.RDMA_OPTION_ID_REUSEADDR(), reuse ? 1 : 0);
    }

    /** Whether a listener at an IPv6 wildcard leaves IPv4 alone; before binding. */
    public void addressFamilyOnly(boolean only) {
        setInt(LibRdmacm.RDMA_OPTION_ID_AFONLY(), only ? 1 : 0);
    }

    /** How long the queue pair waits for an acknowledgement: 4.096 us times two to this power, 0 to 31; before connecting. */
    public void ackTimeout(int exponent) {
        setByte(LibRdmacm.RDMA_OPTION_ID_ACK_TIMEOUT(), exponent, 31);
    }

    /**
     * Any option, as rdma_cma.h has it.
     *
     * @param level {@code RDMA_OPTION_ID} is 0, {@code RDMA_OPTION_IB} is 1
     * @param value as C has it in memory; copied
     */
    public void set(int level, int name, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, value);
            id.invoke(CmCalls.SET_OPTION, level, name, copy, (long) value.length);
        }
    }

    private void setByte(int name, int value, int most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(value + " is not within 0 and " + most);
        }
        set(LibRdmacm.RDMA_OPTION_ID(), name, new byte[] {(byte) value});
    }

    private void setInt(int name, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_INT, value);
            id.invoke(CmCalls.SET_OPTION, LibRdmacm.RDMA_OPTION_ID(), name, copy, copy.byteSize());
        }
    }
}
