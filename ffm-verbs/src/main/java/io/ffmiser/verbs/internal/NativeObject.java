package io.ffmiser.verbs.internal;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Something that rdma-core made and that must be given back to it: owned by its parents, closed once, after its children.
 *
 * <p>Closing with live children throws, names them and changes nothing. Opening, closing and all control calls may come from any thread: a close
 * during a control call of the same object, and a call after or during a close, throw {@link IllegalStateException}; of several closes, one
 * does it. Calls of the data path (post, poll) are not counted: no thread may close the object while another is in one of
 * them. A completion queue refuses a close while it sees a poll in progress.
 */
public abstract class NativeObject implements AutoCloseable {
    @SuppressWarnings("this-escape") // it only names the object in messages
    final Lifetime lifetime = new Lifetime(this);

    private final List<NativeObject> parents;
    private final Set<NativeObject> children = new LinkedHashSet<>();
    private final MemorySegment pointer;

    /**
     * @param pointer the C object; bounded by the caller where its fields are read
     * @param parents what must outlive it; a maker keeps them open ({@link Lifetime#whileOpen}) from before the C object is made
     * @throws IllegalArgumentException when the pointer is NULL
     * @throws IllegalStateException when a parent is closed
     */
    @SuppressWarnings("this-escape") // a parent only names and counts its children
    protected NativeObject(MemorySegment pointer, NativeObject... parents) {
        if (pointer.address() == 0) {
            throw new IllegalArgumentException(
                    "NULL is no object: " + getClass().getSimpleName() + " needs a pointer");
        }
        this.pointer = pointer;
        this.parents = new ArrayList<>(List.of(parents));
        Lifetime.whileOpen(
                () -> {
                    for (NativeObject parent : parents) {
                        parent.adopt(this);
                    }
                    return this;
                },
                parents);
    }

    private void adopt(NativeObject child) {
        synchronized (children) {
            children.add(child);
        }
    }

    private void release(NativeObject child) {
        synchronized (children) {
            children.remove(child);
        }
    }

    /**
     * The C object, for functions that this library does not cover; nothing keeps it open while they use it.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public final MemorySegment pointer() {
        lifetime.requireOpen();
        return pointer;
    }

    /**
     * Begins a call that is counted, where {@link Lifetime#whileOpen} would allocate; {@link #leave} must follow.
     *
     * @throws IllegalStateException when the object is closed, or another thread closes it
     */
    protected final void enter() {
        lifetime.enter();
    }

    /** Ends a call that {@link #enter} began. */
    protected final void leave() {
        lifetime.leave();
    }

    /** Returns while the object is open; an {@link IllegalStateException} after {@link #close}. */
    public final void requireOpen() {
        lifetime.requireOpen();
    }

    public final boolean isClosed() {
        return lifetime.isClosed();
    }

    /** This object, and what is alive of it, where the C object is at an address. */
    public final List<NativeObject> find(long address) {
        List<NativeObject> found = new ArrayList<>();
        if (pointer.address() == address) {
            found.add(this);
        }
        List<NativeObject> alive;
        synchronized (children) {
            alive = List.copyOf(children);
        }
        alive.forEach(child -> found.addAll(child.find(address)));
        return found;
    }

    /** Returns while nothing of this object is alive; an {@link IllegalStateException} that names its children otherwise. */
    public final void requireChildless() {
        synchronized (children) {
            if (!children.isEmpty()) {
                throw new IllegalStateException(this + " still has "
                        + children.stream().map(NativeObject::toString).collect(Collectors.joining(", "))
                        + ": close them first");
            }
        }
    }

    /**
     * Gives the C object back. A second call does nothing, but to free what the first could not ({@link #free}).
     *
     * @throws IllegalStateException when children are alive or a control call is in progress; the object stays as it was
     * @throws io.ffmiser.verbs.VerbsException when the library refuses; the object stays as it was
     */
    @Override
    public final void close() {
        if (!lifetime.isClosed()) {
            requireChildless(); // before others are kept out for nothing
        }
        lifetime.close(() -> {
            requireChildless();
            destroy(pointer);
            synchronized (parents) {
                parents.forEach(parent -> parent.release(this));
            }
        });
        if (lifetime.isClosed()) {
            free();
        }
    }

    /**
     * Gives the object to another parent, which must outlive it from now on. The caller keeps both open from before the C function that does so.
     *
     * @param from a parent; null when it had none
     * @param to null for none
     * @throws IllegalStateException when this object or the other parent is closed
     */
    protected final void moveTo(@Nullable NativeObject from, @Nullable NativeObject to) {
        NativeObject[] open = to == null ? new NativeObject[] {this} : new NativeObject[] {this, to};
        Lifetime.whileOpen(() -> changeParent(from, to), open);
    }

    private void changeParent(@Nullable NativeObject from, @Nullable NativeObject to) {
        synchronized (parents) {
            if (to != null) {
                to.adopt(this);
                parents.add(to);
            }
            if (from != null) {
                parents.remove(from);
                if (!parents.contains(from)) {
                    from.release(this);
                }
            }
        }
    }

    /** Calls the C function that destroys the object; throws where it refuses. */
    protected abstract void destroy(MemorySegment closing);

    /**
     * Frees memory of this process's that went with the object, after it is destroyed and {@link #isClosed}; called by every close from then on.
     *
     * @throws IllegalStateException when that memory is still in use; another close tries again
     */
    protected void free() {}

    /** What messages call it, such as {@code PD of rxe0}; must work after close. */
    @Override
    public abstract String toString();
}
