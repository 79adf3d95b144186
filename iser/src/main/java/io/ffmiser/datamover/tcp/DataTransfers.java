package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.Places;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TaskTags;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The SCSI tasks of one connection as far as their data goes, and the Put_Data and Get_Data calls that are outstanding. Nothing is allocated
 * for a task or a call.
 */
final class DataTransfers {
    static final int NONE = TaskTags.NONE;
    /** A Target Transfer Tag is a call's place and how often that was used. */
    private static final int PLACE_BITS = 10;

    /** How many calls can be told apart. */
    static final int MOST = (1 << PLACE_BITS) - 1;

    // of tasks
    private final TaskTags tags;
    private final Places freeTasks;
    /** What a task's place is kept for: its tag or its response that waits, and its calls. */
    private final int[] holders;

    private final long[] lun;
    private final int[] nextSn;
    private final int[] outstandingR2ts;
    private final int[] waitingR2ts;

    // of calls
    private final Places freeCalls;
    private final boolean[] isGet;
    private final boolean[] isWaiting;
    private final boolean[] isSent;
    private final boolean[] isGivenUp;
    private final boolean[] isInUse;
    private final boolean[] notifies;
    private final int[] uses;
    private final int[] tag;
    private final int[] task;
    private final int[] sn;
    private final int[] nextDataSn;
    private final long[] order;
    private final @Nullable MemorySegment[] segment;
    private final long[] offset;
    private final long[] bufferOffset;
    private final int[] remaining;
    // Of the Target Transfer Tags that a place has had, the last whose call was given up.
    private final boolean[] hasGivenUpTag;
    private final int[] givenUpTag;
    private final int[] statSn;
    private final int[] expCmdSn;
    private final int[] maxCmdSn;
    private long orders;

    /**
     * @param tasks that have a tag, at most
     * @param responses that wait to be sent, at most: their tasks have no tag any more
     */
    DataTransfers(int tasks, int responses, int calls) {
        tags = new TaskTags(tasks);
        int taskPlaces = tasks + responses + calls;
        freeTasks = new Places(taskPlaces);
        holders = new int[taskPlaces];
        lun = new long[taskPlaces];
        nextSn = new int[taskPlaces];
        outstandingR2ts = new int[taskPlaces];
        waitingR2ts = new int[taskPlaces];
        freeCalls = new Places(calls);
        isGet = new boolean[calls];
        isWaiting = new boolean[calls];
        isSent = new boolean[calls];
        isGivenUp = new boolean[calls];
        hasGivenUpTag = new boolean[calls];
        givenUpTag = new int[calls];
        isInUse = new boolean[calls];
        notifies = new boolean[calls];
        uses = new int[calls];
        tag = new int[calls];
        task = new int[calls];
        sn = new int[calls];
        nextDataSn = new int[calls];
        order = new long[calls];
        segment = new MemorySegment[calls];
        offset = new long[calls];
        bufferOffset = new long[calls];
        remaining = new int[calls];
        statSn = new int[calls];
        expCmdSn = new int[calls];
        maxCmdSn = new int[calls];
    }

    // Tasks.

    /** Returns false if as many as were allocated have a tag. One with that tag stays as it is. */
    boolean addTask(int initiatorTaskTag, long logicalUnit) {
        if (tags.get(initiatorTaskTag) != NONE) {
            return true;
        }
        if (tags.isFull()) {
            return false;
        }
        int added = freeTasks.take();
        tags.put(initiatorTaskTag, added);
        holders[added] = 1;
        lun[added] = logicalUnit;
        nextSn[added] = 0;
        outstandingR2ts[added] = 0;
        waitingR2ts[added] = 0;
        return true;
    }

    int taskPlaces() {
        return holders.length;
    }

    int task(int initiatorTaskTag) {
        return tags.get(initiatorTaskTag);
    }

    /** Frees its tag. Its place is kept while calls of it are outstanding. Returns the place, NONE if there is no such task. */
    int removeTask(int initiatorTaskTag) {
        int removed = tags.remove(initiatorTaskTag);
        if (removed != NONE) {
            letGo(removed);
        }
        return removed;
    }

    /** Its response is going to be sent: frees its tag, not its place. Returns the place, NONE if there is no such task. */
    int respond(int initiatorTaskTag) {
        return tags.remove(initiatorTaskTag);
    }

    /** The response of a place is sent, behind its data. Returns how many Data-In and R2T PDUs were sent for it. */
    int responded(int responding) {
        int pdus = nextSn[responding];
        letGo(responding);
        return pdus;
    }

    private void letGo(int of) {
        holders[of]--;
        if (holders[of] == 0) {
            freeTasks.giveBack(of);
        }
    }

    long lun(int call) {
        return lun[task[call]];
    }

    /** The DataSN of its next Data-In, or the R2TSN of its next R2T. */
    int takeSn(int call) {
        return nextSn[task[call]]++;
    }

    // Calls.

    boolean isFull() {
        return freeCalls.isEmpty();
    }

    int add(boolean get, int ofTask, int itt, int number, long at, DataDescriptor data, boolean notify) {
        int call = freeCalls.take();
        isGet[call] = get;
        isWaiting[call] = false;
        isSent[call] = false;
        isGivenUp[call] = false;
        isInUse[call] = true;
        notifies[call] = notify;
        uses[call]++;
        tag[call] = itt;
        task[call] = ofTask;
        holders[ofTask]++;
        sn[call] = number;
        nextDataSn[call] = 0;
        order[call] = orders++;
        segment[call] = data.memory().segment();
        offset[call] = data.offset();
        bufferOffset[call] = at;
        remaining[call] = data.length();
        return call;
    }

    void end(int call) {
        isInUse[call] = false;
        segment[call] = null;
        freeCalls.giveBack(call);
        letGo(task[call]);
    }

    /** Keeps the session's numbers as they are when it is queued: those of what is queued behind it are no lower. */
    void number(int call, SequenceNumbers numbers) {
        statSn[call] = numbers.nextStatSn();
        expCmdSn[call] = numbers.expCmdSn();
        maxCmdSn[call] = numbers.maxCmdSn();
    }

    int statSn(int call) {
        return statSn[call];
    }

    int expCmdSn(int call) {
        return expCmdSn[call];
    }

    int maxCmdSn(int call) {
        return maxCmdSn[call];
    }

    /** Whether an R2T may be sent for it now; else it waits until {@link #nextR2t} names it. */
    boolean takeR2t(int call, int maxOutstanding) {
        int of = task[call];
        if (outstandingR2ts[of] < maxOutstanding) {
            outstandingR2ts[of]++;
            return true;
        }
        isWaiting[call] = true;
        waitingR2ts[of]++;
        return false;
    }

    /** The data of an R2T has come: the call whose R2T is next, NONE if no other of the task waits. */
    int nextR2t(int ended) {
        int of = task[ended];
        outstandingR2ts[of]--;
        if (waitingR2ts[of] == 0) {
            return NONE;
        }
        int next = NONE;
        for (int call = 0; call < task.length; call++) {
            if (isInUse[call] && isWaiting[call] && task[call] == of && (next == NONE || order[call] < order[next])) {
                next = call;
            }
        }
        isWaiting[next] = false;
        waitingR2ts[of]--;
        outstandingR2ts[of]++;
        return next;
    }

    /** Its R2T is on its way. */
    void r2tSent(int call) {
        isSent[call] = true;
    }

    // Giving up.

    int calls() {
        return task.length;
    }

    boolean isGetOf(int call, int of) {
        return isInUse[call] && isGet[call] && task[call] == of;
    }

    /** Whether its R2T is in the queue: neither sent, nor waiting for others. */
    boolean isQueued(int call) {
        return !isSent[call] && !isWaiting[call];
    }

    /** It ends when the Data-Out that is being read to its memory has come. */
    void giveUpLater(int call) {
        isGivenUp[call] = true;
    }

    boolean isGivenUp(int call) {
        return isGivenUp[call];
    }

    /** It is about to end without its data; what still comes of it is known by its Target Transfer Tag. */
    void giveUp(int call) {
        int of = task[call];
        if (isWaiting[call]) {
            waitingR2ts[of]--;
        } else {
            outstandingR2ts[of]--;
        }
        if (isSent[call]) {
            hasGivenUpTag[call] = true;
            givenUpTag[call] = transferTag(call);
        }
    }

    /** Whether a Target Transfer Tag is of a call that was given up, or of one before it in the same place: its data is of no use. */
    boolean wasGivenUp(int transferTag) {
        int call = transferTag & MOST;
        return call < task.length && hasGivenUpTag[call] && transferTag - givenUpTag[call] <= 0;
    }

    int transferTag(int call) {
        return uses[call] << PLACE_BITS | call;
    }

    /** The Get_Data with that Target Transfer Tag whose R2T was sent, or NONE. */
    int ofTransferTag(int transferTag) {
        int call = transferTag & MOST;
        boolean isIt = call < task.length && isInUse[call] && isSent[call] && transferTag(call) == transferTag;
        return isIt ? call : NONE;
    }

    /** RFC 7143 sections 11.7, 13.18 and 13.19: a Data-Out carries what the R2T asked for, in order, the F bit on the last. Null if it does. */
    @Nullable
    String wrongWith(int call, DataOutPdu pdu) {
        if (call == NONE || tag[call] != pdu.initiatorTaskTag()) {
            return "protocol error: Data-Out that answers no R2T";
        }
        if (pdu.dataSn() != nextDataSn[call] || pdu.bufferOffset() != bufferOffset[call]) {
            return "protocol error: Data-Out " + pdu.dataSn() + " at " + pdu.bufferOffset() + " where "
                    + nextDataSn[call] + " at " + bufferOffset[call] + " was due";
        }
        int length = pdu.dataSegmentLength();
        boolean isAll = length == remaining[call];
        if (length > remaining[call] || pdu.isFinal() != isAll) {
            return "protocol error: Data-Out of " + length + " octets where " + remaining[call] + " were left";
        }
        return null;
    }

    int tag(int call) {
        return tag[call];
    }

    int sn(int call) {
        return sn[call];
    }

    boolean notifies(int call) {
        return notifies[call];
    }

    MemorySegment segment(int call) {
        MemorySegment current = segment[call];
        if (current == null) {
            throw new IllegalStateException("the call has ended");
        }
        return current;
    }

    long offset(int call) {
        return offset[call];
    }

    long bufferOffset(int call) {
        return bufferOffset[call];
    }

    int remaining(int call) {
        return remaining[call];
    }

    /** So many octets of it are done with. */
    void advance(int call, int octets) {
        offset[call] += octets;
        bufferOffset[call] += octets;
        remaining[call] -= octets;
        nextDataSn[call]++;
    }
}
