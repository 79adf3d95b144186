package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.Places;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import org.jspecify.annotations.Nullable;

/**
 * The Put_Data and Get_Data calls that are outstanding. An RDMA Read that would exceed iSER-ORD waits here, in order, rather than in
 * the send queue, where it would hold up everything behind it.
 */
final class DataOperations {
    private final int[] tag;
    private final int[] sn;
    private final int[] task;
    private final int[] generation;
    private final boolean[] notify;
    private final long[] unsignaledBefore;
    // of an RDMA Read that waits
    private final @Nullable MemoryRegion[] region;
    private final long[] offset;
    private final int[] length;
    private final int[] stag;
    private final long[] address;

    private final Places free;
    private final int[] waiting;
    private int waitingFirst;
    private int waitingCount;

    private int readLimit;
    private int readsPosted;
    private long unsignaledPosted;
    private long unsignaledCompleted;

    DataOperations(int size) {
        tag = new int[size];
        sn = new int[size];
        task = new int[size];
        generation = new int[size];
        notify = new boolean[size];
        unsignaledBefore = new long[size];
        region = new MemoryRegion[size];
        offset = new long[size];
        length = new int[size];
        stag = new int[size];
        address = new long[size];
        waiting = new int[size];
        free = new Places(size);
    }

    /** Sets iSER-ORD (RFC 7145 section 8.2). */
    void readLimit(int limit) {
        readLimit = limit;
    }

    int readLimit() {
        return readLimit;
    }

    /** Room for one more, unsignaled RDMA Writes counted. */
    boolean isFull() {
        return free.available() <= unsignaledPosted - unsignaledCompleted;
    }

    /** Room for one more unsignaled RDMA Write: at most half of all, so that a completion that frees them is never far. */
    boolean unsignaledFits() {
        return unsignaledPosted - unsignaledCompleted < tag.length / 2;
    }

    long unsignaledPosted() {
        return unsignaledPosted;
    }

    void addUnsignaled() {
        unsignaledPosted++;
    }

    /** So many unsignaled RDMA Writes stood before a request that has now completed: they have completed with it. */
    void unsignaledCompleted(long writes) {
        unsignaledCompleted = Math.max(unsignaledCompleted, writes);
    }

    int add(int initiatorTaskTag, int sequenceNumber, int remoteTask, int taskGeneration, boolean notifies) {
        int operation = free.take();
        tag[operation] = initiatorTaskTag;
        sn[operation] = sequenceNumber;
        task[operation] = remoteTask;
        generation[operation] = taskGeneration;
        notify[operation] = notifies;
        unsignaledBefore[operation] = unsignaledPosted;
        return operation;
    }

    /** Gives the entry back; what it says stays readable until the next {@link #add}. */
    void completed(int operation) {
        unsignaledCompleted(unsignaledBefore[operation]);
        free.giveBack(operation);
    }

    int tag(int operation) {
        return tag[operation];
    }

    int sn(int operation) {
        return sn[operation];
    }

    int task(int operation) {
        return task[operation];
    }

    int generation(int operation) {
        return generation[operation];
    }

    boolean notifies(int operation) {
        return notify[operation];
    }

    /** Describes an RDMA Read and puts it at the end of the line. */
    void await(int operation, DataDescriptor sink, int remoteStag, long remoteAddress) {
        region[operation] = IserMemory.region(sink.memory());
        offset[operation] = sink.offset();
        length[operation] = sink.length();
        stag[operation] = remoteStag;
        address[operation] = remoteAddress;
        int last = waitingFirst + waitingCount;
        waiting[last < waiting.length ? last : last - waiting.length] = operation;
        waitingCount++;
    }

    /** Adds to the batch the RDMA Reads that iSER-ORD allows now. Returns whether there were any. */
    boolean addReads(SendBatch batch) {
        boolean any = false;
        while (waitingCount > 0 && readsPosted < readLimit) {
            int operation = waiting[waitingFirst];
            waitingFirst = waitingFirst + 1 == waiting.length ? 0 : waitingFirst + 1;
            waitingCount--;
            readsPosted++;
            MemoryRegion sink = region[operation];
            region[operation] = null;
            if (sink == null) {
                throw new IllegalStateException("operation " + operation + " has no sink");
            }
            unsignaledBefore[operation] = unsignaledPosted;
            batch.rdmaRead(WorkId.of(WorkId.GET, operation), stag[operation], address[operation], SendBatch.SIGNALED)
                    .sge(sink, offset[operation], length[operation]);
            any = true;
        }
        return any;
    }

    void readCompleted() {
        readsPosted--;
    }

    int readsPosted() {
        return readsPosted;
    }
}
