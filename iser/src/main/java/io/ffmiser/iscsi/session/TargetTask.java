package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.memory.RegisteredMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A SCSI task as its target session knows it, from the SCSI Command to the SCSI Response and the end of its transfers; reused for one
 * command after another. Its public methods are for the {@link TargetTaskHandler}, on the owner's thread.
 */
public final class TargetTask {
    /** What a task is at. */
    enum State {
        FREE,
        /** With the handler. */
        ACTIVE,
        /** The handler was told to end it. */
        ABORTING,
        /** The SCSI Response is decided: sent, or waiting for its transfers to be issued or for a place. */
        COMPLETED,
        /** The SCSI Response was sent; read data may still be leaving. */
        RESPONDED
    }

    static final int CHECK_CONDITION = 0x02;

    @Nullable
    TargetTask nextFree;

    @Nullable
    TargetTask nextDraining;

    @Nullable
    TargetTask previousInSession;

    @Nullable
    TargetTask nextInSession;

    State state = State.FREE;
    /** In order of arrival over all sessions of a node: task management covers what is older than itself. */
    long serial;

    /** A CHECK CONDITION that the session itself found (RFC 7143 section 11.4.7.2): sense key, ASC and ASCQ; 0 for none. */
    int ownSense;

    boolean immediate;
    int status;
    int senseLength;
    byte[] sense = NO_SENSE;
    long transferLength;

    /** Unsolicited data as it arrived, and where each piece begins in the write buffer. */
    private @Nullable InboundPdu[] pieces = new InboundPdu[1];

    private long[] pieceStarts = new long[1];
    private int pieceCount;
    /** The command's own PDU is read in place while it is executed, and retained only if that does not suffice. */
    private boolean firstRetained;

    /** Octets of unsolicited data that came. */
    long unsolicited;
    /** Whether more of it is announced: until the PDU with the F bit has come, also while it is discarded. */
    boolean unsolicitedOpen;
    /** Whether {@link #isLate} has seen that, and when first. */
    private boolean unsolicitedSeen;
    /** And that it would be discarded. */
    private boolean discardSeen;

    private long unsolicitedSinceNanos;
    private final TargetTransferTime transferTime = new TargetTransferTime();

    int nextDataSn;

    /** The response waits for a place. */
    boolean isResponseWaiting;

    private TargetTransfer[] transfers = {new TargetTransfer(), new TargetTransfer()};
    private int transferHead;
    private int transferCount;
    /** How many of them, from the head on, were issued whole. */
    int transfersIssued;

    int nextTransferSn;
    boolean isBlocked;

    private static final byte[] NO_SENSE = new byte[0];
    private int initiatorTaskTag;
    private long lun;
    private int cmdSn;
    private boolean read;
    private boolean write;
    private int attribute;
    private long expectedDataTransferLength;
    private @Nullable TargetConnection connection;
    private @Nullable ScsiCommandPdu commandPdu;
    private @Nullable AdditionalHeaderSegments commandAhs;
    private @Nullable Object context;

    TargetTask() {}

    void begin(TargetConnection newConnection, ScsiCommandPdu pdu, AdditionalHeaderSegments ahs, long newSerial) {
        connection = newConnection;
        commandPdu = pdu;
        commandAhs = ahs;
        serial = newSerial;
        setInitiatorTaskTag(pdu.initiatorTaskTag());
        lun = pdu.lun();
        cmdSn = pdu.cmdSn();
        immediate = pdu.isImmediate();
        read = pdu.isRead();
        write = pdu.isWrite();
        attribute = pdu.taskAttribute();
        expectedDataTransferLength = pdu.expectedDataTransferLength();
        state = State.ACTIVE;
        ownSense = 0;
        unsolicited = 0;
        unsolicitedOpen = false;
        unsolicitedSeen = false;
        discardSeen = false;
        transferTime.reset();
        nextDataSn = 0;
        nextTransferSn = 0;
        transfersIssued = 0;
        isBlocked = false;
        isResponseWaiting = false;
    }

    /** The command PDU may not be read any more. */
    void forgetCommand() {
        commandPdu = null;
        commandAhs = null;
    }

    void end() {
        state = State.FREE;
        connection = null;
        sense = NO_SENSE;
        forgetCommand();
    }

    /** Names it, while no table has it. */
    void setInitiatorTaskTag(int tag) {
        initiatorTaskTag = tag;
    }

    public int initiatorTaskTag() {
        return initiatorTaskTag;
    }

    /** The LUN field as it came. */
    public long lun() {
        return lun;
    }

    public int cmdSn() {
        return cmdSn;
    }

    /** ATTR: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA. */
    public int attribute() {
        return attribute;
    }

    /** Octets of the initiator's read buffer. */
    public long readLength() {
        return read ? expectedDataTransferLength : 0;
    }

    /** Octets of the initiator's write buffer. */
    public long writeLength() {
        return write ? expectedDataTransferLength : 0;
    }

    long expectedDataTransferLength() {
        return expectedDataTransferLength;
    }

    boolean isWrite() {
        return write;
    }

    /** The session it belongs to. */
    public TargetSession session() {
        return connection().session();
    }

    TargetConnection connection() {
        TargetConnection current = connection;
        if (current == null) {
            throw new IllegalStateException("the task has ended");
        }
        return current;
    }

    /** What the handler wants to find again, also in the task object's next use. */
    public @Nullable Object context() {
        return context;
    }

    public void setContext(@Nullable Object newContext) {
        context = newContext;
    }

    /**
     * Copies the CDB, during {@link TargetTaskHandler#execute} only.
     *
     * @param destination {@link AdditionalHeaderSegments#MAX_CDB_LENGTH} octets
     * @return its length: 16, or more with an Extended CDB
     */
    public int copyCdb(byte[] destination) {
        ScsiCommandPdu pdu = commandPdu;
        AdditionalHeaderSegments ahs = commandAhs;
        if (pdu == null || ahs == null) {
            throw new IllegalStateException("the CDB can be read during execute only");
        }
        pdu.copyCdb(destination);
        if (ahs.extendedCdbLength() > 0) {
            ahs.copyExtendedCdb(destination, ScsiCommandPdu.CDB_LENGTH);
        }
        return ScsiCommandPdu.CDB_LENGTH + ahs.extendedCdbLength();
    }

    /**
     * Send Data-In: {@link TargetTaskHandler#dataInDelivered} follows. What lies beyond the initiator's buffer is not moved.
     *
     * @param bufferOffset where it goes in the initiator's buffer
     */
    public void sendDataIn(RegisteredMemory memory, long offset, int length, long bufferOffset) {
        int within = (int) Math.max(0, Math.min(length, readLength() - bufferOffset));
        addTransfer().set(true, memory, offset, within, bufferOffset);
        moveData();
    }

    /**
     * Receive Data-Out: {@link TargetTaskHandler#dataOutReceived} follows.
     *
     * @throws IndexOutOfBoundsException for a range beyond the initiator's buffer
     */
    public void receiveDataOut(RegisteredMemory memory, long offset, int length, long bufferOffset) {
        if (bufferOffset < 0 || length < 0 || bufferOffset + length > writeLength()) {
            throw new IndexOutOfBoundsException(
                    "write data " + bufferOffset + " to " + (bufferOffset + length) + " of " + writeLength());
        }
        addTransfer().set(false, memory, offset, length, bufferOffset);
        moveData();
    }

    // What fails in the session ends its connection: nobody can tell how much of a transfer, or of a response, was
    // handed over.

    private void moveData() {
        TargetConnection from = connection();
        try {
            from.data().advance(this);
        } catch (RuntimeException | Error e) {
            from.broken(e);
        }
    }

    /**
     * Send Command Complete. Read data may still be unanswered: it reaches the initiator before the status does.
     *
     * @param newStatus of SAM-5
     * @param newSense sense data, which stays unchanged until the task ends
     * @param newTransferLength octets that the command called for, from which residuals are computed
     */
    public void complete(int newStatus, byte[] newSense, int newSenseLength, long newTransferLength) {
        if (state != State.ACTIVE) {
            throw new IllegalStateException("a task completes once, and not when aborted: " + state);
        }
        status = newStatus;
        sense = newSense;
        senseLength = newSenseLength;
        transferLength = newTransferLength;
        state = State.COMPLETED;
        TargetConnection from = connection();
        try {
            from.session().completed(this);
        } catch (RuntimeException | Error e) {
            from.broken(e);
        }
    }

    /** Makes the CHECK CONDITION that the session found the outcome. */
    void completeOwn() {
        // SPC-4 section 4.5.3: fixed format
        byte[] fixed = new byte[18];
        fixed[0] = 0x70;
        fixed[2] = (byte) (ownSense >>> 16);
        fixed[7] = 10;
        fixed[12] = (byte) (ownSense >>> 8);
        fixed[13] = (byte) ownSense;
        status = CHECK_CONDITION;
        sense = fixed;
        senseLength = fixed.length;
        transferLength = 0;
        state = State.COMPLETED;
    }

    /** Answers {@link TargetTaskHandler#abort}. */
    public void abortCompleted() {
        if (state != State.ABORTING) {
            throw new IllegalStateException("the task was not aborted: " + state);
        }
        TargetConnection from = connection();
        try {
            from.session().aborted(this);
        } catch (RuntimeException | Error e) {
            from.broken(e);
        }
    }

    // Transfers: a queue, answered in order.

    private TargetTransfer addTransfer() {
        if (state != State.ACTIVE && state != State.ABORTING) {
            throw new IllegalStateException("the task is " + state);
        }
        if (transferCount == transfers.length) {
            TargetTransfer[] more = new TargetTransfer[transferCount * 2];
            for (int i = 0; i < more.length; i++) {
                more[i] = i < transferCount ? transfer(i) : new TargetTransfer();
            }
            transfers = more;
            transferHead = 0;
        }
        TargetTransfer added = transfers[transferHead + transferCount & transfers.length - 1];
        transferCount++;
        return added;
    }

    /** How many calls of {@link #sendDataIn} and {@link #receiveDataOut} have no answer yet. */
    public int transferCount() {
        return transferCount;
    }

    /** @param index from the oldest on */
    TargetTransfer transfer(int index) {
        return transfers[transferHead + index & transfers.length - 1];
    }

    /** Whether the datamover has yet to complete the piece with that number. */
    boolean awaits(int sn) {
        for (int i = 0; i < transferCount; i++) {
            TargetTransfer transfer = transfer(i);
            if (transfer.outstanding > 0 && transfer.hasPiece(sn)) {
                return true;
            }
        }
        return false;
    }

    void removeOldestTransfer() {
        transfer(0).memory = null;
        transferHead = transferHead + 1 & transfers.length - 1;
        transferCount--;
        transfersIssued--;
    }

    // Unsolicited data: the PDUs it came in, until it is fetched.

    /** Adds what came in a PDU, which is retained. */
    void addPiece(InboundPdu pdu, boolean retain) {
        if (pieceCount == pieces.length) {
            pieces = Arrays.copyOf(pieces, pieceCount * 2);
            pieceStarts = Arrays.copyOf(pieceStarts, pieceCount * 2);
        }
        pieces[pieceCount] = retain ? pdu.retain() : pdu;
        if (pieceCount == 0) {
            firstRetained = retain;
        }
        pieceStarts[pieceCount] = unsolicited;
        pieceCount++;
        unsolicited += pdu.dataLength();
    }

    /**
     * Whether its response may be sent: all its transfers were handed to the datamover, and no data is awaited. RFC 7143 section 11.4.2: a
     * command that fails early is answered once the last data that it announced has come.
     */
    boolean mayRespond() {
        return transfersIssued == transferCount && !unsolicitedOpen;
    }

    /** Whether it is over, and the data that it announced would be discarded. */
    boolean discards() {
        return state == State.COMPLETED && unsolicitedOpen;
    }

    /** Whether announced data has been awaited for too long, to the precision of the calls: since the end of what is over. */
    boolean isLate(long nowNanos, TargetSessionSettings limits) {
        if (!unsolicitedOpen) {
            return false;
        }
        if (!unsolicitedSeen || discards() != discardSeen) {
            unsolicitedSeen = true;
            discardSeen = discards();
            unsolicitedSinceNanos = nowNanos;
        }
        return nowNanos - unsolicitedSinceNanos > (discardSeen ? limits.discardNanos() : limits.dataNanos());
    }

    TargetTransferTime transferTime() {
        return transferTime;
    }

    int pieceCount() {
        return pieceCount;
    }

    InboundPdu piece(int index) {
        InboundPdu pdu = pieces[index];
        if (pdu == null) {
            throw new IllegalStateException("no piece " + index);
        }
        return pdu;
    }

    long pieceStart(int index) {
        return pieceStarts[index];
    }

    /** The command's own PDU, added without retaining it, must outlive the call that brought it. */
    void retainFirstPiece() {
        pieces[0] = piece(0).retain();
        firstRetained = true;
    }

    /** Gives them back, unless the connection is gone and they with it. */
    void dropPieces(boolean release) {
        for (int i = 0; i < pieceCount; i++) {
            InboundPdu pdu = pieces[i];
            pieces[i] = null;
            if (release && pdu != null && (i > 0 || firstRetained)) {
                pdu.release();
            }
        }
        pieceCount = 0;
    }

    @Override
    public String toString() {
        return "task 0x" + Integer.toHexString(initiatorTaskTag) + " " + state;
    }
}
