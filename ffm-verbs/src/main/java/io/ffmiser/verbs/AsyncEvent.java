package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_async_event;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened on an open device (struct ibv_async_event, ibv_get_async_event(3)). Closing acknowledges it: until then the object
 * that it concerns cannot be closed, so that whoever handles the event can still use the object. What it tells stays readable.
 *
 * <p>A child of what it concerns, where that was made here, else of its context. Thread-safe.
 */
public abstract sealed class AsyncEvent extends NativeObject {
    private final Context context;
    private final AsyncEventType type;
    private final int number;
    private final long element;

    private AsyncEvent(Context context, Told told, NativeObject... parents) {
        super(told.event, parents);
        this.context = context;
        this.type = told.type;
        this.number = told.number;
        this.element = told.element;
    }

    /** What the C struct says, once it is known which member of its union is meant. */
    private record Told(MemorySegment event, AsyncEventType type, int number, long element) {}

    /** It concerns a queue or a queue pair. */
    public static final class OfObject extends AsyncEvent {
        private OfObject(Context context, Told told, NativeObject... parents) {
            super(context, told, parents);
        }

        /** Whether it concerns this completion queue, queue pair, shared receive queue or work queue. */
        public boolean concerns(NativeObject object) {
            return !object.isClosed() && object.pointer().address() == super.element;
        }
    }

    /** It concerns a port. */
    public static final class OfPort extends AsyncEvent {
        private OfPort(Context context, Told told) {
            super(context, told, context);
        }

        /** The port, from 1. */
        public int port() {
            return (int) super.element;
        }
    }

    /** It concerns the device, or what a later library says: {@link AsyncEvent#number}. */
    public static final class OfDevice extends AsyncEvent {
        private OfDevice(Context context, Told told) {
            super(context, told, context);
        }
    }

    /**
     * The event in a struct that it keeps.
     *
     * @return null where the object that it concerns is being closed: that waits for the acknowledgement, which was given
     */
    static @Nullable AsyncEvent readFrom(Context context, MemorySegment from) {
        int number = ibv_async_event.event_type(from);
        AsyncEventType type = Constants.find(AsyncEventType.class, number, AsyncEventType.UNKNOWN);
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
                    WQ_FATAL -> {
                long address = ibv_async_event.element.qp(element).address();
                yield ofObject(context, new Told(from, type, number, address));
            }
            case PORT_ACTIVE, PORT_ERR, LID_CHANGE, PKEY_CHANGE, SM_CHANGE, CLIENT_REREGISTER, GID_CHANGE ->
                new OfPort(context, new Told(from, type, number, ibv_async_event.element.port_num(element)));
            case DEVICE_FATAL, DEVICE_SPEED_CHANGE, UNKNOWN -> new OfDevice(context, new Told(from, type, number, 0));
        };
    }

    private static @Nullable AsyncEvent ofObject(Context context, Told told) {
        try {
            return new OfObject(context, told, context.concernedBy(told.element));
        } catch (IllegalStateException beingClosed) {
            LibIbverbs.ibv_ack_async_event(told.event);
            return null;
        }
    }

    public final Context context() {
        return context;
    }

    public final AsyncEventType type() {
        return type;
    }

    /** What the library calls the type (enum ibv_event_type); of {@link AsyncEventType#UNKNOWN} the only way to tell. */
    public final int number() {
        return number;
    }

    /** Acknowledges it (ibv_ack_async_event(3)). */
    @Override
    protected final void destroy(MemorySegment closing) {
        LibIbverbs.ibv_ack_async_event(closing);
    }

    @Override
    public final String toString() {
        return "event " + (type == AsyncEventType.UNKNOWN ? Integer.toString(number) : type.toString()) + " of "
                + context;
    }
}
