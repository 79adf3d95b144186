package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.rdma_cm_event;
import io.ffmiser.rdmacm.gen.rdma_conn_param;
import io.ffmiser.rdmacm.gen.rdma_ud_param;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** From {@code struct rdma_cm_event} to a value that needs it no longer. */
final class CmEventReader {
    private static final CmEventType[] TYPES = CmEventType.values();

    private CmEventReader() {}

    /** The event of an id of the channel; a connection request's new id becomes one of it. */
    static CmEvent read(MemorySegment event, EventChannel channel) {
        MemorySegment idPointer = rdma_cm_event.id(event);
        if (type(event) == CmEventType.CONNECT_REQUEST) {
            CmId listener = channel.find(rdma_cm_event.listen_id(event));
            PeerParameters peer =
                    peer(event, CmId.portSpace(idPointer)); // before there is an id that would have to be closed
            return new CmEvent.ConnectRequest(listener, CmId.requested(idPointer, channel), peer);
        }
        return read(event, channel.find(idPointer));
    }

    /** The event of a known id, any but a connection request. */
    static CmEvent read(MemorySegment event, CmId id) {
        int status = rdma_cm_event.status(event);
        return switch (type(event)) {
            case ADDR_RESOLVED -> new CmEvent.AddressResolved(id);
            case ADDR_ERROR -> new CmEvent.AddressError(id, status);
            case ROUTE_RESOLVED -> new CmEvent.RouteResolved(id);
            case ROUTE_ERROR -> new CmEvent.RouteError(id, status);
            case CONNECT_REQUEST -> throw new IllegalStateException("a connection request makes a new id");
            case CONNECT_RESPONSE -> new CmEvent.ConnectResponse(id, connection(event));
            case CONNECT_ERROR -> new CmEvent.ConnectError(id, status);
            case UNREACHABLE -> new CmEvent.Unreachable(id, status);
            case REJECTED -> new CmEvent.Rejected(id, status, connection(event).privateData());
            case ESTABLISHED -> new CmEvent.Established(id, peer(event, id.portSpace()));
            case DISCONNECTED -> new CmEvent.Disconnected(id, status);
            case DEVICE_REMOVAL -> new CmEvent.DeviceRemoval(id);
            case MULTICAST_JOIN ->
                new CmEvent.MulticastJoin(id, group(event, id), DatagramParameters.readGroup(ud(event)));
            case MULTICAST_ERROR -> new CmEvent.MulticastError(id, group(event, id), status);
            case ADDR_CHANGE -> new CmEvent.AddressChange(id);
            case TIMEWAIT_EXIT -> new CmEvent.TimewaitExit(id);
            case ADDRINFO_RESOLVED -> new CmEvent.AddressInfoResolved(id);
            case ADDRINFO_ERROR -> new CmEvent.AddressInfoError(id, status);
            case USER -> new CmEvent.User(id, status, rdma_cm_event.param.arg(rdma_cm_event.param(event)));
            case INTERNAL, UNKNOWN -> new CmEvent.Other(id, type(event), rdma_cm_event.event(event), status);
        };
    }

    static PeerParameters peer(MemorySegment event, PortSpace space) {
        return space.isDatagram() ? DatagramParameters.read(ud(event)) : connection(event);
    }

    static CmEventType type(MemorySegment event) {
        int type = rdma_cm_event.event(event);
        return type < 0 || type >= TYPES.length ? CmEventType.UNKNOWN : TYPES[type];
    }

    private static ConnectionParameters connection(MemorySegment event) {
        return ConnectionParameters.read(rdma_cm_event.param(event).asSlice(0, rdma_conn_param.sizeof()));
    }

    private static MemorySegment ud(MemorySegment event) {
        return rdma_cm_event.param(event).asSlice(0, rdma_ud_param.sizeof());
    }

    /** The context of a join comes back where other events have private data. */
    private static MulticastGroup group(MemorySegment event, CmId id) {
        @Nullable
        MulticastGroup group = id.group(rdma_ud_param.private_data(ud(event)).address());
        if (group == null) {
            throw new IllegalStateException("an event of a multicast group that " + id + " did not join");
        }
        return group;
    }
}
