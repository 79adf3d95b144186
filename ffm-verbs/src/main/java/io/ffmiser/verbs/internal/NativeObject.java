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
 * <p>Closing with live children throws, names them and changes nothing. Opening and closing may come from any thread; a close
 * must not overlap with a use of the same object.
 */
public abstract class NativeObject implements AutoCloseable {
    private final List<NativeObject> parents;
    private final Set<NativeObject> children = new LinkedHashSet<>();
    private @Nullable MemorySegment pointer;

    /**
     * @param pointer the C object; bounded by the caller where its fields are read
     * @param parents what must outlive it
     */
    @SuppressWarnings("this-escape") // a parent only names and counts its children
    protected NativeObject(MemorySegment pointer, NativeObject... parents) {
        this.pointer = pointer;
        this.parents = new ArrayList<>(List.of(parents));
        for (NativeObject parent : parents) {
            synchronized (parent.children) {
                parent.children.add(this);
            }
        }
    }

    /**
     * The C object, for functions that this library does not cover.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public final MemorySegment pointer() {
        MemorySegment here = pointer;
        if (here == null) {
            throw new IllegalStateException(this + " is closed");
        }
        return here;
    }

    /** Returns while the object is open; an {@link IllegalStateException} after {@link #close}. */
    public final void requireOpen() {
        if (pointer == null) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    public final boolean isClosed() {
        return pointer == null;
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
     * Gives the C object back. A second call does nothing.
     *
     * @throws IllegalStateException when children are alive; the object stays as it was
     * @throws io.ffmiser.verbs.VerbsException when the library refuses; the object stays as it was
     */
    @Override
    public final void close() {
        MemorySegment closing = pointer;
        if (closing == null) {
            return;
        }
        requireChildless();
        destroy(closing);
        pointer = null;
        for (NativeObject parent : parents) {
            synchronized (parent.children) {
                parent.children.remove(this);
            }
        }
    }

    /**
     * Gives the object to another parent, which must outlive it from now on.
     *
     * @param from a parent; null when it had none
     * @param to null for none
     */
    protected final void moveTo(@Nullable NativeObject from, @Nullable NativeObject to) {
        if (to != null) {
            synchronized (to.children) {
                to.children.add(this);
            }
            parents.add(to);
        }
        if (from != null) {
            parents.remove(from);
            synchronized (from.children) {
                from.children.remove(this);
            }
        }
    }

    /** Calls the C function that destroys the object; throws where it refuses. */
    protected abstract void destroy(MemorySegment closing);

    /** What messages call it, such as {@code PD of rxe0}; must work after close. */
    @Override
    public abstract String toString();
}
