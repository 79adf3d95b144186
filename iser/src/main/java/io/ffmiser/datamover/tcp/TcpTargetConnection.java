package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.datamover.TargetTransport;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.pdu.Pdu;
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
 * (11.8) and the Data-Out PDUs that answer it; unsolicited data is notified in full PDUs. Data PDUs and sequences are in order, error
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

        /**
         * No more is queued, and the end of what is closes the stream: calls {@link TcpTargetConnection#drainExpired} after so long,
         * unless it is closed by then. Once.
         */
        void limitDrain(long nanos);

        /**
         * Closes: touches no memory of the connection from the return on. {@link TcpTargetConnection#streamClosed} follows, never during
         * this call.
         */
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

    private final Stream stream;
    private final TcpSettings settings;
    private final LineLimit peerLog;
    /** All memory of the connection, and of nothing else. */
    private final Arena arena;

    private final PduReader reader;
    private final PduWriter writer;
    private final PduPlaces loginPlaces;

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
    private @Nullable SendQueue sends;
    private @Nullable InboundRequests requests;
    private boolean claimRefused;

    /** @param peerLog bounds the lines that a peer can provoke */
    @SuppressWarnings("MustBeClosedChecker") // release() closes them
    public TcpTargetConnection(Stream stream, TcpSettings settings, LineLimit peerLog) {
        if (settings.maxDataOperations() > DataTransfers.MOST) {
            throw new IllegalArgumentException("at most " + DataTransfers.MOST + " data operations");
        }
        arena = Arena.ofShared();
        this.stream = stream;
        this.settings = settings;
        this.peerLog = peerLog;
        loginPlaces = new PduPlaces(arena, 1, settings.maxAhsLength(), MAX_DATA_SEGMENT_LENGTH, this::resume);
        writer = new PduWriter(arena, this::left);
        reader = new PduReader(arena, new Incoming(), settings.maxAhsLength(), MAX_DATA_SEGMENT_LENGTH);
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

    /** The time of {@link Stream#limitDrain} is over: what the peer has not taken is not sent. */
    public void drainExpired() {
        if (phase == Phase.DRAINING) {
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
                stream.limitDrain(settings.drainNanos());
                stream.ready();
            }
        }
    }

    @Override
    public void close() {
        if (phase != Phase.CLOSED) {
            // First: until then it may read and write the memory that is released.
            stream.close();
            release();
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
        SendQueue current = sends;
        if (current != null) {
            current.clear();
        }
        reader.end();
        stream.close();
    }

    private void release() {
        phase = Phase.CLOSED;
        reader.close();
        writer.close();
        loginPlaces.close();
        releaseResources();
        arena.close();
    }

    /** Their memory is there until the connection's end, which a login that fails comes to at once. */
    private void releaseResources() {
        resources = null;
        PduPlaces currentPlaces = places;
        SendQueue currentSends = sends;
        InboundRequests currentRequests = requests;
        places = null;
        sends = null;
        requests = null;
        if (currentRequests != null) {
            currentRequests.close();
        }
        if (currentPlaces != null) {
            currentPlaces.close();
        }
        if (currentSends != null) {
            currentSends.clear();
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
        MemorySegment octets = arena.allocate(pdu.length);
        MemorySegment.copy(pdu, 0, octets, ValueLayout.JAVA_BYTE, 0, pdu.length);
        writer.addWhole(octets, pdu.length);
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

    private void allocate(ConnectionResources wanted) {
        // One more is read into while all the others are kept.
        places = new PduPlaces(
                arena, wanted.receives() + 1, settings.maxAhsLength(), wanted.receiveDataSegmentLength(), this::resume);
        sends = new SendQueue(arena, writer, new Outgoing(), wanted, settings.maxDataOperations());
        requests = new InboundRequests(sends(), reader, wanted.receiveDataSegmentLength(), this::notifyControl);
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
        resources = had.withMoreReceives(more);
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

    /** Whether data that arrives is checked when all of a PDU is there; known from {@link #noticeKeyValues} on. */
    public boolean hasDataDigest() {
        return keys.dataDigest();
    }

    @Override
    public void enableDatamover(byte[] finalLoginResponse) {
        if (phase.compareTo(Phase.DRAINING) >= 0) {
            assisted = true;
            return;
        }
        ConnectionResources allocated = resources;
        if (allocated == null) {
            throw new IllegalStateException("no connection resources were allocated");
        }
        require(phase == Phase.LOGIN, "not in the Login Phase");
        assisted = true;
        phase = Phase.FULL_FEATURE;
        transmitLogin(finalLoginResponse);
        writer.protect(keys.headerDigest(), keys.dataDigest());
        sends().expect(keys);
        reader.expect(
                settings.maxAhsLength(), allocated.receiveDataSegmentLength(), keys.headerDigest(), keys.dataDigest());
        if (!reader.restart()) {
            fail("protocol error: a request before the final Login Response");
        }
    }

    // Sending.

    @Override
    public @Nullable OutboundPdu claimControl() {
        require(phase.compareTo(Phase.FULL_FEATURE) >= 0, "Send_Control before Enable_Datamover");
        SendPlace place = phase == Phase.FULL_FEATURE ? sends().claim() : null;
        claimRefused |= place == null;
        return place;
    }

    @Override
    public void unclaimControl(OutboundPdu pdu) {
        if (phase != Phase.CLOSED) {
            sends().giveBack(sends().place(pdu));
        }
    }

    @Override
    public void sendControl(OutboundPdu pdu) {
        if (phase == Phase.CLOSED) {
            return;
        }
        SendPlace place = sends().place(pdu);
        if (phase == Phase.FULL_FEATURE) {
            sends().add(place);
            flush();
        } else {
            sends().giveBack(place);
        }
    }

    @Override
    public void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (phase == Phase.FULL_FEATURE) {
            checkRange(data);
            sends().put(initiatorTaskTag, dataSn, bufferOffset, data, notify);
        }
    }

    @Override
    public void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (phase == Phase.FULL_FEATURE) {
            checkRange(data);
            sends().get(initiatorTaskTag, r2tSn, bufferOffset, data, notify);
            flush();
        }
    }

    /** RFC 7143 section 4.2.3.3: an initiator may still answer the R2Ts of a task that is aborted, or not. */
    @Override
    public void cancelGetData(int initiatorTaskTag) {
        if (phase == Phase.FULL_FEATURE) {
            requests().cancelGetData(initiatorTaskTag);
        }
    }

    private static void checkRange(DataDescriptor data) {
        Objects.checkFromIndexSize(
                data.offset(), data.length(), data.memory().segment().byteSize());
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        if (phase == Phase.FULL_FEATURE) {
            int removed = sends().transfers().removeTask(initiatorTaskTag);
            if (removed != DataTransfers.NONE) {
                requests().tagFreed(removed);
            }
        }
    }

    @Override
    public void flush() {
        fill();
        if (writer.count() > 0) {
            stream.ready();
        }
    }

    private void fill() {
        SendQueue current = sends;
        if (current != null) {
            current.fill();
        }
    }

    private void left(int owner) {
        sends().left(owner);
    }

    private final class Outgoing implements SendQueue.Events {
        @Override
        public SequenceNumbers numbers() {
            return listener().sequenceNumbers();
        }

        @Override
        public void placeFreed() {
            if (claimRefused && phase == Phase.FULL_FEATURE) {
                claimRefused = false;
                listener().controlAvailable();
            }
        }

        @Override
        public void tagFreed(int task) {
            requests().tagFreed(task);
        }

        @Override
        public void completed(int tag, int sn) {
            if (phase == Phase.FULL_FEATURE) {
                listener().dataCompletionNotify(tag, sn);
            }
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
            return assisted ? requests().headerArrived(pdu) : null;
        }

        @Override
        public void arrived(ReceivedPdu pdu) {
            if (assisted) {
                if (requests().arrived(pdu)) {
                    flush();
                }
            } else {
                login(pdu);
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

    private void notifyControl(ReceivedPdu pdu) {
        try {
            listener().controlNotify(pdu);
        } finally {
            pdu.release();
        }
    }

    private InboundRequests requests() {
        return Objects.requireNonNull(requests);
    }

    private SendQueue sends() {
        return Objects.requireNonNull(sends);
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
