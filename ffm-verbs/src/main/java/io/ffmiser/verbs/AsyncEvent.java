package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_async_event;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Something that happened on an open device (struct ibv_async_event, ibv_get_async_event(3)). Closing acknowledges it: until then the
 * destruction of the object that it concerns waits, so that whoever handles the event can still use the object.
 */
public abstract sealed class AsyncEvent implements AutoCloseable {
    private final Context context;
    private final AsyncEventType type;
    private final long element;
    private boolean acknowledged;

    private AsyncEvent(Context context, AsyncEventType type, long element) {
        this.context = context;
        this.type = type;
        this.element = element;
    }

    /** It concerns a queue or a queue pair. */
    public static final class OfObject extends AsyncEvent {
        private OfObject(Context context, AsyncEventType type, long element) {
            super(context, type, element);
        }

        /** Whether it concerns this completion queue, queue pair, shared receive queue or work queue. */
        public boolean concerns(NativeObject object) {
            return !object.isClosed() && object.pointer().address() == super.element;
        }
    }

    /** It concerns a port. */
    public static final class OfPort extends AsyncEvent {
        private OfPort(Context context, AsyncEventType type, long element) {
            super(context, type, element);
        }

        /** The port, from 1. */
        public int port() {
            return (int) super.element;
        }
    }

    /** It concerns the device, or what a later library says. */
    public static final class OfDevice extends AsyncEvent {
        private OfDevice(Context context, AsyncEventType type, long element) {
            super(context, type, element);
        }
    }

    static AsyncEvent readFrom(Context context, MemorySegment from) {
        AsyncEventType type =
                Constants.find(AsyncEventType.class, ibv_async_event.event_type(from), AsyncEventType.UNKNOWN);
        MemorySegment element = ibv_async_event.element(from);
        return switch (type) {
            case CQ_ERR,
                    QP_FATAL,
                    QP_REQ_ERR,
                    QP_ACCESS_ERR,
                    COMM_EST,
                    SQ_DRAINED,
                    PATH_MIG,
                    PATH_MIG_ERR,
                    SRQ_ERR,
                    SRQ_LIMIT_REACHED,
                    QP_LAST_WQE_REACHED,
                    WQ_FATAL ->
                new OfObject(context, type, ibv_async_event.element.qp(element).address());
            case PORT_ACTIVE, PORT_ERR, LID_CHANGE, PKEY_CHANGE, SM_CHANGE, CLIENT_REREGISTER, GID_CHANGE ->
                new OfPort(context, type, ibv_async_event.element.port_num(element));
            case DEVICE_FATAL, UNKNOWN -> new OfDevice(context, type, 0);
        };
    }

    public final Context context() {
        return context;
    }

    public final AsyncEventType type() {
        return type;
    }

    /** Acknowledges it (ibv_ack_async_event(3)). A second call does nothing. */
    @Override
    public final void close() {
        if (acknowledged) {
            return;
        }
        acknowledged = true;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = ibv_async_event.allocate(arena);
            ibv_async_event.event_type(event, (int) type.value());
            ibv_async_event.element.qp(ibv_async_event.element(event), MemorySegment.ofAddress(element));
            LibIbverbs.ibv_ack_async_event(event);
        }
    }

    @Override
    public final String toString() {
        return type + " on " + context.device().name();
    }
}
