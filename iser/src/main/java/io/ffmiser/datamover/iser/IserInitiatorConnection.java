package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InitiatorDatamoverListener;
import io.ffmiser.datamover.InitiatorTransport;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.TaskTags;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.Route;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The initiator's side of an iSER connection: exposes the buffers of a task for as long as the task lasts, and no longer (RFC 7145
 * sections 7.3.1, 7.3.2 and 11).
 *
 * <p>Call {@link #allocateConnectionResources} before the final Login Request is sent: it posts the receives of full feature phase behind
 * the one that waits for the Login Response. Should that response not end the login after all, the ones that follow it land in
 * receives of full feature phase, and have to fit them.
 *
 * <p>Read buffers need a region with {@link Access#REMOTE_WRITE}, write buffers one with {@link Access#REMOTE_READ}.
 */
public final class IserInitiatorConnection extends IserConnection<InitiatorDatamoverListener>
        implements InitiatorTransport {
    private static final Logger LOG = LoggerFactory.getLogger(IserInitiatorConnection.class);

    private @Nullable LocalMappings mappings;
    private final ArrivalOrder held = new ArrivalOrder();
    private boolean awaitsHelloReply;

    private IserInitiatorConnection(
            Maker maker, ProtectionDomain domain, ConnectionOptions options, IserSettings settings) {
        super("initiator", maker, domain, options, settings, LineLimit.none());
    }

    /**
     * Makes the connection, which uses the route up; {@link #start} connects it.
     *
     * <p>Where the provider was told to expose memory by the keys of regions ({@link DeviceCapabilities#exposureWithdrawable()} is false), the
     * buffer of a completed task stays open to the target until the connection ends, which RFC 7145 (section 8.3.2) wants otherwise: that is
     * logged, and left to the target.
     *
     * @throws RdmaException if resources are short
     */
    public static IserInitiatorConnection create(Route route, ProtectionDomain domain, IserSettings settings) {
        DeviceCapabilities device = route.device().capabilities();
        if (!device.exposureWithdrawable()) {
            LOG.warn(
                    "device {}: the target {} can reach the buffers of completed tasks until the connection ends",
                    route.device().name(),
                    route.remoteAddress());
        }
        // Sends, one invalidation for each exposure, the last login Send and a Hello
        int sendDepth = settings.maxSends() + 2 * settings.maxTasks() + 2;
        ConnectionOptions options =
                new ConnectionOptions(sendDepth, settings.maxReceives() + 1, 1, 2 * settings.maxTasks());
        return new IserInitiatorConnection(route::createConnection, domain, options, settings);
    }

    private LocalMappings mappings() {
        return Objects.requireNonNull(mappings);
    }

    private boolean acceptsRemoteInvalidation() {
        return settings.remoteInvalidate() && domain.device().capabilities().remoteInvalidate();
    }

    @Override
    void open() {
        connection.connect(new ConnectionParameters(IserPrivateData.of(acceptsRemoteInvalidation()), readDepth(), 0));
    }

    private int readDepth() {
        return settings.readDepth(domain.device().capabilities());
    }

    @Override
    void opened(byte[] privateData) {
        // the target's announcement changes nothing here: each response is checked for what it invalidated
    }

    @Override
    void allocateTasks(ConnectionResources wanted) {
        if (mappings == null) {
            mappings = new LocalMappings(connection, wanted.tasks());
        }
    }

    @Override
    void allocated() {
        // RFC 7145 section 5.1.1: receives are posted before the final Login Request; the one for its response comes
        // first
        postLoginReceive();
        postReceives();
    }

    @Override
    public void enableDatamover() {
        if (enable()) {
            sendHelloIfNegotiated();
            giveBackLogin();
        }
    }

    private void sendHelloIfNegotiated() {
        if (keys.iserHelloRequired()) {
            awaitsHelloReply = true;
            IserHeader.writeHello(
                    sends().segment(),
                    sends().helloOffset(),
                    IserHeader.VERSION,
                    IserHeader.VERSION,
                    connection.responderResources());
            sender.transmitHello(sends());
        }
    }

    @Override
    long declaredByPeer(NegotiatedKeys negotiated) {
        return negotiated.targetMaxOutstandingUnexpectedPdus();
    }

    @Override
    boolean awaitsHello() {
        return awaitsHelloReply;
    }

    @Override
    void helloArrived(ReceiveBuffers.Arrived message) {
        fail("protocol error: the target sent a Hello");
    }

    @Override
    void helloReplyArrived(ReceiveBuffers.Arrived message) {
        MemorySegment segment = message.segment();
        if (!awaitsHelloReply) {
            fail("protocol error: HelloReply without Hello");
        } else if (IserHeader.isReject(segment, message.offset())) {
            fail("the target refused the Hello parameters: its MaxVer is "
                    + IserHeader.maxVersion(segment, message.offset()) + ", its iSER-ORD "
                    + IserHeader.readDepth(segment, message.offset()));
        } else if (IserHeader.lowVersion(segment, message.offset()) != IserHeader.VERSION) {
            fail("protocol error: HelloReply with version " + IserHeader.lowVersion(segment, message.offset()));
        } else {
            awaitsHelloReply = false;
            controlAvailable();
        }
    }

    // Out.

    @Override
    void send(SendBuffers.Place place) {
        ControlSender.checkControlType(place);
        sender.transmit(place, prepare(place), false, 0);
    }

    @Override
    public void sendControl(
            OutboundPdu pdu,
            int immediateDataSize,
            int unsolicitedDataSize,
            DataDescriptor dataOut,
            DataDescriptor dataIn) {
        SendBuffers.Place place = claimed(pdu);
        if (place == null) {
            return;
        }
        MemorySegment segment = place.segment();
        long header = place.headerOffset();
        if (ControlSender.checkControlType(place) != Bhs.SCSI_COMMAND) {
            throw new IllegalArgumentException("only a SCSI Command describes data at error recovery level 0");
        }
        if (immediateDataSize != Bhs.dataLength(segment, header)) {
            throw new IllegalArgumentException("immediate data of " + immediateDataSize
                    + " octets, but a data segment of " + Bhs.dataLength(segment, header));
        }
        int unsolicited = Math.addExact(immediateDataSize, unsolicitedDataSize);
        int solicited = dataOut.length() - unsolicited;
        if (unsolicitedDataSize < 0 || solicited < 0) {
            throw new IllegalArgumentException("immediate " + immediateDataSize + " and unsolicited "
                    + unsolicitedDataSize + " octets of " + dataOut.length());
        }
        if (solicited > 0) {
            checkMemory(dataOut, Access.REMOTE_READ);
        }
        if (!dataIn.isEmpty()) {
            checkMemory(dataIn, Access.REMOTE_WRITE);
        }
        boolean advertises = solicited > 0 || !dataIn.isEmpty();
        if (advertises) {
            mappings().checkAdd(Bhs.initiatorTaskTag(segment, header));
        }
        // nothing below refuses: what is exposed is sent
        int length = prepare(place);
        if (advertises) {
            int task = mappings().add(Bhs.initiatorTaskTag(segment, header));
            if (solicited > 0) {
                advertiseWrite(place, mappings().write(task), dataOut, unsolicited);
            }
            if (!dataIn.isEmpty()) {
                Exposure read = mappings().read(task);
                read.expose(IserMemory.region(dataIn.memory()), dataIn.offset(), dataIn.length(), Access.REMOTE_WRITE);
                IserHeader.advertiseRead(segment, place.offset(), read.stag(), read.baseOffset());
            }
        }
        sender.transmit(place, length, false, 0);
    }

    private void advertiseWrite(SendBuffers.Place place, Exposure write, DataDescriptor dataOut, int unsolicited) {
        // RFC 7145 section 6.9: the tagged buffer is the whole one by default; every running peer takes the solicited
        // part
        int skipped = keys.taggedBufferForSolicitedDataOnly() ? unsolicited : 0;
        write.expose(
                IserMemory.region(dataOut.memory()),
                dataOut.offset() + skipped,
                dataOut.length() - (long) skipped,
                Access.REMOTE_READ);
        IserHeader.advertiseWrite(place.segment(), place.offset(), write.stag(), write.baseOffset());
    }

    @Override
    void account(SendBuffers.Place place, int opcode, UnexpectedPdus credits) {
        MemorySegment segment = place.segment();
        long header = place.headerOffset();
        if (opcode == Bhs.DATA_OUT) {
            return;
        }
        int cmdSn = Bhs.cmdSn(segment, header);
        if (!Bhs.isImmediate(segment, header)) {
            credits.nonImmediateSent(cmdSn);
        } else if (opcode != Bhs.NOP_OUT || Bhs.targetTransferTag(segment, header) == Bhs.RESERVED_TAG) {
            // RFC 7145 section 8.1.1: a NOP-Out that answers a ping is expected
            credits.immediateSent(cmdSn);
        }
    }

    // In.

    @Override
    void controlArrived(ReceiveBuffers.Arrived pdu, boolean invalidated, int invalidatedStag) {
        MemorySegment segment = pdu.segment();
        long header = pdu.headerOffset();
        int opcode = Bhs.opcode(segment, header);
        if (IserHeader.hasReadStag(segment, pdu.offset()) || IserHeader.hasWriteStag(segment, pdu.offset())) {
            fail("iSER format error: the target advertised an STag");
            return;
        }
        if (opcode == Bhs.DATA_IN || opcode == Bhs.R2T) {
            // RFC 7145 section 7.3.5 and 7.3.6: they never appear on the wire
            fail("iSER format error: opcode 0x" + Integer.toHexString(opcode) + " in a Send");
            return;
        }
        unexpected().acknowledged(Bhs.expCmdSn(segment, header));
        if (opcode == Bhs.SCSI_RESPONSE) {
            responseArrived(pdu, invalidated, invalidatedStag);
        } else if (invalidated) {
            fail("protocol error: Send with Invalidate carries opcode 0x" + Integer.toHexString(opcode));
        } else {
            deliverInOrder(pdu);
        }
    }

    private void deliverInOrder(ReceiveBuffers.Arrived pdu) {
        if (held.isEmpty()) {
            deliver(pdu);
        } else {
            held.hold(pdu, true);
        }
    }

    private void responseArrived(ReceiveBuffers.Arrived pdu, boolean invalidated, int invalidatedStag) {
        int task = mappings().find(Bhs.initiatorTaskTag(pdu.segment(), pdu.headerOffset()));
        if (invalidated && (task == TaskTags.NONE || !mappings().wasInvalidated(task, invalidatedStag))) {
            fail("protocol error: the SCSI Response invalidated an STag of another task");
        } else if (task == TaskTags.NONE) {
            deliverInOrder(pdu);
        } else if (mappings().heldPdu(task) != TaskTags.NONE) {
            fail("protocol error: two SCSI Responses for one task");
        } else if (withdraw(task)) {
            // RFC 7145 section 7.3.2: whatever the target did, no STag of the task is valid when the response is
            // notified
            mappings().remove(task);
            deliverInOrder(pdu);
        } else {
            held.hold(pdu, false);
            mappings().hold(task, pdu.index());
        }
    }

    private boolean withdraw(int task) {
        sender.postGathered();
        return mappings().withdraw(task);
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        LocalMappings current = mappings;
        int task = current == null || !isFullFeature() ? TaskTags.NONE : current.find(initiatorTaskTag);
        if (task == TaskTags.NONE) {
            if (isFullFeature() || isClosed()) {
                listener().taskResourcesDeallocated(initiatorTaskTag);
            }
        } else if (withdraw(task)) {
            mappings().remove(task);
            listener().taskResourcesDeallocated(initiatorTaskTag);
        } else {
            mappings().deallocating(task);
        }
    }

    @Override
    void workCompleted(int kind, int index) {
        if (kind == WorkId.INVALIDATE && mappings().invalidated(index) && isFullFeature()) {
            int heldPdu = mappings().heldPdu(index);
            boolean deallocated = mappings().isDeallocating(index);
            int tag = mappings().tag(index);
            mappings().remove(index);
            if (deallocated) {
                listener().taskResourcesDeallocated(tag);
            }
            if (heldPdu != TaskTags.NONE) {
                receives().place(heldPdu).ready();
                deliverReady();
            }
        }
    }

    private void deliverReady() {
        while (isFullFeature()) {
            ReceiveBuffers.Arrived pdu = held.takeReady();
            if (pdu == null) {
                return;
            }
            deliver(pdu);
        }
    }

    @Override
    void sendCompleted(SendBuffers.Place place) {}

    /** How many tasks have buffers that the peer may reach. */
    int tasksAdvertised() {
        LocalMappings current = mappings;
        return current == null ? 0 : current.size();
    }
}
