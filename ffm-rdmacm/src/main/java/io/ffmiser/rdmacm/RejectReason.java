package io.ffmiser.rdmacm;

import org.jspecify.annotations.Nullable;

/** Why a connection was rejected, where the peer or its connection manager said it in InfiniBand's numbers (IBA 12.6.7.2; {@code ib_cm.h}). */
public enum RejectReason {
    NO_QUEUE_PAIR(1),
    NO_EE_CONTEXT(2),
    NO_RESOURCES(3),
    TIMEOUT(4),
    UNSUPPORTED_REQUEST(5),
    INVALID_COMMUNICATION_ID(6),
    INVALID_COMMUNICATION_INSTANCE(7),
    /** Nobody listens on the port. */
    INVALID_SERVICE_ID(8),
    INVALID_TRANSPORT_TYPE(9),
    STALE_CONNECTION(10),
    RDC_DOES_NOT_EXIST(11),
    INVALID_GID(12),
    INVALID_LID(13),
    INVALID_SERVICE_LEVEL(14),
    INVALID_TRAFFIC_CLASS(15),
    INVALID_HOP_LIMIT(16),
    INVALID_PACKET_RATE(17),
    INVALID_ALTERNATE_GID(18),
    INVALID_ALTERNATE_LID(19),
    INVALID_ALTERNATE_SERVICE_LEVEL(20),
    INVALID_ALTERNATE_TRAFFIC_CLASS(21),
    INVALID_ALTERNATE_HOP_LIMIT(22),
    INVALID_ALTERNATE_PACKET_RATE(23),
    PORT_AND_CM_REDIRECTION(24),
    PORT_REDIRECTION(25),
    INVALID_MTU(26),
    INSUFFICIENT_RESPONDER_RESOURCES(27),
    /** The application that listens rejected it: rdma_reject(3). */
    CONSUMER_DEFINED(28),
    INVALID_RNR_RETRY(29),
    DUPLICATE_LOCAL_COMMUNICATION_ID(30),
    INVALID_CLASS_VERSION(31),
    INVALID_FLOW_LABEL(32),
    INVALID_ALTERNATE_FLOW_LABEL(33),
    /** The application that listens cannot do the enhanced connection establishment that was asked for: rdma_reject_ece. */
    VENDOR_OPTION_NOT_SUPPORTED(35);

    private final int number;

    RejectReason(int number) {
        this.number = number;
    }

    /** The number on the wire. */
    public int number() {
        return number;
    }

    /** The reason with a number; null where the number has none, as the negative error numbers of iWARP. */
    public static @Nullable RejectReason of(int number) {
        for (RejectReason reason : values()) {
            if (reason.number == number) {
                return reason;
            }
        }
        return null;
    }
}
