package io.ffmiser.scsi;

import org.jspecify.annotations.Nullable;

/**
 * A SCSI command on its way through a logical unit: made once by the transport, reused. The transport sets what the application client
 * asked ({@link #begin}); the logical unit sets the outcome before {@link TransportServices#sendCommandComplete}.
 */
public final class ScsiCommand {
    /** SAM-5 status codes. */
    public static final int GOOD = 0x00;

    public static final int CHECK_CONDITION = 0x02;
    public static final int BUSY = 0x08;
    public static final int RESERVATION_CONFLICT = 0x18;
    public static final int TASK_SET_FULL = 0x28;
    public static final int TASK_ABORTED = 0x40;

    /** The longest CDB kept: what a 260-octet extended CDB needs. */
    public static final int MAX_CDB_LENGTH = 260;

    private final byte[] cdb = new byte[MAX_CDB_LENGTH];
    private final byte[] sense = new byte[252];
    private int cdbLength;
    private int senseLength;
    private int status;
    private TaskAttribute attribute = TaskAttribute.SIMPLE;
    private @Nullable Nexus nexus;
    private @Nullable TransportServices transport;
    private long dataInLength;
    private long dataOutLength;
    private long transferLength;
    /** What the transport wants to find again. */
    private @Nullable Object transportContext;
    /** What the logical unit wants to find again. */
    @Nullable
    Object deviceServerContext;

    /** SAM-5 task attributes. */
    public enum TaskAttribute {
        SIMPLE,
        ORDERED,
        HEAD_OF_QUEUE,
        ACA
    }

    /**
     * Starts a new use. The CDB's octets are written into {@link #cdb()} by the caller.
     *
     * @param newDataInLength octets of the application client's read buffer
     * @param newDataOutLength octets of its write buffer
     */
    public void begin(
            Nexus newNexus,
            TransportServices newTransport,
            int newCdbLength,
            TaskAttribute newAttribute,
            long newDataInLength,
            long newDataOutLength) {
        nexus = newNexus;
        transport = newTransport;
        cdbLength = newCdbLength;
        attribute = newAttribute;
        dataInLength = newDataInLength;
        dataOutLength = newDataOutLength;
        status = GOOD;
        senseLength = 0;
        transferLength = 0;
    }

    /** The CDB, of which {@link #cdbLength()} octets are meant. */
    public byte[] cdb() {
        return cdb;
    }

    public int cdbLength() {
        return cdbLength;
    }

    public TaskAttribute attribute() {
        return attribute;
    }

    public Nexus nexus() {
        return require(nexus);
    }

    public TransportServices transport() {
        return require(transport);
    }

    public long dataInLength() {
        return dataInLength;
    }

    public long dataOutLength() {
        return dataOutLength;
    }

    public @Nullable Object transportContext() {
        return transportContext;
    }

    public void setTransportContext(@Nullable Object context) {
        transportContext = context;
    }

    public int status() {
        return status;
    }

    public void setStatus(int newStatus) {
        status = newStatus;
    }

    /** Sense data, of which {@link #senseLength()} octets are meant. */
    public byte[] sense() {
        return sense;
    }

    public int senseLength() {
        return senseLength;
    }

    public void setSenseLength(int length) {
        senseLength = length;
    }

    /**
     * How many octets the command called for (SPDTL, RFC 7143 section 11.4.5.2), whatever the application client's buffer holds: the
     * transport computes residuals from it. An allocation length has been applied already.
     */
    public long transferLength() {
        return transferLength;
    }

    public void setTransferLength(long octets) {
        transferLength = octets;
    }

    private static <T> T require(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the command has not begun");
        }
        return value;
    }
}
