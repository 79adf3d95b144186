package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.Places;
import io.ffmiser.datamover.TaskTags;

/**
 * The target's Remote Mapping (RFC 7145 section 7.3.1): what the initiator advertised for a task, by Initiator Task Tag, and the bounds
 * within which it may be used. The length of a buffer is not in the iSER header: it is the Expected Data Transfer Length.
 *
 * <p>A task that was deallocated keeps its entry, not found by its tag any more, until its transfers have completed.
 */
final class RemoteMappings {
    private static final int READ = 1;
    private static final int WRITE = 1 << 1;
    private static final int UNSOLICITED_TO_COME = 1 << 2;
    private static final int DEALLOCATING = 1 << 3;

    private final int[] tag;
    private final int[] flags;
    private final int[] readStag;
    private final long[] readBase;
    private final long[] readLength;
    private final int[] writeStag;
    private final long[] writeBase;
    private final long[] writeLength;
    private final long[] unsolicited;
    private final int[] transfers;
    private final int[] reads;
    private final int[] generation;
    private final Places free;
    private final TaskTags tags;

    /**
     * Makes the table.
     *
     * @param tasks how many tasks may be found by tag; as many again may wait for their transfers after deallocation
     */
    RemoteMappings(int tasks) {
        int size = 2 * tasks;
        tag = new int[size];
        flags = new int[size];
        readStag = new int[size];
        readBase = new long[size];
        readLength = new long[size];
        writeStag = new int[size];
        writeBase = new long[size];
        writeLength = new long[size];
        unsolicited = new long[size];
        transfers = new int[size];
        reads = new int[size];
        generation = new int[size];
        free = new Places(size);
        tags = new TaskTags(tasks);
    }

    int size() {
        return tags.size();
    }

    boolean isFull() {
        return tags.isFull() || free.isEmpty();
    }

    int find(int initiatorTaskTag) {
        return tags.get(initiatorTaskTag);
    }

    int add(int initiatorTaskTag) {
        int task = free.take();
        tags.put(initiatorTaskTag, task);
        tag[task] = initiatorTaskTag;
        flags[task] = 0;
        transfers[task] = 0;
        reads[task] = 0;
        unsolicited[task] = 0;
        generation[task]++;
        return task;
    }

    void advertiseRead(int task, int stag, long base, long length) {
        flags[task] |= READ;
        readStag[task] = stag;
        readBase[task] = base;
        readLength[task] = length;
    }

    void advertiseWrite(int task, int stag, long base, long length) {
        flags[task] |= WRITE;
        writeStag[task] = stag;
        writeBase[task] = base;
        writeLength[task] = length;
    }

    /** Counts octets of write data that came in the command or in a Data-Out. */
    void unsolicitedArrived(int task, int octets, boolean moreToCome) {
        unsolicited[task] += octets;
        flags[task] = moreToCome ? flags[task] | UNSOLICITED_TO_COME : flags[task] & ~UNSOLICITED_TO_COME;
    }

    boolean hasRead(int task) {
        return (flags[task] & READ) != 0;
    }

    boolean hasWrite(int task) {
        return (flags[task] & WRITE) != 0;
    }

    boolean isUnsolicitedToCome(int task) {
        return (flags[task] & UNSOLICITED_TO_COME) != 0;
    }

    int readStag(int task) {
        return readStag[task];
    }

    int writeStag(int task) {
        return writeStag[task];
    }

    /** Whether a piece of read data lies in the read buffer. */
    boolean isInReadBuffer(int task, long bufferOffset, int length) {
        return isWithin(bufferOffset, length, 0, readLength[task]);
    }

    /** Where in the initiator's memory a piece of read data goes. */
    long readAddress(int task, long bufferOffset) {
        return readBase[task] + bufferOffset;
    }

    /** Whether a piece of write data lies in the solicited part of the write buffer. */
    boolean isInWriteBuffer(int task, long bufferOffset, int length) {
        return isWithin(bufferOffset, length, unsolicited[task], writeLength[task]);
    }

    /**
     * Where in the initiator's memory a piece of solicited write data stands.
     *
     * @param solicitedOnly whether the Write Base Offset names the first solicited octet
     */
    long writeAddress(int task, long bufferOffset, boolean solicitedOnly) {
        return writeBase[task] + bufferOffset - (solicitedOnly ? unsolicited[task] : 0);
    }

    private static boolean isWithin(long bufferOffset, int length, long from, long to) {
        return length > 0 && bufferOffset >= from && bufferOffset <= to - length;
    }

    int generation(int task) {
        return generation[task];
    }

    void transferStarted(int task, boolean isRead) {
        transfers[task]++;
        if (isRead) {
            reads[task]++;
        }
    }

    /** A transfer of that task, or of one that had the entry before, completed: the last one frees the entry of a deallocated task. */
    void transferCompleted(int task, int generationThen, boolean isRead) {
        if (generation[task] != generationThen) {
            return;
        }
        transfers[task]--;
        if (isRead) {
            reads[task]--;
        }
        if ((flags[task] & DEALLOCATING) != 0 && transfers[task] == 0) {
            free(task);
        }
    }

    /** RDMA Reads of the task that have not completed. */
    int reads(int task) {
        return reads[task];
    }

    /** Forgets a task, before its response is sent. Its RDMA Writes may still be under way. */
    void remove(int task) {
        tags.remove(tag[task]);
        free(task);
    }

    /** Forgets a task that gets no response; its entry is free once no transfer of it is under way. */
    void deallocate(int task) {
        tags.remove(tag[task]);
        if (transfers[task] > 0) {
            flags[task] |= DEALLOCATING;
        } else {
            free(task);
        }
    }

    private void free(int task) {
        generation[task]++;
        free.giveBack(task);
    }
}
