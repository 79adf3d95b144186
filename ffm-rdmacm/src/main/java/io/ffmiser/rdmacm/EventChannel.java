package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_cm_event;
import io.ffmiser.rdmacm.gen.rdma_event_channel;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.FileDescriptors;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where ids report what became of their operations (rdma_create_event_channel(3), rdma_get_cm_event(3)): a file descriptor to wait on with
 * whatever else a poller waits for, and {@link #poll} to take the next event.
 *
 * <p>The parent of its ids. Its descriptor never blocks; {@link #await} waits in poll(2), until {@link Thread#interrupt} or the channel's close, and
 * keeps no carrier of a virtual thread. One thread takes the events: they come in order, and an id's events go where the id's operations are;
 * calls of several threads take turns. Every event is acknowledged once, before it is returned, with all that it held copied: so
 * closing an id, which in C waits until its events are acknowledged, never waits for the application.
 */
public final class EventChannel extends NativeObject {
    private static final class GetEvent {
        static final MethodHandle HANDLE = NativeCall.linkForErrno(
                LibRdmacm.rdma_get_cm_event$address(), LibRdmacm.rdma_get_cm_event$descriptor());
    }

    private final int fd;
    private final Map<Long, CmId> ids = new ConcurrentHashMap<>();
    private final DescriptorWaits waits = new DescriptorWaits();
    private final ReentrantLock taking = new ReentrantLock();
    private final NativeMemory frame = new NativeMemory(8 + NativeCall.errnoBytes());
    private final MemorySegment eventOut = frame.segment().asSlice(0, 8);
    private final MemorySegment errnoOut = frame.segment().asSlice(8);

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private EventChannel(MemorySegment pointer) {
        super(pointer.reinterpret(rdma_event_channel.sizeof()));
        this.fd = rdma_event_channel.fd(pointer());
    }

    /**
     * A new channel.
     *
     * @throws VerbsUnavailableException when there is no RDMA to be had, with what to install, load or allow
     */
    public static EventChannel create() {
        NativeLibrary.RDMACM.require();
        MemorySegment pointer;
        try {
            pointer = CmCalls.CREATE_EVENT_CHANNEL.invoke("this process");
        } catch (VerbsException e) {
            throw unavailable(e);
        }
        EventChannel channel = new EventChannel(pointer);
        try {
            FileDescriptors.setNonBlocking(channel.fd, true);
        } catch (RuntimeException | Error e) {
            channel.close();
            throw e;
        }
        return channel;
    }

    /** What becomes of a first call that found no connection manager; the exception itself where it is about something else. */
    static RuntimeException unavailable(VerbsException e) {
        Errno errno = e.errno();
        if (errno.equals(Errno.ENODEV) || errno.equals(Errno.ENOENT) || errno.equals(Errno.ENOSYS)) {
            return new VerbsUnavailableException(
                    Reason.NO_KERNEL_SUPPORT,
                    "the kernel has no RDMA device or no connection manager (" + errno
                            + "): load the device's driver (soft-RoCE: modprobe rdma_rxe; rdma link add rxe0 type rxe netdev ...)"
                            + " and modprobe rdma_ucm",
                    e);
        }
        if (errno.equals(Errno.EACCES) || errno.equals(Errno.EPERM)) {
            return new VerbsUnavailableException(
                    Reason.NO_PERMISSION,
                    "this user may not open the connection manager (" + errno
                            + "): check modprobe rdma_ucm and the permissions of /dev/infiniband/rdma_cm (rw for all is usual)",
                    e);
        }
        return e;
    }

    /** A new id, a child of this channel, where its events will come (rdma_create_id(3)). */
    public CmId createId(PortSpace space) {
        return CmId.create(this, space);
    }

    /** What becomes readable when an event is there; it belongs to the channel. */
    public int fd() {
        return fd;
    }

    /**
     * Takes the next event; null when there is none. The file descriptor may have been readable nevertheless: librdmacm keeps some events to itself.
     *
     * @throws VerbsException what write(2) on the channel failed with
     * @throws IllegalStateException when the channel is closed; when the event is of an id that is not known here: it is acknowledged and lost
     */
    public @Nullable CmEvent poll() {
        taking.lock();
        try {
            requireOpen();
            int result;
            int errno;
            do {
                result = (int) GetEvent.HANDLE.invokeExact(errnoOut, pointer(), eventOut);
                errno = errnoOut.get(ValueLayout.JAVA_INT, 0);
            } while (result != 0 && errno == Errno.EINTR.number());
            if (result == 0) {
                return take(eventOut.get(ValueLayout.ADDRESS, 0));
            }
            if (errno == Errno.EAGAIN.number()) {
                return null;
            }
            throw new VerbsException("rdma_get_cm_event", new Errno(errno), toString(), null);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            taking.unlock();
        }
    }

    /**
     * Takes the next event, however long it takes to come.
     *
     * @throws VerbsException EINTR when the thread is interrupted while there is none, its flag stays set; and as {@link #poll}
     * @throws IllegalStateException when the channel is closed, before or meanwhile; and as {@link #poll}
     */
    public CmEvent await() {
        while (true) {
            CmEvent event = await(Integer.MAX_VALUE);
            if (event != null) {
                return event;
            }
        }
    }

    /**
     * Takes the next event, or null when none came in time.
     *
     * @param timeoutMillis 0 or more
     * @throws VerbsException as {@link #await()}
     * @throws IllegalStateException as {@link #await()}
     */
    public @Nullable CmEvent await(int timeoutMillis) {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException(timeoutMillis + " ms: 0 or more are possible");
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (true) {
            CmEvent event = poll();
            if (event != null) {
                return event;
            }
            int left = DescriptorWaits.millisUntil(deadline);
            if (left == 0) {
                return null;
            }
            waits.await(this, fd, left);
        }
    }

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private CmEvent take(MemorySegment pointer) {
        MemorySegment event = pointer.reinterpret(rdma_cm_event.sizeof());
        MemorySegment unknown =
                CmEventReader.type(event) == CmEventType.CONNECT_REQUEST ? rdma_cm_event.id(event) : MemorySegment.NULL;
        try {
            CmEvent read = CmEventReader.read(event, this);
            unknown = MemorySegment.NULL;
            return read;
        } finally {
            LibRdmacm.rdma_ack_cm_event(pointer); // fails for NULL only
            if (!unknown.equals(MemorySegment.NULL)) { // a request to a listener that nobody knows: C made an id for it
                CmCalls.DESTROY_ID.test("a request to " + this, unknown);
            }
        }
    }

    void register(CmId id) {
        ids.put(id.address(), id);
    }

    /** The address may be another id's by now. */
    void forget(CmId id) {
        ids.remove(id.address(), id);
    }

    CmId find(MemorySegment pointer) {
        CmId id = ids.get(pointer.address());
        if (id == null) {
            throw new IllegalStateException("an event of an id that was not made through " + this
                    + " nor migrated to it: it is acknowledged and lost");
        }
        return id;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        waits.wakeAll();
        taking.lock(); // who takes an event has it when this goes on
        try {
            LibRdmacm.rdma_destroy_event_channel(closing);
            frame.close();
        } finally {
            taking.unlock();
        }
    }

    @Override
    public String toString() {
        return "event channel with descriptor " + fd;
    }
}
