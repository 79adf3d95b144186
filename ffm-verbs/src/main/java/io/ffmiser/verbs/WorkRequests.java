package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.ffmiser.verbs.gen.ibv_sge;
import io.ffmiser.verbs.internal.NativeMemory;
import java.lang.foreign.MemorySegment;

/**
 * Work requests in one block of memory, linked in the order in which they were added and posted by one call. Posting copies them: the same
 * ones may be posted again, or cleared and made anew, at once. Nothing is allocated after the creation, unless a post fails.
 *
 * <p>For one thread at a time. The data that they point to belongs to the device until they complete; closing frees the requests, not the data.
 */
public abstract sealed class WorkRequests implements AutoCloseable
        permits SendWorkRequests, ReceiveWorkRequests, TagMatchingOperations {
    final NativeMemory memory;
    private final long stride;
    private final long next;
    private final long firstElement;
    private final long bad;
    private final int capacity;
    private final int maxElements;
    private int size;

    WorkRequests(int capacity, int maxElements, long stride, long nextOffset) {
        if (capacity <= 0 || maxElements < 0) {
            throw new IllegalArgumentException(
                    "room for " + capacity + " requests of " + maxElements + " elements: at least 1 of 0 is needed");
        }
        this.capacity = capacity;
        this.maxElements = maxElements;
        this.stride = stride;
        this.next = nextOffset;
        this.firstElement = stride * capacity;
        this.bad = firstElement + elementsSize() * capacity;
        this.memory = new NativeMemory(bad + Long.BYTES);
    }

    private long elementsSize() {
        return ibv_sge.sizeof() * maxElements;
    }

    /** How many requests there is room for. */
    public final int capacity() {
        return capacity;
    }

    /** How many scatter/gather elements each of them may have. */
    public final int maxElements() {
        return maxElements;
    }

    /** How many have been added since the last {@link #clear}. */
    public final int size() {
        return size;
    }

    public final boolean isEmpty() {
        return size == 0;
    }

    public final boolean isFull() {
        return size == capacity;
    }

    /** Makes room for others. */
    public final void clear() {
        size = 0;
    }

    /**
     * Forgets the requests added last.
     *
     * @param newSize how many stay, from 0 to {@link #size}
     */
    public final void truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException(newSize + " of " + size + " requests cannot stay");
        }
        size = newSize;
        if (size > 0) {
            memory.segment().set(JAVA_LONG, requestOffset(size - 1) + next, 0);
        }
    }

    final long requestOffset(int index) {
        return stride * index;
    }

    final long elementsOffset(int index) {
        return firstElement + elementsSize() * index;
    }

    /** Links one more request to the last and returns its place. */
    final int append() {
        if (size == capacity) {
            throw new IllegalStateException("all " + capacity + " requests are in use: post and clear them first");
        }
        MemorySegment block = memory.segment();
        block.set(JAVA_LONG, requestOffset(size) + next, 0);
        if (size > 0) {
            block.set(JAVA_LONG, requestOffset(size - 1) + next, memory.address() + requestOffset(size));
        }
        return size++;
    }

    /** Fills an element and returns how many the request has then. */
    final int element(int request, int count, long address, int length, int lkey) {
        if (count == maxElements) {
            throw new IllegalStateException("all " + maxElements + " elements of this request are in use");
        }
        MemorySegment block = memory.segment();
        long at = elementsOffset(request) + ibv_sge.sizeof() * count;
        block.set(JAVA_LONG, at + ibv_sge.addr$offset(), address);
        block.set(JAVA_INT, at + ibv_sge.length$offset(), length);
        block.set(JAVA_INT, at + ibv_sge.lkey$offset(), lkey);
        return count + 1;
    }

    /** Posts the chain to a queue; returns when all of it is posted. */
    final void post(String name, MemorySegment function, long queue, Object object) {
        if (size == 0) {
            return;
        }
        long first = memory.address();
        memory.segment().set(JAVA_LONG, bad, 0);
        int errno = DataPath.post(function, queue, first, first + bad);
        if (errno != 0) {
            throw refused(name, errno, object);
        }
    }

    private WorkRequestException refused(String name, int errno, Object object) {
        long at = memory.segment().get(JAVA_LONG, bad);
        int index = at == 0 ? 0 : (int) ((at - memory.address()) / stride);
        return new WorkRequestException(name, new Errno(Math.abs(errno)), object.toString(), index, size);
    }

    @Override
    public final void close() {
        size = 0;
        memory.close();
    }
}
