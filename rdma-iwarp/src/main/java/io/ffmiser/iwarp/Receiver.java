package io.ffmiser.iwarp;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.ddp.UntaggedReceiveState;
import io.ffmiser.iwarp.mpa.Fpdu;
import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.MpaError;
import io.ffmiser.iwarp.mpa.MpaParameters;
import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.RdmapError;
import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.iwarp.rdmap.ReadResponseState;
import io.ffmiser.iwarp.rdmap.SegmentReceiver;
import io.ffmiser.iwarp.rdmap.SegmentWriter;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.WorkStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a connection: checks each segment against STags, receives and outstanding reads, and brings its payload to its
 * place. What is small comes through the read-ahead, many FPDUs in one read. While payload of {@link #LARGE} octets or more may come
 * (the peer holds an STag for so much, or such a Read is outstanding), no more is read ahead than headers, and payload goes
 * from the socket straight to its place.
 */
final class Receiver {
    /** Payload of so many octets never passes the read-ahead. */
    static final int LARGE = 1 << 14;

    /** How many octets are taken before it is others' turn. */
    private static final int BYTES_PER_ROUND = 1 << 20;

    /** How many FPDUs, empty ones included, are taken before it is others' turn; what one read has brought is finished. */
    static final int FPDUS_PER_ROUND = 256;

    /** After so many small untagged segments, large ones are not expected any more. */
    private static final int SMALL_IN_A_ROW = 16;

    private final IwarpConnection connection;
    private final SendQueue sends;
    private final ReceiveQueue receives;
    private final ReadQueue reads;
    private final SocketChannel channel;
    private final StagTable stags;
    private final IwarpCounters counters;
    private final ByteBuffer readAhead;
    private final FpduReceiver fpdus;
    private final SegmentReceiver segments;
    private final UntaggedReceiveState sendState = new UntaggedReceiveState();
    private final UntaggedReceiveState readState = new UntaggedReceiveState();
    private final ReadResponseState response = new ReadResponseState();

    // Where the payload of the segment under way goes.
    private @Nullable IwarpRegion region;
    private long position;
    private @Nullable StagEntry through;
    private int messageLength;

    /** The poller's round that {@link #taken} is of. */
    private long round;

    /** Octets taken in this round. */
    private long taken;

    /** The last read brought less than it might have: there is no more for now. */
    private boolean drained;

    /** What the last exact read still lacks. */
    private int lacking;

    private int largeUntagged;

    Receiver(
            IwarpConnection connection,
            SendQueue sends,
            ReceiveQueue receives,
            ReadQueue reads,
            SocketChannel channel,
            MpaParameters parameters) {
        this.connection = connection;
        this.sends = sends;
        this.receives = receives;
        this.reads = reads;
        this.channel = channel;
        IwarpPoller poller = connection.poller();
        stags = poller.stags();
        counters = poller.counters();
        readAhead = poller.buffers().readAhead();
        fpdus = new FpduReceiver(parameters.crc(), parameters.receiveMarkers());
        segments = new SegmentReceiver(fpdus);
    }

    /**
     * Takes what the socket has.
     *
     * @return how many segments were completed, or 1 if only a part of one came
     */
    int receive() throws IOException {
        ByteBuffer in = readAhead;
        in.position(0).limit(0);
        drained = false;
        int work = 0;
        IwarpPoller poller = connection.poller();
        long most = Math.min(BYTES_PER_ROUND, poller.octetsPerTurn());
        if (round != poller.round()) {
            round = poller.round();
            taken = 0;
        }
        while (connection.isOperating()) {
            switch (segments.advance(in)) {
                case NEED_INPUT -> {
                    if (drained) {
                        return work;
                    }
                    if (taken >= most || work >= FPDUS_PER_ROUND) {
                        connection.requestAttention();
                        return work;
                    }
                    int count = readAhead(in);
                    if (count < 0) {
                        connection.endOfStream(segments.atMessageBoundary());
                        return work + 1;
                    }
                    if (count == 0) {
                        return work;
                    }
                    taken += count;
                    work = Math.max(work, 1);
                }
                case SEGMENT -> {
                    TerminateCode wrong = check();
                    if (wrong != null) {
                        segments.refuse(wrong);
                    }
                }
                case PAYLOAD -> {
                    int count = place(in);
                    if (count < 0) {
                        connection.endOfStream(false);
                        return work + 1;
                    }
                    if (count == 0 && !segmentsNeedInput(in)) {
                        return work;
                    }
                    taken += count;
                    work = Math.max(work, 1);
                }
                case END -> {
                    work++;
                    counters.fpdusReceived++;
                    region = null;
                    through = null;
                    connection.validated();
                    deliver();
                }
                case ERROR -> {
                    TerminateCode error = segments.error();
                    if (!(error instanceof MpaError)) {
                        // The FPDU is valid, if what it carries is not: even a responder may send now.
                        connection.validated();
                    }
                    if (error == DdpError.MESSAGE_TOO_LONG && !receives.isEmpty()) {
                        receives.headFailure = WorkStatus.LOCAL_LENGTH_ERROR;
                    }
                    connection.protocolError(String.valueOf(error), segments.terminate());
                    return work + 1;
                }
            }
        }
        return work;
    }

    /** Reads headers, and with them what may follow. Returns how many octets, -1 at the end of the stream. */
    private int readAhead(ByteBuffer in) throws IOException {
        in.clear();
        boolean exact = segments.allowsPlacing() && (connection.expectsLarge() || largeUntagged > 0);
        if (exact) {
            in.limit(Math.min(in.capacity(), exactly()));
        }
        int wanted = in.limit();
        counters.socketReads++;
        int count = channel.read(in);
        in.flip();
        drained = count < wanted;
        lacking = exact && count >= 0 ? wanted - count : 0;
        return count;
    }

    /**
     * How many octets can be read without reading payload that might be large: to the end of this FPDU, if its payload is in place or
     * small, and the shortest header of the next.
     */
    private int exactly() {
        if (lacking > 0) {
            return lacking;
        }
        if (fpdus.remaining() > 0) {
            // The header at hand is the longer one of an untagged segment.
            int rest = fpdus.remaining() + Fpdu.trailerOctets(fpdus.ulpduLength());
            return rest < LARGE / 4
                    ? rest + SegmentWriter.TAGGED_OCTETS
                    : SegmentWriter.UNTAGGED_OCTETS - SegmentWriter.TAGGED_OCTETS;
        }
        return fpdus.atBoundary()
                ? SegmentWriter.TAGGED_OCTETS
                : Fpdu.trailerOctets(fpdus.ulpduLength()) + SegmentWriter.TAGGED_OCTETS;
    }

    /** With markers, payload has to come through the read-ahead; true if that was filled. */
    private boolean segmentsNeedInput(ByteBuffer in) throws IOException {
        if (segments.allowsPlacing() || drained) {
            return false;
        }
        int count = readAhead(in);
        if (count < 0) {
            connection.endOfStream(false);
        }
        return count > 0;
    }

    /** Brings payload to its place. Returns how many octets, -1 at the end of the stream. */
    private int place(ByteBuffer in) throws IOException {
        IwarpRegion target = region;
        if (target == null) {
            throw new IllegalStateException("payload without a place");
        }
        int left = segments.payloadRemaining();
        ByteBuffer view = target.view(0, position, left);
        int count;
        if (in.hasRemaining()) {
            count = segments.takePayload(in, view);
            counters.copiedInBytes += count;
        } else if (drained || !segments.allowsPlacing()) {
            return 0;
        } else {
            int index = view.position();
            counters.socketReads++;
            count = channel.read(view);
            if (count < 0) {
                return -1;
            }
            drained = count < left;
            segments.payloadPlaced(view, index, count);
        }
        position += count;
        return count;
    }

    /** Checks the segment whose header has come, and finds the place of its payload. */
    private @Nullable TerminateCode check() {
        int length = segments.payloadLength();
        return switch (segments.opcode()) {
            case RDMA_WRITE -> checkWrite(length);
            case READ_RESPONSE -> checkReadResponse(length);
            case READ_REQUEST -> checkReadRequest();
            case SEND, SEND_WITH_INVALIDATE, SEND_WITH_SE, SEND_WITH_SE_AND_INVALIDATE -> checkSend(length);
            case TERMINATE -> null;
        };
    }

    private @Nullable TerminateCode checkWrite(int length) {
        // RFC 5041 section 5.2: STag and TO are not looked at where there is no payload.
        if (length == 0) {
            return null;
        }
        StagEntry entry = stags.find(segments.stag());
        if (entry == null || (entry.rights & Access.REMOTE_WRITE) == 0) {
            return DdpError.INVALID_STAG;
        }
        if (entry.connection != connection) {
            return DdpError.STAG_NOT_ASSOCIATED;
        }
        long offset = segments.taggedOffset();
        // RFC 5041 section 7.1: every segment is checked, not only the first of a message.
        if (wraps(offset, length)) {
            return DdpError.TAGGED_OFFSET_WRAP;
        }
        if (!entry.covers(offset, length)) {
            return DdpError.BASE_OR_BOUNDS;
        }
        region = entry.region;
        position = entry.start + offset;
        through = entry;
        return null;
    }

    private static boolean wraps(long offset, long length) {
        return Long.compareUnsigned(offset + length - 1, offset) < 0;
    }

    private @Nullable TerminateCode checkReadResponse(int length) {
        SendRequest read = sends.oldestRead();
        if (read == null) {
            return RdmapError.UNEXPECTED_OPCODE;
        }
        if (!response.isAwaiting()) {
            StagEntry sink = read.entry;
            response.expect(sink == null ? 1 : sink.stag, 0, read.length);
        }
        long offset = segments.taggedOffset();
        TerminateCode wrong = response.admit(segments.stag(), offset, length, segments.isLast());
        if (wrong == null && length > 0) {
            region = read.regions[0];
            position = read.offsets[0] + offset;
        }
        return wrong;
    }

    private @Nullable TerminateCode checkSend(int length) {
        int filled = sendState.filled();
        int room = receives.isEmpty() ? UntaggedReceiveState.NO_RECEIVE : receives.length();
        TerminateCode wrong =
                sendState.admit(segments.msn(), segments.messageOffset(), length, segments.isLast(), room);
        if (wrong != null) {
            return wrong;
        }
        messageLength = filled + length;
        largeUntagged = length >= LARGE ? SMALL_IN_A_ROW : Math.max(0, largeUntagged - 1);
        if (length > 0) {
            if ((receives.region().rights() & Access.LOCAL_WRITE) == 0) {
                receives.headFailure = WorkStatus.LOCAL_PROTECTION_ERROR;
                return RdmapError.LOCAL_CATASTROPHIC;
            }
            region = receives.region();
            position = receives.offset() + filled;
        }
        return null;
    }

    private @Nullable TerminateCode checkReadRequest() {
        TerminateCode wrong = readState.admit(segments.msn(), segments.messageOffset(), 0, true, 0);
        if (wrong != null) {
            return wrong;
        }
        if (reads.isFull()) {
            // RFC 5040 section 6.1: more Read Requests than IRD.
            return RdmapError.CATASTROPHIC_STREAM;
        }
        long size = segments.readSize();
        // RFC 5040 section 5.2.1: a Read of no octets is not checked, but answered.
        if (size == 0) {
            return null;
        }
        StagEntry entry = stags.find(segments.readSourceStag());
        if (entry == null) {
            return RdmapError.INVALID_STAG;
        }
        if (entry.connection != connection) {
            return RdmapError.STAG_NOT_ASSOCIATED;
        }
        if ((entry.rights & Access.REMOTE_READ) == 0) {
            return RdmapError.ACCESS_RIGHTS;
        }
        long offset = segments.readSourceOffset();
        if (wraps(offset, size)) {
            return RdmapError.TAGGED_OFFSET_WRAP;
        }
        return entry.covers(offset, size) && size <= Integer.MAX_VALUE ? null : RdmapError.BASE_OR_BOUNDS;
    }

    /** The segment at hand is placed and valid. */
    private void deliver() {
        RdmapOpcode opcode = segments.opcode();
        switch (opcode) {
            case RDMA_WRITE -> {}
            case READ_RESPONSE -> {
                counters.rdmaReadBytes += segments.payloadLength();
                SendRequest read = sends.oldestRead();
                if (segments.isLast() && read != null) {
                    sends.answered(read);
                    connection.readAnswered(read);
                }
            }
            case READ_REQUEST -> {
                long size = segments.readSize();
                StagEntry source = size == 0 ? null : stags.find(segments.readSourceStag());
                if (size > 0 && source == null) {
                    // Withdrawn since the header was checked.
                    segments.fail(RdmapError.INVALID_STAG);
                    connection.protocolError(String.valueOf(RdmapError.INVALID_STAG), segments.terminate());
                    return;
                }
                reads.add(
                        segments.readSinkStag(),
                        segments.readSinkOffset(),
                        (int) size,
                        source,
                        segments.readSourceOffset());
            }
            case TERMINATE -> connection.terminated(segments.receivedTerminate());
            default -> {
                if (segments.isLast()) {
                    deliverSend(opcode);
                }
            }
        }
    }

    private void deliverSend(RdmapOpcode opcode) {
        boolean invalidated = opcode.invalidates();
        int stag = invalidated ? segments.invalidateStag() : 0;
        if (invalidated) {
            // RFC 5040 section 5.3: invalidated on delivery, if it is this stream's.
            StagEntry entry = stags.find(stag);
            // One that the peer is being sent octets through cannot end yet: it has not waited for its Read.
            if (!(entry instanceof IwarpExposure exposure)
                    || entry.connection != connection
                    || connection.isReading(entry)) {
                receives.headFailure = WorkStatus.REMOTE_INVALID_REQUEST;
                TerminateCode error =
                        entry == null ? RdmapError.OPERATION_CANNOT_INVALIDATE : RdmapError.CANNOT_INVALIDATE;
                segments.fail(error);
                connection.protocolError(String.valueOf(error), segments.terminate());
                return;
            }
            connection.end(exposure);
        }
        connection.deliverReceive(messageLength, invalidated, stag);
    }

    /** Whether payload of an unfinished segment is on its way through this STag. */
    boolean isPlacingThrough(StagEntry entry) {
        return entry.equals(through);
    }
}
