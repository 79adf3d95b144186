package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.datamover.TargetTransport;
import io.ffmiser.datamover.TaskTags;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The target's side of an iSER connection: turns Put_Data into RDMA Writes and Get_Data into RDMA Reads of the buffers that the initiator
 * advertised with its commands (RFC 7145 sections 7.3.5 and 7.3.6).
 *
 * <p>What the iSCSI layer has to keep to:
 *
 * <ul>
 *   <li>A SCSI Response is sent when the task's Get_Data calls have completed (each with notify), its Put_Data calls may still be under
 *       way. A command that ends without one (aborted, rejected, or dropped for its CmdSN) is given to {@link
 *       #deallocateTaskResources}; a second command with the tag of an active task is not, since the mapping stays that of the first.
 *   <li>A Put_Data or Get_Data beyond what the initiator advertised ends the connection: the commands it sent contradict each other.
 *   <li>A Put_Data may be notified after its response was answered by a new command with the same tag: the DataSN must tell the two
 *       apart.
 *   <li>Get_Data is called once the last unsolicited Data-Out of the command has arrived.
 *   <li>At most {@link IserSettings#maxDataOperations} calls are outstanding; with notify each is until it is notified, without, until
 *       a later one or a response has completed.
 * </ul>
 */
public final class IserTargetConnection extends IserConnection<TargetDatamoverListener> implements TargetTransport {
    /** A region may begin at a page. */
    private static final long REGION_SPARE = 4096;

    private final ConnectionRequest request;
    private final boolean invalidatesRemotely;
    private @Nullable RemoteMappings mappings;
    private @Nullable DataOperations operations;
    private boolean awaitsHello;

    private IserTargetConnection(
            ConnectionRequest request,
            ProtectionDomain domain,
            ConnectionOptions options,
            IserSettings settings,
            LineLimit peerLog) {
        super("target", request::createConnection, domain, options, settings, peerLog);
        this.request = request;
        invalidatesRemotely = settings.remoteInvalidate()
                && request.device().capabilities().remoteInvalidate()
                && IserPrivateData.allowsSendWithInvalidate(request.privateData());
    }

    /**
     * Makes the connection; {@link #start} accepts it.
     *
     * @param peerLog bounds the lines about all connections
     * @throws io.ffmiser.rdma.RdmaException if resources are short; the caller rejects the request
     */
    public static IserTargetConnection create(
            ConnectionRequest request, ProtectionDomain domain, IserSettings settings, LineLimit peerLog) {
        return new IserTargetConnection(request, domain, options(settings), settings, peerLog);
    }

    /** The queues of a connection with those settings. */
    public static ConnectionOptions options(IserSettings settings) {
        // Sends and transfers, the last login Send and a HelloReply
        int sendDepth = settings.maxSends() + settings.maxDataOperations() + 2;
        return new ConnectionOptions(sendDepth, settings.maxReceives() + 1, 1, 0);
    }

    /** What a connection in login takes of registered memory, at most. */
    public static long loginBytes() {
        return LoginExchange.BYTES + REGION_SPARE;
    }

    /** What a connection with those resources takes of registered memory beside that, however its receives were extended to them. */
    public static long memoryBytes(ConnectionResources resources, IserSettings settings) {
        // of sends, of receives, and of those that receives were extended by, each time to the double
        int regions = 2 + Integer.SIZE - Integer.numberOfLeadingZeros(resources.receives());
        return SendBuffers.bytes(resources.sends(), resources.sendDataSegmentLength())
                + ReceiveBuffers.bytes(
                        resources.receives(), settings.maxAhsLength(), resources.receiveDataSegmentLength())
                + regions * REGION_SPARE;
    }

    private RemoteMappings mappings() {
        return Objects.requireNonNull(mappings);
    }

    private DataOperations operations() {
        return Objects.requireNonNull(operations);
    }

    @Override
    void open() {
        int depth = Math.min(settings.readDepth(domain.device().capabilities()), request.initiatorDepth());
        connection.accept(new ConnectionParameters(IserPrivateData.of(invalidatesRemotely), 0, depth));
    }

    @Override
    void opened(byte[] privateData) {}

    @Override
    void allocateTasks(ConnectionResources wanted) {
        mappings = new RemoteMappings(wanted.tasks());
        operations = new DataOperations(settings.maxDataOperations());
        operations.readLimit(connection.initiatorDepth());
    }

    @Override
    void allocated() {
        // the receives are posted by Enable_Datamover, right before the final Login Response
    }

    @Override
    public void enableDatamover(byte[] finalLoginResponse) {
        if (enable()) {
            awaitsHello = keys.iserHelloRequired();
            // RFC 7145 section 5.1.2: posted before the initiator can send the first PDU of full feature phase
            postReceives();
            transmitLogin(finalLoginResponse);
            giveBackLogin();
        }
    }

    @Override
    public boolean extendReceives(int more) {
        return extend(more);
    }

    @Override
    public TransportCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    long declaredByPeer(NegotiatedKeys negotiated) {
        return negotiated.initiatorMaxOutstandingUnexpectedPdus();
    }

    @Override
    boolean awaitsHello() {
        return awaitsHello;
    }

    @Override
    void helloArrived(ReceiveBuffers.Arrived message) {
        // also where Hello was not negotiated: an initiator of RFC 5046 sends it unasked (RFC 7145 section 5.1.3)
        MemorySegment segment = message.segment();
        int highest = IserHeader.maxVersion(segment, message.offset());
        int lowest = IserHeader.lowVersion(segment, message.offset());
        int readDepth = IserHeader.readDepth(segment, message.offset());
        int version = lowest <= IserHeader.VERSION && IserHeader.VERSION <= highest
                ? IserHeader.VERSION
                : lowest <= IserHeader.VERSION_RFC5046 && IserHeader.VERSION_RFC5046 <= highest
                        ? IserHeader.VERSION_RFC5046
                        : 0;
        int limit = Math.min(operations().readLimit(), readDepth);
        // RFC 7145 section 10.1.3.1: no version in common, or reads offered that could never be used
        boolean rejected = version == 0 || (limit == 0 && readDepth > 0);
        IserHeader.writeHelloReply(
                sends().segment(),
                sends().helloOffset(),
                rejected,
                IserHeader.VERSION,
                version == 0 ? IserHeader.VERSION : version,
                limit);
        sender.transmitHello(sends());
        if (rejected) {
            fail("refused the Hello parameters: versions " + lowest + " to " + highest + ", iSER-IRD " + readDepth
                    + ", iSER-ORD " + limit);
        } else {
            operations().readLimit(limit);
            awaitsHello = false;
            controlAvailable();
        }
    }

    @Override
    void helloReplyArrived(ReceiveBuffers.Arrived message) {
        fail("protocol error: the initiator sent a HelloReply");
    }

    // Control PDUs in.

    @Override
    void controlArrived(ReceiveBuffers.Arrived pdu, boolean invalidated, int invalidatedStag) {
        MemorySegment segment = pdu.segment();
        long header = pdu.headerOffset();
        int opcode = Bhs.opcode(segment, header);
        boolean advertises =
                IserHeader.hasReadStag(segment, pdu.offset()) || IserHeader.hasWriteStag(segment, pdu.offset());
        if (advertises && opcode != Bhs.SCSI_COMMAND && opcode != Bhs.TASK_MANAGEMENT_REQUEST) {
            fail("iSER format error: an STag is advertised with opcode 0x" + Integer.toHexString(opcode));
            return;
        }
        switch (opcode) {
            case Bhs.SCSI_COMMAND -> {
                if (advertises && !map(pdu)) {
                    return;
                }
            }
            case Bhs.DATA_OUT -> {
                if (Bhs.targetTransferTag(segment, header) != Bhs.RESERVED_TAG) {
                    fail("iSER format error: a solicited Data-Out in a Send");
                    return;
                }
                int task = mappings().find(Bhs.initiatorTaskTag(segment, header));
                if (task != TaskTags.NONE && mappings().isUnsolicitedToCome(task)) {
                    mappings().unsolicitedArrived(task, pdu.dataLength(), !Bhs.isFinal(segment, header));
                }
            }
            case Bhs.NOP_OUT -> unexpected().answered(Bhs.targetTransferTag(segment, header));
            default -> {}
        }
        unexpected().acknowledged(Bhs.expStatSn(segment, header));
        deliver(pdu);
    }

    /** Remembers what a SCSI Command advertises. Returns false if that ended the connection. */
    private boolean map(ReceiveBuffers.Arrived pdu) {
        MemorySegment segment = pdu.segment();
        long header = pdu.headerOffset();
        long offset = pdu.offset();
        boolean read = Bhs.isRead(segment, header);
        boolean write = Bhs.isWrite(segment, header);
        if ((IserHeader.hasReadStag(segment, offset) && !read)
                || (IserHeader.hasWriteStag(segment, offset) && !write)) {
            fail("iSER format error: an STag is advertised for a direction in which the command moves no data");
            return false;
        }
        int tag = Bhs.initiatorTaskTag(segment, header);
        if (mappings().find(tag) != TaskTags.NONE) {
            return true;
        }
        if (mappings().isFull()) {
            fail("the initiator has more than " + mappings().size() + " tasks active");
            return false;
        }
        long expected = Bhs.expectedDataTransferLength(segment, header);
        int task = mappings().add(tag);
        if (IserHeader.hasReadStag(segment, offset)) {
            long length = write ? Bhs.bidirectionalReadLength(segment, header, pdu.ahsLength()) : expected;
            mappings()
                    .advertiseRead(
                            task,
                            IserHeader.readStag(segment, offset),
                            IserHeader.readBaseOffset(segment, offset),
                            length);
        }
        if (IserHeader.hasWriteStag(segment, offset)) {
            mappings()
                    .advertiseWrite(
                            task,
                            IserHeader.writeStag(segment, offset),
                            IserHeader.writeBaseOffset(segment, offset),
                            expected);
            mappings().unsolicitedArrived(task, pdu.dataLength(), !Bhs.isFinal(segment, header));
        }
        return true;
    }

    // Control PDUs out.

    @Override
    void send(SendBuffers.Place place) {
        if (ControlSender.checkControlType(place) == Bhs.SCSI_RESPONSE) {
            sendResponse(place);
        } else {
            sender.transmit(place, prepare(place), false, 0);
        }
    }

    private void sendResponse(SendBuffers.Place place) {
        int task = mappings().find(Bhs.initiatorTaskTag(place.segment(), place.headerOffset()));
        if (task == TaskTags.NONE) {
            sender.transmit(place, prepare(place), false, 0);
            return;
        }
        // RFC 7145 section 7.3.6: the response to a write is sent after its RDMA Reads have completed
        require(mappings().reads(task) == 0, "RDMA Reads of the task are outstanding");
        boolean read = mappings().hasRead(task);
        int stag = read ? mappings().readStag(task) : mappings().writeStag(task);
        // one STag fits; of a bidirectional command the initiator invalidates both, as Linux expects
        boolean invalidate =
                invalidatesRemotely && stag != 0 && !(read && mappings().hasWrite(task));
        int length = prepare(place);
        // RFC 7145 section 7.3.2: the mapping is gone before the response is sent
        mappings().remove(task);
        sender.transmit(place, length, invalidate, stag);
    }

    @Override
    void account(SendBuffers.Place place, int opcode, UnexpectedPdus credits) {
        MemorySegment segment = place.segment();
        long header = place.headerOffset();
        place.unsignaledBefore(operations().unsignaledPosted());
        // RFC 7145 section 8.1.2
        boolean isUnexpected = switch (opcode) {
            case Bhs.ASYNC_MESSAGE, Bhs.REJECT -> true;
            case Bhs.NOP_IN -> Bhs.initiatorTaskTag(segment, header) == Bhs.RESERVED_TAG;
            default -> false;
        };
        if (isUnexpected) {
            int transferTag = opcode == Bhs.NOP_IN ? Bhs.targetTransferTag(segment, header) : Bhs.RESERVED_TAG;
            credits.statusSent(Bhs.statSn(segment, header), transferTag);
        }
    }

    @Override
    void sendCompleted(SendBuffers.Place place) {
        operations().unsignaledCompleted(place.unsignaledBefore());
    }

    // Data.

    @Override
    public void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (!isFullFeature()) {
            return;
        }
        MemoryRegion region = checkMemory(data, 0);
        int task = mappings().find(initiatorTaskTag);
        if (task == TaskTags.NONE || !mappings().hasRead(task)) {
            fail("iSER error: no Read STag was advertised for task 0x" + Integer.toHexString(initiatorTaskTag));
            return;
        }
        if (!mappings().isInReadBuffer(task, bufferOffset, data.length())) {
            failRange("Read", initiatorTaskTag, bufferOffset, data.length());
            return;
        }
        long address = mappings().readAddress(task, bufferOffset);
        checkRoom();
        SendBatch batch = connection.sendBatch();
        if (!notify && operations().unsignaledFits()) {
            operations().addUnsignaled();
            batch.rdmaWrite(
                    WorkId.of(WorkId.PUT_UNSIGNALED, 0), mappings().readStag(task), address, SendBatch.UNSIGNALED);
        } else {
            int operation =
                    operations().add(initiatorTaskTag, dataSn, task, mappings().generation(task), notify);
            mappings().transferStarted(task, false);
            batch.rdmaWrite(WorkId.of(WorkId.PUT, operation), mappings().readStag(task), address, SendBatch.SIGNALED);
        }
        batch.sge(region, data.offset(), data.length());
        sender.gathered();
    }

    @Override
    public void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (!isFullFeature()) {
            return;
        }
        checkMemory(data, Access.LOCAL_WRITE);
        int task = mappings().find(initiatorTaskTag);
        if (task == TaskTags.NONE || !mappings().hasWrite(task)) {
            fail("iSER error: no Write STag was advertised for task 0x" + Integer.toHexString(initiatorTaskTag));
            return;
        }
        // RFC 7145 section 7.3.6
        if (operations().readLimit() == 0) {
            fail("iSER error: iSER-ORD is 0, solicited data cannot be fetched");
            return;
        }
        require(!mappings().isUnsolicitedToCome(task), "unsolicited Data-Out of the task is still to come");
        if (!mappings().isInWriteBuffer(task, bufferOffset, data.length())) {
            failRange("Write", initiatorTaskTag, bufferOffset, data.length());
            return;
        }
        long address = mappings().writeAddress(task, bufferOffset, keys.taggedBufferForSolicitedDataOnly());
        checkRoom();
        int operation =
                operations().add(initiatorTaskTag, r2tSn, task, mappings().generation(task), notify);
        mappings().transferStarted(task, true);
        operations().await(operation, data, mappings().writeStag(task), address);
        postReads();
    }

    /** Nothing to be done: an RDMA Read needs the initiator's adapter alone, and ends by itself. */
    @Override
    public void cancelGetData(int initiatorTaskTag) {}

    /** The command as it is executed asks for what the command as it was mapped did not advertise: nothing is moved. */
    private void failRange(String buffer, int initiatorTaskTag, long bufferOffset, int length) {
        fail("iSER error: task 0x" + Integer.toHexString(initiatorTaskTag) + " advertised no " + buffer + " buffer for "
                + length + " octets from " + bufferOffset + " on");
    }

    private void checkRoom() {
        require(!operations().isFull(), "all data operations are outstanding (IserSettings.maxDataOperations)");
    }

    private void postReads() {
        if (operations().addReads(connection.sendBatch())) {
            sender.gathered();
            sender.post();
        }
    }

    @Override
    void workCompleted(int kind, int index) {
        if (kind == WorkId.PUT_UNSIGNALED) {
            return;
        }
        boolean read = kind == WorkId.GET;
        int tag = operations().tag(index);
        int task = operations().task(index);
        int sn = operations().sn(index);
        boolean notify = operations().notifies(index);
        mappings().transferCompleted(task, operations().generation(index), read);
        operations().completed(index);
        if (!isFullFeature()) {
            return;
        }
        if (read) {
            operations().readCompleted();
            postReads();
        }
        if (notify) {
            listener().dataCompletionNotify(tag, sn);
        }
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        if (isFullFeature()) {
            int task = mappings().find(initiatorTaskTag);
            if (task != TaskTags.NONE) {
                mappings().deallocate(task);
            }
        }
    }

    /** How many tasks have buffers advertised by the initiator. */
    int tasksMapped() {
        RemoteMappings current = mappings;
        return current == null ? 0 : current.size();
    }

    /** How many RDMA Reads are posted. */
    int readsPosted() {
        DataOperations current = operations;
        return current == null ? 0 : current.readsPosted();
    }
}
