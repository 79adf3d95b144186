package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_ops_wr;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Changes of what a tag-matching queue waits for, to be posted together (struct ibv_ops_wr, ibv_post_srq_ops(3)). */
public final class TagMatchingOperations extends WorkRequests {
    private static final int ADD = LibIbverbs.IBV_WR_TAG_ADD();
    private static final int DELETE = LibIbverbs.IBV_WR_TAG_DEL();
    private static final int SYNCHRONIZE = LibIbverbs.IBV_WR_TAG_SYNC();
    private static final int SIGNALED = LibIbverbs.IBV_OPS_SIGNALED();
    private static final int SYNC_FLAG = LibIbverbs.IBV_OPS_TM_SYNC();

    private static final long TM = ibv_ops_wr.tm$offset();
    private static final long UNEXPECTED = TM + ibv_ops_wr.tm.unexpected_cnt$offset();
    private static final long HANDLE = TM + ibv_ops_wr.tm.handle$offset();
    private static final long TAG_ADD = TM + ibv_ops_wr.tm.add$offset();
    private static final long RECEIVE_ID = TAG_ADD + ibv_ops_wr.tm.add.recv_wr_id$offset();
    private static final long ELEMENTS = TAG_ADD + ibv_ops_wr.tm.add.sg_list$offset();
    private static final long COUNT = TAG_ADD + ibv_ops_wr.tm.add.num_sge$offset();
    private static final long TAG = TAG_ADD + ibv_ops_wr.tm.add.tag$offset();
    private static final long MASK = TAG_ADD + ibv_ops_wr.tm.add.mask$offset();

    /**
     * @param capacity how many operations, more than 0
     * @param maxElements how many pieces of memory a receive may scatter to
     */
    public TagMatchingOperations(int capacity, int maxElements) {
        super(capacity, maxElements, ibv_ops_wr.sizeof(), ibv_ops_wr.next$offset());
        for (int i = 0; i < capacity; i++) {
            memory.segment().set(JAVA_LONG, requestOffset(i) + ELEMENTS, memory.address() + elementsOffset(i));
        }
    }

    private long begin(long workRequestId, int opcode) {
        long at = requestOffset(append());
        MemorySegment block = memory.segment();
        block.set(JAVA_LONG, at + ibv_ops_wr.wr_id$offset(), workRequestId);
        block.set(JAVA_INT, at + ibv_ops_wr.opcode$offset(), opcode);
        block.set(JAVA_INT, at + ibv_ops_wr.flags$offset(), 0);
        block.set(JAVA_INT, at + UNEXPECTED, 0); // nothing of what was in its place before
        block.set(JAVA_INT, at + HANDLE, 0);
        block.set(JAVA_LONG, at + RECEIVE_ID, 0);
        block.set(JAVA_INT, at + COUNT, 0);
        block.set(JAVA_LONG, at + TAG, 0);
        block.set(JAVA_LONG, at + MASK, 0);
        return at;
    }

    /**
     * Waits for a tag; {@link #element} says where its message goes, {@link #handle} what to take it back by.
     *
     * @param workRequestId of this operation
     * @param receiveId comes back with the message
     * @param tag what the message must carry
     * @param mask which bits of it count
     */
    public TagMatchingOperations add(long workRequestId, long receiveId, long tag, long mask) {
        long at = begin(workRequestId, ADD);
        MemorySegment block = memory.segment();
        block.set(JAVA_LONG, at + RECEIVE_ID, receiveId);
        block.set(JAVA_LONG, at + TAG, tag);
        block.set(JAVA_LONG, at + MASK, mask);
        return this;
    }

    /** Waits no longer for a tag. */
    public TagMatchingOperations remove(long workRequestId, int handle) {
        memory.segment().set(JAVA_INT, begin(workRequestId, DELETE) + HANDLE, handle);
        return this;
    }

    /** Does nothing but to tell how many unexpected messages were handled. */
    public TagMatchingOperations synchronize(long workRequestId, int unexpectedMessages) {
        long at = begin(workRequestId, SYNCHRONIZE);
        memory.segment().set(JAVA_INT, at + UNEXPECTED, unexpectedMessages);
        return flag(SYNC_FLAG);
    }

    private TagMatchingOperations flag(int flag) {
        long at = requestOffset(last()) + ibv_ops_wr.flags$offset();
        MemorySegment block = memory.segment();
        block.set(JAVA_INT, at, block.get(JAVA_INT, at) | flag);
        return this;
    }

    /** The operation that was added last completes with a completion. */
    public TagMatchingOperations signaled() {
        return flag(SIGNALED);
    }

    /**
     * The operation that was added last also tells how many unexpected messages were handled.
     *
     * @param unexpectedMessages their number
     */
    public TagMatchingOperations synchronizing(int unexpectedMessages) {
        memory.segment().set(JAVA_INT, requestOffset(last()) + UNEXPECTED, unexpectedMessages);
        return flag(SYNC_FLAG);
    }

    /** Adds a piece of memory to the operation that was added last. */
    public TagMatchingOperations element(long address, int length, int lkey) {
        int index = last();
        MemorySegment block = memory.segment();
        long at = requestOffset(index) + COUNT;
        block.set(JAVA_INT, at, element(index, block.get(JAVA_INT, at), address, length, lkey));
        return this;
    }

    private int last() {
        if (isEmpty()) {
            throw new IllegalStateException("no operation was added yet");
        }
        return size() - 1;
    }

    /** What the device gave an added tag when it was posted. */
    public int handle(int index) {
        return memory.segment().get(JAVA_INT, requestOffset(Objects.checkIndex(index, size())) + HANDLE);
    }
}
