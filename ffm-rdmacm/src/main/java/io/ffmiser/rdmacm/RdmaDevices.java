package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_cm_id;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The devices that the connection manager has open (rdma_get_devices(3)), to make things on that many ids share: protection domains, memory,
 * completion queues. An id that is bound to a device is on the very context that is here: {@link #contextOf}.
 *
 * <p>Owns the list, and keeps its devices open until it is closed; what was made on the contexts must be closed before. Thread-safe: a close
 * while another thread asks one of the contexts is refused.
 */
public final class RdmaDevices extends NativeObject {
    private final List<Context> contexts;

    private RdmaDevices(MemorySegment list) {
        super(list);
        List<Context> borrowed = new ArrayList<>();
        for (long i = 0; ; i++) {
            MemorySegment context = at(list, i);
            if (context.equals(MemorySegment.NULL)) {
                break;
            }
            borrowed.add(Context.borrow(context));
        }
        this.contexts = List.copyOf(borrowed);
    }

    /** The list ends with NULL. */
    @SuppressWarnings("restricted") // bounded by the end that was not seen yet
    private static MemorySegment at(MemorySegment list, long index) {
        return list.reinterpret((index + 1) * ValueLayout.ADDRESS.byteSize()).getAtIndex(ValueLayout.ADDRESS, index);
    }

    /**
     * The devices of now.
     *
     * @throws io.ffmiser.verbs.VerbsUnavailableException when there is no RDMA to be had
     */
    public static RdmaDevices list() {
        NativeLibrary.RDMACM.require();
        try {
            return new RdmaDevices(CmCalls.GET_DEVICES.invoke("this process", MemorySegment.NULL));
        } catch (VerbsException e) {
            throw EventChannel.unavailable(e);
        }
    }

    /** The contexts; they belong to this list. */
    public List<Context> contexts() {
        return contexts;
    }

    /** The context of the id's device; null where the id has none, or one that came later than this list. */
    public @Nullable Context contextOf(CmId id) {
        long address = Lifetime.whileOpen(() -> rdma_cm_id.verbs(id.pointer()).address(), id);
        for (Context context : contexts) {
            if (context.pointer().address() == address) {
                return context;
            }
        }
        return null;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        contexts.forEach(NativeObject::requireChildless);
        contexts.forEach(NativeObject::close);
        LibRdmacm.rdma_free_devices(closing);
    }

    @Override
    public String toString() {
        return "list of " + contexts.size() + " RDMA devices";
    }
}
