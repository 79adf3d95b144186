package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.store.StoreOperation;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One of a task's two places for data on its way: a piece of the registered pool or of the store's own memory, and the one operation
 * that uses it, on the store or on the wire. Made once, reused.
 */
final class TaskBuffer extends StoreOperation {
    /** What happens to it; the states that wait for an answer are the outstanding ones. */
    enum State {
        IDLE(false),
        REQUESTED(true),
        GRANTED(false),
        RECEIVING(true),
        RECEIVED(false),
        STORING(true),
        STORED(false),
        SENDING(true),
        SENT(false);

        final boolean outstanding;

        State(boolean outstanding) {
            this.outstanding = outstanding;
        }
    }

    private final Task task;
    private State state = State.IDLE;
    /** Orders the calls that wait for an answer. */
    private long ticket;

    private @Nullable RegisteredMemory memory;
    private long memoryOffset;
    private int capacity;
    private boolean borrowed;
    private @Nullable StoreException failure;

    /** Where in the transfer, from its first octet, the data in this buffer belongs. */
    long position;
    /** Octets in use. */
    int used;
    /** For handlers that need several operations on one piece. */
    int stage;

    TaskBuffer(Task task) {
        this.task = task;
    }

    State state() {
        return state;
    }

    boolean isOnTheWire() {
        return state == State.SENDING || state == State.RECEIVING;
    }

    long ticket() {
        return ticket;
    }

    int capacity() {
        return capacity;
    }

    /** Why the store's operation failed, or null. */
    @Nullable
    StoreException failure() {
        return failure;
    }

    /** The granted memory, whole: see {@link #memoryOffset()}. */
    MemorySegment segment() {
        return memory().segment();
    }

    long memoryOffset() {
        return memoryOffset;
    }

    private RegisteredMemory memory() {
        RegisteredMemory current = memory;
        if (current == null) {
            throw new IllegalStateException("no buffer was granted");
        }
        return current;
    }

    private void await(State next) {
        state = next;
        ticket = task.nextTicket();
    }

    void request(long length) {
        await(State.REQUESTED);
        int wanted = (int) Math.min(length, task.transport().chunkBytes());
        try {
            task.transport().requestBuffer(task.command(), wanted);
        } catch (RuntimeException | Error e) {
            if (state == State.REQUESTED) {
                state = State.IDLE;
            }
            throw e;
        }
    }

    /** Takes back a request that nobody needs any more, unless its answer is on the way. */
    void withdraw() {
        if (state == State.REQUESTED && task.transport().withdrawBuffer(task.command())) {
            state = State.IDLE;
        }
    }

    void grant(RegisteredMemory newMemory, long offset, int length) {
        memory = newMemory;
        memoryOffset = offset;
        capacity = length;
        borrowed = true;
        state = State.GRANTED;
    }

    /** Uses the store's own memory in place of a pool's. */
    void useView(RegisteredMemory view, long offset) {
        memory = view;
        memoryOffset = offset;
        borrowed = false;
    }

    void receive(long transferPosition, int length) {
        position = transferPosition;
        used = length;
        State before = state;
        await(State.RECEIVING);
        try {
            task.transport().receiveDataOut(task.command(), memory(), memoryOffset, length, transferPosition);
        } catch (RuntimeException | Error e) {
            forgetIfNotTaken(State.RECEIVING, before);
            throw e;
        }
    }

    void send(int length) {
        State before = state;
        await(State.SENDING);
        try {
            task.transport().sendDataIn(task.command(), memory(), memoryOffset, length, position);
        } catch (RuntimeException | Error e) {
            forgetIfNotTaken(State.SENDING, before);
            throw e;
        }
    }

    /** The wire uses the buffer only if the transport took it before it threw. */
    private void forgetIfNotTaken(State awaited, State before) {
        if (state == awaited && task.onTheWire() > task.transport().unanswered(task.command())) {
            state = before;
        }
    }

    void answered(State next) {
        state = next;
    }

    /** Reads from the store to the buffer's place {@code at}. */
    void load(BlockStore store, long storeOffset, int length, int at) {
        begin();
        set(storeOffset, length, segment(), memoryOffset + at);
        try {
            store.read(this);
        } catch (RuntimeException | Error e) {
            refused(e);
        }
    }

    /** Writes the buffer's first octets to the store. */
    void save(BlockStore store, long storeOffset, int length) {
        begin();
        set(storeOffset, length, segment(), memoryOffset);
        try {
            store.write(this);
        } catch (RuntimeException | Error e) {
            refused(e);
        }
    }

    void flush(BlockStore store) {
        begin();
        set(0, store.sizeBytes());
        try {
            store.flush(this);
        } catch (RuntimeException | Error e) {
            refused(e);
        }
    }

    void unmap(BlockStore store, long storeOffset, long length) {
        begin();
        set(storeOffset, length);
        try {
            store.unmap(this);
        } catch (RuntimeException | Error e) {
            refused(e);
        }
    }

    void locate(BlockStore store, long storeOffset, long length) {
        begin();
        set(storeOffset, length);
        try {
            store.locate(this);
        } catch (RuntimeException | Error e) {
            refused(e);
        }
    }

    private void begin() {
        failure = null;
        await(State.STORING);
    }

    /** A store that throws (it is closed, or broken) has not taken the operation: an Error of it fails that command only. */
    private void refused(Throwable e) {
        if (state == State.STORING) {
            complete(e instanceof StoreException known ? known : new StoreException("store refused: " + e, e));
        } else if (e instanceof Error error) {
            throw error;
        } else {
            throw (RuntimeException) e;
        }
    }

    @Override
    public void complete(@Nullable StoreException newFailure) {
        failure = newFailure;
        state = State.STORED;
        task.pump();
    }

    /** Gives the memory back, if it came from the pool. */
    void release() {
        RegisteredMemory current = memory;
        state = State.IDLE;
        memory = null;
        failure = null;
        stage = 0;
        if (current != null && borrowed) {
            borrowed = false;
            task.transport().releaseBuffer(task.command(), current, memoryOffset);
        }
    }
}
