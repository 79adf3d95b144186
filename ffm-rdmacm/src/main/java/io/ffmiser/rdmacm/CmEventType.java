package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.verbs.internal.NativeLibrary;

/** What a connection manager event tells (rdma_get_cm_event(3)); in the order of {@code enum rdma_cm_event_type}, and one for later numbers. */
public enum CmEventType {
    ADDR_RESOLVED,
    ADDR_ERROR,
    ROUTE_RESOLVED,
    ROUTE_ERROR,
    CONNECT_REQUEST,
    CONNECT_RESPONSE,
    CONNECT_ERROR,
    UNREACHABLE,
    REJECTED,
    ESTABLISHED,
    DISCONNECTED,
    DEVICE_REMOVAL,
    MULTICAST_JOIN,
    MULTICAST_ERROR,
    ADDR_CHANGE,
    TIMEWAIT_EXIT,
    /** Since rdma-core 60, as the two that follow. */
    ADDRINFO_RESOLVED,
    ADDRINFO_ERROR,
    USER,
    /** Between librdmacm and the kernel; an application does not see it. */
    INTERNAL,
    /** A number that this library does not know: {@link CmEvent.Other#number}. */
    UNKNOWN;

    /**
     * The name that librdmacm gives it, such as {@code RDMA_CM_EVENT_ESTABLISHED} (rdma_event_str(3)); {@code UNKNOWN EVENT} for one that the
     * installed librdmacm does not know. Needs the library.
     */
    @SuppressWarnings({"restricted", "EnumOrdinal"}) // a string constant of the library; the order is that of C
    public String description() {
        int number = this == UNKNOWN ? -1 : ordinal();
        return NativeLibrary.RDMACM
                .call("rdma_event_str", () -> LibRdmacm.rdma_event_str(number))
                .reinterpret(Long.MAX_VALUE)
                .getString(0);
    }
}
