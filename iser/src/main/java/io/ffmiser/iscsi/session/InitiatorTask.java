package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.DataDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * A SCSI command of an initiator session, reused by its owner for one I/O after another without allocation: the owner fills {@link
 * #prepare} and the descriptors, hands it to {@link InitiatorSession#submit}, and gets it back through {@link Owner#taskEnded}. In
 * between it belongs to the session.
 *
 * <p>When it comes back, whatever the {@link #end()}, the target cannot reach its buffers any more.
 */
public final class InitiatorTask {
    /** Octets of a CDB that fit the BHS; longer ones (Extended CDB) are not sent. */
    public static final int MAX_CDB_LENGTH = 16;
    /** The most sense data that exists (SPC-4 section 4.5.1). */
    public static final int MAX_SENSE_LENGTH = 252;

    /** Gets its tasks back. */
    public interface Owner {
        /** The task is the owner's again; it may be submitted again during the call. */
        void taskEnded(InitiatorTask task);
    }

    /** How a task ended. */
    public enum End {
        /** Not at all yet. */
        NONE,
        /** The target sent a SCSI Response with {@link InitiatorTask#response()} and, if that is 0, {@link InitiatorTask#status()}. */
        RESPONSE,
        /** The target refused the PDU with a Reject: it was not carried out. */
        REJECTED,
        /** A time limit passed and the task was aborted, or was never sent. */
        TIMED_OUT,
        /** It was aborted on request, or by a reset. */
        ABORTED,
        /** The connection ended first. */
        CONNECTION_LOST
    }

    enum State {
        IDLE,
        QUEUED,
        /** At the target. */
        SENT,
        /** At the target, which was asked to abort it. */
        ABORTING,
        /** Over at the target; the datamover is ending the exposure of its buffers. */
        RELEASING
    }

    private final Owner owner;
    private final byte[] cdb = new byte[MAX_CDB_LENGTH];
    private final byte[] sense = new byte[MAX_SENSE_LENGTH];
    private final DataDescriptor dataOut = new DataDescriptor();
    private final DataDescriptor dataIn = new DataDescriptor();
    private int cdbLength;
    private long lun;
    private long timeoutNanos;

    private End end = End.NONE;
    private boolean wasSent;
    private int response;
    private int status;
    private int senseLength;
    private long residual;

    // The session's.
    State state = State.IDLE;
    /** What it will end as once released. */
    End endWhenReleased = End.NONE;

    int slot = -1;
    int initiatorTaskTag;
    int cmdSn;
    long deadline;
    /** Of unsolicited data: the next octet to send, and the end. */
    int unsolicitedFrom;

    int unsolicitedTo;
    int dataSn;

    /** The line it stands in; null if it stands in none. */
    @Nullable
    InitiatorTaskQueue line;
    /** The one behind it in that line. */
    @Nullable
    InitiatorTask next;

    public InitiatorTask(Owner owner) {
        this.owner = owner;
    }

    /**
     * Sets the command.
     *
     * @param newLun the LUN field ({@link io.ffmiser.iscsi.pdu.LogicalUnitNumber})
     * @param length octets of CDB that the caller writes to {@link #cdb()} after this call; the array is cleared
     * @return {@link #cdb()}
     * @throws IllegalStateException while the session has it
     */
    public byte[] prepare(long newLun, int length) {
        if (state != State.IDLE) {
            throw new IllegalStateException("the command is submitted and not done");
        }
        if (length < 1 || length > MAX_CDB_LENGTH) {
            throw new IllegalArgumentException("a CDB of " + length + " octets");
        }
        lun = newLun;
        cdbLength = length;
        for (int i = 0; i < MAX_CDB_LENGTH; i++) {
            cdb[i] = 0;
        }
        dataOut.clear();
        dataIn.clear();
        return cdb;
    }

    /** The CDB, in place. */
    public byte[] cdb() {
        return cdb;
    }

    public int cdbLength() {
        return cdbLength;
    }

    public int operationCode() {
        return cdb[0] & 0xff;
    }

    /** The LUN field. */
    public long lun() {
        return lun;
    }

    /** Data for the target; empty after {@link #prepare}. Not together with {@link #dataIn()}. */
    public DataDescriptor dataOut() {
        return dataOut;
    }

    /** Where data from the target goes. */
    public DataDescriptor dataIn() {
        return dataIn;
    }

    /** Sets the time limit; 0 is the session's. */
    public void setTimeoutNanos(long nanos) {
        timeoutNanos = nanos;
    }

    public long timeoutNanos() {
        return timeoutNanos;
    }

    /** Expected Data Transfer Length. */
    public int expectedLength() {
        return dataOut.isEmpty() ? dataIn.length() : dataOut.length();
    }

    public End end() {
        return end;
    }

    /** Whether the target may have seen it: false if it ended before it was sent. */
    public boolean wasSent() {
        return wasSent;
    }

    /** Response code, where the end is {@link End#RESPONSE}: 0 if the status is the command's (RFC 7143 section 11.4.3). */
    public int response() {
        return response;
    }

    /** SAM-5 status. */
    public int status() {
        return status;
    }

    /** The first {@link #senseLength()} octets are sense data. */
    public byte[] sense() {
        return sense;
    }

    public int senseLength() {
        return senseLength;
    }

    /** Octets that were expected and not moved; negative, octets that there were beyond (RFC 7143 section 11.4.5). */
    public long residual() {
        return residual;
    }

    void begin() {
        end = End.NONE;
        endWhenReleased = End.NONE;
        wasSent = false;
        response = 0;
        status = 0;
        senseLength = 0;
        residual = 0;
        unsolicitedFrom = 0;
        unsolicitedTo = 0;
        dataSn = 0;
        state = State.QUEUED;
    }

    void sent(int newSlot, int tag, int newCmdSn) {
        slot = newSlot;
        initiatorTaskTag = tag;
        cmdSn = newCmdSn;
        wasSent = true;
        state = State.SENT;
    }

    void setResponse(int newResponse, int newStatus, long newResidual, int newSenseLength) {
        response = newResponse;
        status = newStatus;
        residual = newResidual;
        senseLength = newSenseLength;
    }

    /** Gives it back; it must have left every line, as its owner may submit it again at once. */
    void finish(End how) {
        assert line == null : "a task that still stands in a line";
        end = how;
        state = State.IDLE;
        slot = -1;
        owner.taskEnded(this);
    }
}
