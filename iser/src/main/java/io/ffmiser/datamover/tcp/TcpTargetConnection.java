package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.Places;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.datamover.TargetTransport;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.quota.LineLimit;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target's side of an iSCSI connection over a byte stream (RFC 7143): Put_Data becomes Data-In PDUs (section 11.7), Get_Data an R2T
 * (11.8) and the Data-Out PDUs that answer it; unsolicited data is notified as it comes. Data PDUs and sequences are in order, error
 * recovery level 0: what a peer does wrong ends the connection.
 *
 * <p>Sans-IO: its driver reads to where {@link #readSegment}, {@link #readOffset} and {@link #readLength} say and calls {@link #received};
 * it writes the pieces that {@link #pieces} counts and calls {@link #sent}. Data segments go straight from and to registered memory.
 *
 * <p>Ownership: registered memory is in use until its call is notified or the end is. Threads: the poller's.
 */
public final class TcpTargetConnection implements TargetTransport {
    /** What carries the octets: the driver. */
    public interface Stream {
        InetSocketAddress localAddress();

        InetSocketAddress remoteAddress();

        /** There are pieces to send, or octets may be read again. */
        void ready();

        /** Closes; {@link TcpTargetConnection#streamClosed} follows later, once nothing is read or written any more. */
        void close();
    }

    private enum Phase {
        CREATED,
        LOGIN,
        FULL_FEATURE,
        /** Sends what was queued, then closes. */
        DRAINING,
        CLOSING,
        CLOSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(TcpTargetConnection.class);

    // What is to be sent, and who learns that it has left: a kind and a place.
    private static final int KIND_SHIFT = 16;
    private static final int CONTROL = 1;
    private static final int PUT = 2;
    private static final int R2T = 3;
    private static final int LOGIN = 4;
    /** Of a PDU that is not the last of its call. */
    private static final int NOBODY = 0;

    private final Stream stream;
    private final TcpSettings settings;
    private final LineLimit peerLog;
    private final PduReader reader;
    private final PduWriter writer = new PduWriter(this::left);
    private final Arena loginArena = Arena.ofShared();
    private final PduPlaces loginPlaces;

    private final DataInPdu dataIn = new DataInPdu();
    private final DataOutPdu dataOut = new DataOutPdu();
    private final R2tPdu r2t = new R2tPdu();
    private final ScsiCommandPdu command = new ScsiCommandPdu();
    private final ScsiResponsePdu response = new ScsiResponsePdu();

    private NegotiatedKeys keys = new NegotiatedKeys(0, 8192, 8192, 0, 0, 0, true, false);
    private Phase phase = Phase.CREATED;
    private boolean assisted;
    private boolean terminateRequested;
    private @Nullable String failure;
    private LoginChannel.@Nullable Listener loginListener;
    private @Nullable TargetDatamoverListener listener;

    // Of full feature phase.
    private @Nullable ConnectionResources resources;
    private @Nullable PduPlaces places;
    private @Nullable Arena sendArena;
    private SendPlace[] sends = {};
    private Places freeSends = new Places(0);
    private DataTransfers transfers = new DataTransfers(1, 1);
    /** What is to be sent, in order; a ring. */
    private int[] queue = new int[1];

    private int queueFirst;
    private int queueCount;
    private boolean claimRefused;
    /** The Get_Data whose Data-Out is being read. */
    private int reading = DataTransfers.NONE;

    /** @param peerLog bounds the lines that a peer can provoke */
    @SuppressWarnings("MustBeClosedChecker") // release() closes them
    public TcpTargetConnection(Stream stream, TcpSettings settings, LineLimit peerLog) {
        if (settings.maxDataOperations() > DataTransfers.MOST) {
            throw new IllegalArgumentException("at most " + DataTransfers.MOST + " data operations");
        }
        this.stream = stream;
        this.settings = settings;
        this.peerLog = peerLog;
        loginPlaces = new PduPlaces(1, settings.maxAhsLength(), MAX_DATA_SEGMENT_LENGTH, this::resume);
        reader = new PduReader(new Incoming(), settings.maxAhsLength(), MAX_DATA_SEGMENT_LENGTH);
    }

    // The driver's.

    /** Where the next octets belong. */
    public MemorySegment readSegment() {
        return reader.segment();
    }

    public long readOffset() {
        return reader.offset();
    }

    /** How many octets belong there at most; 0 while nothing may be read. */
    public long readLength() {
        return reader.length();
    }

    /** So many octets were read to their place. */
    public void received(long octets) {
        reader.received(octets);
    }

    /** How many pieces of memory wait to be written, in order. */
    public int pieces() {
        return writer.count();
    }

    public MemorySegment pieceSegment(int piece) {
        return writer.segment(piece);
    }

    public long pieceOffset(int piece) {
        return writer.offset(piece);
    }

    public long pieceLength(int piece) {
        return writer.length(piece);
    }

    /** So many octets of the pieces were written. */
    public void sent(long octets) {
        writer.sent(octets);
        fill();
        if (phase == Phase.DRAINING && writer.count() == 0) {
            closeStream();
        }
    }

    /** The stream is closed, by either side, and touches no memory any more. Once. */
    public void streamClosed(String reason) {
        if (phase == Phase.CLOSED) {
            return;
        }
        String why = failure == null ? reason : failure;
        release();
        LOG.debug("{}: ended: {}", this, why);
        if (terminateRequested) {
            listener().connectionTerminated();
        } else if (assisted) {
            listener().connectionTerminateNotify(why);
        } else {
            Objects.requireNonNull(loginListener).loginChannelClosed(why);
        }
    }

    // Life.

    @Override
    public InetSocketAddress localAddress() {
        return stream.localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return stream.remoteAddress();
    }

    @Override
    public TransportCapabilities capabilities() {
        return new TransportCapabilities(false);
    }

    @Override
    public void start(LoginChannel.Listener login, TargetDatamoverListener newListener) {
        require(phase == Phase.CREATED, "started already");
        loginListener = login;
        listener = newListener;
        phase = Phase.LOGIN;
        login.loginChannelOpened();
        resume();
    }

    @Override
    public void connectionTerminate() {
        if (phase == Phase.CLOSED || terminateRequested) {
            return;
        }
        terminateRequested = true;
        if (phase.compareTo(Phase.DRAINING) < 0) {
            phase = Phase.DRAINING;
            reader.end();
            fill();
            if (writer.count() == 0) {
                closeStream();
            } else {
                stream.ready();
            }
        }
    }

    @Override
    public void close() {
        if (phase != Phase.CLOSED) {
            release();
            stream.close();
        }
    }

    private void fail(String reason) {
        if (phase.compareTo(Phase.CLOSING) < 0) {
            failure = reason;
            peerLog.write(LOG.isWarnEnabled(), () -> LOG.warn("{}: {}", this, reason));
            closeStream();
        }
    }

    private void closeStream() {
        phase = Phase.CLOSING;
        queueCount = 0;
        reader.end();
        stream.close();
    }

    private void release() {
        phase = Phase.CLOSED;
        queueCount = 0;
        reader.close();
        writer.close();
        loginPlaces.close();
        loginArena.close();
        releaseResources();
    }

    private void releaseResources() {
        resources = null;
        PduPlaces currentPlaces = places;
        Arena currentSends = sendArena;
        places = null;
        sendArena = null;
        if (currentPlaces != null) {
            currentPlaces.close();
        }
        if (currentSends != null) {
            currentSends.close();
        }
    }

    private void resume() {
        if (phase == Phase.LOGIN || phase == Phase.FULL_FEATURE) {
            reader.resume();
            stream.ready();
        }
    }

    // Login.

    @Override
    public void sendLogin(byte[] pdu) {
        if (phase.compareTo(Phase.DRAINING) >= 0) {
            return;
        }
        require(phase == Phase.LOGIN, "not in the Login Phase");
        transmitLogin(pdu);
    }

    /** Of the few PDUs of a login each has memory of its own: a slow peer may take one while the next is made. */
    private void transmitLogin(byte[] pdu) {
        MemorySegment octets = loginArena.allocate(pdu.length);
        MemorySegment.copy(pdu, 0, octets, ValueLayout.JAVA_BYTE, 0, pdu.length);
        writer.addWhole(octets, pdu.length, LOGIN << KIND_SHIFT);
        stream.ready();
    }

    @Override
    public boolean allocateConnectionResources(ConnectionResources wanted) {
        if (resources != null) {
            return true;
        }
        if (phase != Phase.LOGIN
                || wanted.tasks() > settings.maxTasks()
                || wanted.receives() > settings.maxReceives()
                || wanted.sends() > settings.maxSends()) {
            return false;
        }
        try {
            allocate(wanted);
            return true;
        } catch (OutOfMemoryError e) {
            peerLog.write(LOG.isWarnEnabled(), () -> LOG.warn("{}: no memory for full feature phase", this, e));
            releaseResources();
            return false;
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // releaseResources() closes it
    private void allocate(ConnectionResources wanted) {
        // One more is read into while all the others are kept.
        places = new PduPlaces(
                wanted.receives() + 1, settings.maxAhsLength(), wanted.receiveDataSegmentLength(), this::resume);
        Arena arena = Arena.ofShared();
        sendArena = arena;
        long stride = SendPlace.bytes(wanted.sendDataSegmentLength());
        sends = new SendPlace[wanted.sends()];
        for (int i = 0; i < sends.length; i++) {
            sends[i] = new SendPlace(i, arena.allocate(stride, Long.BYTES), wanted.sendDataSegmentLength());
        }
        freeSends = new Places(wanted.sends());
        transfers = new DataTransfers(wanted.tasks(), settings.maxDataOperations());
        queue = new int[wanted.sends() + settings.maxDataOperations()];
        resources = wanted;
    }

    @Override
    public boolean extendReceives(int more) {
        ConnectionResources had = resources;
        PduPlaces current = places;
        if (phase != Phase.FULL_FEATURE
                || had == null
                || current == null
                || had.receives() + more > settings.maxReceives()) {
            return false;
        }
        try {
            current.extend(more);
        } catch (OutOfMemoryError e) {
            return false;
        }
        resources = new ConnectionResources(
                had.tasks(),
                had.receives() + more,
                had.receiveDataSegmentLength(),
                had.sends(),
                had.sendDataSegmentLength());
        return true;
    }

    @Override
    public void deallocateConnectionResources() {
        require(!assisted, "the connection is assisted");
        releaseResources();
    }

    @Override
    public void noticeKeyValues(NegotiatedKeys negotiated) {
        require(!assisted, "the connection is assisted");
        keys = negotiated;
    }

    @Override
    public void enableDatamover(byte[] finalLoginResponse) {
        if (phase.compareTo(Phase.DRAINING) >= 0) {
            assisted = true;
            return;
        }
        ConnectionResources allocated = resources;
        require(allocated != null, "no connection resources were allocated");
        require(phase == Phase.LOGIN, "not in the Login Phase");
        assisted = true;
        phase = Phase.FULL_FEATURE;
        transmitLogin(finalLoginResponse);
        writer.protect(keys.headerDigest(), keys.dataDigest());
        reader.expect(
                settings.maxAhsLength(),
                Objects.requireNonNull(allocated).receiveDataSegmentLength(),
                keys.headerDigest(),
                keys.dataDigest());
        if (!reader.restart()) {
            fail("protocol error: a request before the final Login Response");
        }
    }

    // Control PDUs out.

    @Override
    public @Nullable OutboundPdu claimControl() {
        if (phase == Phase.FULL_FEATURE && !freeSends.isEmpty()) {
            SendPlace place = sends[freeSends.take()];
            place.claim();
            return place;
        }
        require(phase.compareTo(Phase.FULL_FEATURE) >= 0, "Send_Control before Enable_Datamover");
        claimRefused = true;
        return null;
    }

    @Override
    public void unclaimControl(OutboundPdu pdu) {
        SendPlace place = take(pdu);
        if (place != null) {
            freeSends.giveBack(place.index);
        }
    }

    @Override
    public void sendControl(OutboundPdu pdu) {
        SendPlace place = take(pdu);
        if (place == null) {
            return;
        }
        if (phase != Phase.FULL_FEATURE) {
            freeSends.giveBack(place.index);
            return;
        }
        place.check();
        enqueue(CONTROL << KIND_SHIFT | place.index);
        flush();
    }

    /** Null if the places are gone with the connection. */
    private @Nullable SendPlace take(OutboundPdu pdu) {
        if (phase == Phase.CLOSED) {
            return null;
        }
        if (!(pdu instanceof SendPlace place) || place.index >= sends.length || sends[place.index] != place) {
            throw new IllegalArgumentException("the place is another connection's");
        }
        place.take();
        return place;
    }

    @Override
    public void flush() {
        fill();
        if (writer.count() > 0) {
            stream.ready();
        }
    }

    // Data.

    @Override
    public void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (phase == Phase.FULL_FEATURE) {
            enqueue(PUT << KIND_SHIFT | newCall(false, initiatorTaskTag, dataSn, bufferOffset, data, notify));
        }
    }

    @Override
    public void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (phase == Phase.FULL_FEATURE) {
            int call = newCall(true, initiatorTaskTag, r2tSn, bufferOffset, data, notify);
            if (transfers.takeR2t(call, keys.maxOutstandingR2t())) {
                enqueue(R2T << KIND_SHIFT | call);
                flush();
            }
        }
    }

    private int newCall(boolean get, int tag, int sn, long bufferOffset, DataDescriptor data, boolean notify) {
        Objects.checkFromIndexSize(
                data.offset(), data.length(), data.memory().segment().byteSize());
        if (get && !data.memory().isReceivable()) {
            throw new IllegalArgumentException("data may not land in that memory");
        }
        require(!transfers.isFull(), "all data operations are outstanding (TcpSettings.maxDataOperations)");
        int task = transfers.task(tag);
        require(task != DataTransfers.NONE, "no task has that tag");
        return transfers.add(get, task, tag, sn, bufferOffset, data, notify);
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        if (phase == Phase.FULL_FEATURE) {
            transfers.removeTask(initiatorTaskTag);
        }
    }

    // Sending.

    private void enqueue(int item) {
        queue[(queueFirst + queueCount) % queue.length] = item;
        queueCount++;
    }

    /** Makes PDUs of what is to be sent, as far as there is room for their pieces. */
    private void fill() {
        while (queueCount > 0 && writer.hasRoom()) {
            int item = queue[queueFirst];
            int place = item & (1 << KIND_SHIFT) - 1;
            boolean isDone = switch (item >>> KIND_SHIFT) {
                case PUT -> addDataIn(place, item);
                case R2T -> addR2t(place);
                default -> addControl(place, item);
            };
            if (isDone) {
                queueFirst = (queueFirst + 1) % queue.length;
                queueCount--;
            }
        }
    }

    private boolean addControl(int index, int owner) {
        SendPlace place = sends[index];
        if (place.header.opcode() == Opcode.SCSI_RESPONSE) {
            response.wrap(place.segment(), 0);
            int pdus = transfers.removeTask(response.initiatorTaskTag());
            if (response.response() == ScsiResponsePdu.COMPLETED_AT_TARGET) {
                // RFC 7143 section 11.4.8
                response.setExpDataSn(pdus);
            }
        }
        writer.add(place, owner);
        return true;
    }

    /** RFC 7143 section 11.7: as long as the initiator takes them, the F bit on the last of the sequence. */
    private boolean addDataIn(int call, int owner) {
        int length = Math.min(transfers.remaining(call), keys.initiatorRecvDataSegmentLength());
        boolean last = length == transfers.remaining(call);
        SequenceNumbers numbers = listener().sequenceNumbers();
        dataIn.begin(writer.headers(), writer.nextHeader());
        dataIn.setFinal(last);
        dataIn.setInitiatorTaskTag(transfers.tag(call));
        dataIn.setTargetTransferTag(Pdu.RESERVED_TAG);
        dataIn.setNumbers(0, numbers.expCmdSn(), numbers.maxCmdSn());
        dataIn.setDataSn(transfers.takeSn(call));
        dataIn.setBufferOffset(transfers.bufferOffset(call));
        dataIn.setDataSegmentLength(length);
        writer.addData(transfers.segment(call), transfers.offset(call), length, last ? owner : NOBODY);
        transfers.advance(call, length);
        return last;
    }

    private boolean addR2t(int call) {
        SequenceNumbers numbers = listener().sequenceNumbers();
        r2t.begin(writer.headers(), writer.nextHeader());
        r2t.setLun(transfers.lun(call));
        r2t.setInitiatorTaskTag(transfers.tag(call));
        r2t.setTargetTransferTag(transfers.transferTag(call));
        r2t.setNumbers(numbers.nextStatSn(), numbers.expCmdSn(), numbers.maxCmdSn());
        r2t.setR2tSn(transfers.takeSn(call));
        r2t.setBufferOffset(transfers.bufferOffset(call));
        r2t.setDesiredDataTransferLength(transfers.remaining(call));
        writer.addData(writer.headers(), 0, 0, NOBODY);
        return true;
    }

    /** A PDU has left. */
    private void left(int owner) {
        int place = owner & (1 << KIND_SHIFT) - 1;
        switch (owner >>> KIND_SHIFT) {
            case CONTROL -> {
                freeSends.giveBack(place);
                if (claimRefused && phase == Phase.FULL_FEATURE) {
                    claimRefused = false;
                    listener().controlAvailable();
                }
            }
            case PUT -> completed(place);
            default -> {
                // Nobody waits for it.
            }
        }
    }

    private void completed(int call) {
        int tag = transfers.tag(call);
        int sn = transfers.sn(call);
        boolean notifies = transfers.notifies(call);
        transfers.end(call);
        if (notifies && phase == Phase.FULL_FEATURE) {
            listener().dataCompletionNotify(tag, sn);
        }
    }

    // Receiving.

    private final class Incoming implements PduReader.Receiver {
        @Override
        public @Nullable ReceivedPdu place() {
            PduPlaces current = assisted ? places : loginPlaces;
            return current == null ? null : current.take();
        }

        @Override
        public @Nullable String headerArrived(ReceivedPdu pdu) {
            reading = DataTransfers.NONE;
            if (!assisted) {
                return null;
            }
            Opcode opcode = pdu.header.opcode();
            if (opcode == Opcode.SCSI_COMMAND) {
                command.wrap(pdu.segment(), 0);
                boolean added = transfers.addTask(command.initiatorTaskTag(), command.lun());
                return added ? null : "protocol error: more commands than the window allows";
            }
            if (opcode == Opcode.DATA_OUT) {
                dataOut.wrap(pdu.segment(), 0);
                return dataOut.targetTransferTag() == Pdu.RESERVED_TAG ? null : solicited(dataOut);
            }
            return null;
        }

        /** RFC 7143 sections 11.7 and 13.18, 13.19: what the R2T asked for, in order, the F bit on the last. */
        private @Nullable String solicited(DataOutPdu pdu) {
            int call = transfers.ofTransferTag(pdu.targetTransferTag());
            if (call == DataTransfers.NONE || transfers.tag(call) != pdu.initiatorTaskTag()) {
                return "protocol error: Data-Out that answers no R2T";
            }
            int length = pdu.dataSegmentLength();
            if (pdu.dataSn() != transfers.nextDataSn(call) || pdu.bufferOffset() != transfers.bufferOffset(call)) {
                return "protocol error: Data-Out " + pdu.dataSn() + " at " + pdu.bufferOffset() + " where "
                        + transfers.nextDataSn(call) + " at " + transfers.bufferOffset(call) + " was due";
            }
            if (length > transfers.remaining(call) || pdu.isFinal() != (length == transfers.remaining(call))) {
                return "protocol error: Data-Out of " + length + " octets where " + transfers.remaining(call)
                        + " were left";
            }
            reading = call;
            reader.dataInto(transfers.segment(call), transfers.offset(call));
            return null;
        }

        @Override
        public void arrived(ReceivedPdu pdu) {
            int call = reading;
            reading = DataTransfers.NONE;
            if (!assisted) {
                login(pdu);
            } else if (call == DataTransfers.NONE) {
                try {
                    listener().controlNotify(pdu);
                } finally {
                    pdu.release();
                }
            } else {
                int length = pdu.dataLength();
                pdu.release();
                transfers.advance(call, length);
                if (transfers.remaining(call) == 0) {
                    int next = transfers.nextR2t(call);
                    if (next != DataTransfers.NONE) {
                        enqueue(R2T << KIND_SHIFT | next);
                    }
                    completed(call);
                    flush();
                }
            }
        }

        private void login(ReceivedPdu pdu) {
            int header = Pdu.HEADER_LENGTH + pdu.ahsLength();
            byte[] copy =
                    pdu.segment().asSlice(0, header + (long) pdu.dataLength()).toArray(ValueLayout.JAVA_BYTE);
            pdu.release();
            Objects.requireNonNull(loginListener).loginPdu(copy);
        }

        @Override
        public void malformed(String reason) {
            fail(reason);
        }
    }

    private TargetDatamoverListener listener() {
        return Objects.requireNonNull(listener);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Override
    public String toString() {
        return "target " + localAddress() + " - " + remoteAddress() + " " + phase;
    }
}
