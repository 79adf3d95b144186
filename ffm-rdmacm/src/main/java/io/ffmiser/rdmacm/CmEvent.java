package io.ffmiser.rdmacm;

import io.ffmiser.verbs.Errno;
import org.jspecify.annotations.Nullable;

/**
 * One event of an {@link EventChannel} (rdma_get_cm_event(3)). It holds copies: C's event was acknowledged before it was returned, so
 * that an event never keeps its id from being closed. A {@code switch} over the kinds has a default: later versions have more of them.
 */
public sealed interface CmEvent {
    /** Whose event it is; of a connection request, the new id. */
    CmId id();

    CmEventType type();

    /** 0, or why the operation failed: a negative error number, or a positive status of the transport. */
    default int status() {
        return 0;
    }

    /** The error in {@link #status}; null for success and for a status of the transport. */
    default @Nullable Errno errno() {
        return status() < 0 ? new Errno(-status()) : null;
    }

    /** The address was resolved, and the id is bound to a device. */
    record AddressResolved(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ADDR_RESOLVED;
        }
    }

    /** The address was not resolved: {@code ETIMEDOUT} where nobody has it, {@code ENODEV} where no device reaches it. */
    record AddressError(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ADDR_ERROR;
        }
    }

    /** The route was resolved: the id can connect. */
    record RouteResolved(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ROUTE_RESOLVED;
        }
    }

    /** The route was not resolved. */
    record RouteError(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ROUTE_ERROR;
        }
    }

    /**
     * Somebody asks for a connection, or for the datagram service.
     *
     * @param listener who was asked
     * @param id a new id on the listener's channel, bound to the device that the request came in by; the receiver of the event owns it, and
     *     accepts or rejects, and closes it
     * @param peer what the request says
     */
    record ConnectRequest(CmId listener, CmId id, PeerParameters peer) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.CONNECT_REQUEST;
        }
    }

    /** The peer accepted, and the id has no queue pair of its own: take the queue pair to RTS and call {@link CmId#establish}. */
    record ConnectResponse(CmId id, ConnectionParameters peer) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.CONNECT_RESPONSE;
        }
    }

    /** Connecting failed. */
    record ConnectError(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.CONNECT_ERROR;
        }
    }

    /** The peer did not answer, or does not offer the datagram service. */
    record Unreachable(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.UNREACHABLE;
        }
    }

    /**
     * The peer, or its connection manager, said no.
     *
     * @param status InfiniBand and RoCE: the number of a {@link RejectReason}; iWARP: a negative error number
     * @param privateData as {@link PeerParameters#privateData}
     */
    record Rejected(CmId id, int status, byte[] privateData) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.REJECTED;
        }

        /** What the status means; null on iWARP, and for a number that InfiniBand does not use. */
        public @Nullable RejectReason reason() {
            return RejectReason.of(status);
        }
    }

    /**
     * The connection stands; for datagrams, the peer's queue pair and the way to it are known.
     *
     * @param peer what the peer's answer said, on the side that connected; on the side that accepted, nothing of use
     */
    record Established(CmId id, PeerParameters peer) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ESTABLISHED;
        }
    }

    /** The connection is gone, by either side's wish; the side that did not ask for it calls {@link CmId#disconnect} too. */
    record Disconnected(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.DISCONNECTED;
        }
    }

    /** The device is going away: close what was made on it, then the id. */
    record DeviceRemoval(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.DEVICE_REMOVAL;
        }
    }

    /**
     * The id is a member of the group, and its queue pair, if it has one and receives, is attached.
     *
     * @param to where sends to the group go
     */
    record MulticastJoin(CmId id, MulticastGroup group, DatagramParameters to) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.MULTICAST_JOIN;
        }
    }

    /** Joining failed, or the group is no more. */
    record MulticastError(CmId id, MulticastGroup group, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.MULTICAST_ERROR;
        }
    }

    /** The network interface that the id was resolved through is another now, as when a bond fails over. */
    record AddressChange(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ADDR_CHANGE;
        }
    }

    /** The connection's queue pair number may be used again. */
    record TimewaitExit(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.TIMEWAIT_EXIT;
        }
    }

    /** What {@link AddressInfo#resolveFor} asked for is there: {@link AddressInfo#resolvedFor}. */
    record AddressInfoResolved(CmId id) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ADDRINFO_RESOLVED;
        }
    }

    /** What {@link AddressInfo#resolveFor} asked for was not found. */
    record AddressInfoError(CmId id, int status) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.ADDRINFO_ERROR;
        }
    }

    /**
     * The application's own, by {@link CmId#writeEvent}.
     *
     * @param status what was written
     * @param argument what was written
     */
    record User(CmId id, int status, long argument) implements CmEvent {
        @Override
        public CmEventType type() {
            return CmEventType.USER;
        }
    }

    /**
     * An event that this library does not know, of a later librdmacm or kernel.
     *
     * @param type {@link CmEventType#UNKNOWN}, or {@link CmEventType#INTERNAL}
     * @param number what it is in {@code enum rdma_cm_event_type}
     */
    record Other(CmId id, CmEventType type, int number, int status) implements CmEvent {}
}
