package io.ffmiser.iwarp;

import io.ffmiser.iwarp.mpa.FpduWriter;
import io.ffmiser.iwarp.mpa.MpaParameters;
import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.iwarp.rdmap.SegmentWriter;
import io.ffmiser.iwarp.rdmap.Terminate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a connection: takes messages from the send queue and, in turn with it, responses from the read queue, cuts them
 * into FPDUs and writes them. Payload goes out from where it lies, or, if its piece of memory is small, copied behind its header,
 * so that several messages leave in one write. Messages are never interleaved (RFC 5041 section 5.3).
 */
final class Transmitter {
    /** An FPDU of copied payload carries at most this much, so that several fit the staging buffer. */
    private static final int MAX_COPIED = 1 << 14;

    /** How many buffers are filled and written before others get their turn. */
    private static final int BUFFERS_PER_ROUND = 4;

    /** The longest header and trailer, markers included. */
    private static final int OVERHEAD = 128;

    private final IwarpConnection connection;
    private final SendQueue sends;
    private final ReadQueue reads;
    private final SocketChannel channel;
    private final IwarpCounters counters;
    private final BufferPool pool;
    private final FpduWriter fpdus;
    private final boolean markers;
    private final int coalesceBytes;
    private final int maxUlpdu;
    private final int ord;
    private final ByteBuffer header = ByteBuffer.allocateDirect(OVERHEAD);

    private @Nullable TransmitBuffer buffer;
    private long staged;
    private long written;
    private long round;
    private long turnEnd;
    private int sendMsn = 1;
    private int readMsn = 1;
    private boolean responseLast;

    // The message under way.
    private @Nullable SendRequest current;
    private int done;
    private int entry;
    private int entryDone;

    Transmitter(
            IwarpConnection connection,
            SendQueue sends,
            ReadQueue reads,
            SocketChannel channel,
            MpaParameters parameters) {
        this.connection = connection;
        this.sends = sends;
        this.reads = reads;
        this.channel = channel;
        IwarpPoller poller = connection.poller();
        counters = poller.counters();
        pool = poller.buffers();
        IwarpSettings settings = poller.settings();
        coalesceBytes = settings.coalesceBytes();
        maxUlpdu = settings.maxUlpdu();
        fpdus = new FpduWriter(parameters.crc(), parameters.sendMarkers());
        markers = fpdus.insertsMarkers();
        ord = parameters.ord();
    }

    /** Octets of the stream that the socket has taken. */
    long written() {
        return written;
    }

    /** Whether the socket would not take all that is staged. */
    boolean isBlocked() {
        return buffer != null;
    }

    /** Whether there is something that could be staged. */
    boolean hasWork() {
        return current != null || reads.first() != null || sends.next(ord) != null;
    }

    /**
     * Sends until there is nothing more, or the socket takes no more, or it is others' turn.
     *
     * @return how many buffers were written
     */
    int pump() throws IOException {
        int writes = 0;
        long end = endOfTurn();
        TransmitBuffer out = buffer;
        if (out != null && !write(out)) {
            return 0;
        }
        while (writes < BUFFERS_PER_ROUND && staged < end && hasWork()) {
            out = pool.takeTransmit();
            buffer = out;
            boolean more = true;
            while (more && staged < end && (current != null || begin())) {
                more = stageSegment(out);
            }
            if (buffer != out) {
                // The connection has failed meanwhile, which took the buffer away.
                return writes;
            }
            writes++;
            if (!write(out)) {
                break;
            }
        }
        return writes;
    }

    /** Where in the stream it is others' turn. */
    private long endOfTurn() {
        IwarpPoller poller = connection.poller();
        if (round != poller.round()) {
            round = poller.round();
            turnEnd = staged + poller.octetsPerTurn();
        }
        return turnEnd;
    }

    /** Whether all was written; the buffer has gone back to the pool then. */
    private boolean write(TransmitBuffer out) throws IOException {
        if (!out.isEmpty()) {
            written += out.write(channel, counters);
        }
        if (!out.isEmpty()) {
            return false;
        }
        buffer = null;
        out.clear();
        pool.give(out);
        return true;
    }

    /** Begins the next message, if one may be sent now. */
    private boolean begin() {
        if (!connection.isOperating()) {
            return false;
        }
        SendRequest response = reads.first();
        SendRequest request = sends.next(ord);
        SendRequest chosen = response != null && (request == null || !responseLast) ? response : request;
        if (chosen == null) {
            return false;
        }
        if (chosen == request) {
            if (!connection.checkStartable(request, ord)) {
                return false;
            }
            sends.began(request);
        }
        responseLast = chosen == response;
        current = chosen;
        done = 0;
        entry = 0;
        entryDone = 0;
        return true;
    }

    /** Stages the next segment of the message; false if there is no room for it, or it must not be sent any more. */
    private boolean stageSegment(TransmitBuffer out) {
        SendRequest message = current;
        if (message == null) {
            return false;
        }
        if (message.isRead()) {
            return stageReadRequest(out, message);
        }
        boolean response = message.opcode == RdmapOpcode.READ_RESPONSE;
        if (response && !ReadQueue.isReadable(message)) {
            connection.readRevoked(message);
            return false;
        }
        boolean tagged = message.opcode.isTagged();
        int headerOctets = tagged ? SegmentWriter.TAGGED_OCTETS : SegmentWriter.UNTAGGED_OCTETS;
        int max = maxUlpdu - (headerOctets - 2) & ~3;
        while (entry < message.entries && entryDone == message.lengths[entry]) {
            entry++;
            entryDone = 0;
        }
        boolean direct = !markers && entry < message.entries && message.lengths[entry] >= coalesceBytes;
        int count = direct ? directLength(message, max) : copiedLength(message, Math.min(max, MAX_COPIED));
        int needed = direct ? OVERHEAD : fpdus.maxOctets(headerOctets - 2 + count);
        if (out.stagingRoom() < needed || (direct && !out.hasRoomForPayload())) {
            return false;
        }
        ByteBuffer staging = out.staging();
        int before = staging.position();
        boolean last = done + count == message.length;
        if (tagged) {
            SegmentWriter.putTagged(header, 0, message.opcode, last, message.stag, message.taggedOffset + done, count);
        } else {
            SegmentWriter.putSend(header, 0, message.opcode, last, message.stag, sendMsn, done, count);
        }
        fpdus.begin(headerOctets - 2 + count);
        fpdus.copy(header, 0, headerOctets, staging);
        if (direct) {
            IwarpRegion region = region(message);
            long offset = message.offsets[entry] + entryDone;
            ByteBuffer view = region.view(0, offset, count);
            fpdus.pass(view, view.position(), count);
            out.addPayload(region, offset, count, response ? message.entry : null);
            entryDone += count;
        } else {
            copyPayload(message, count, staging);
        }
        fpdus.finish(staging);
        counters.fpdusSent++;
        staged += staging.position() - before + (direct ? count : 0);
        done += count;
        count(message.opcode, count);
        if (last) {
            end(message, tagged);
        }
        return true;
    }

    private void end(SendRequest message, boolean tagged) {
        message.endSequence = staged;
        current = null;
        if (!tagged) {
            sendMsn++;
        }
        if (message.opcode == RdmapOpcode.READ_RESPONSE) {
            // The requester may send its next Read Request as soon as this response reaches it.
            reads.remove();
        }
    }

    private boolean stageReadRequest(TransmitBuffer out, SendRequest read) {
        if (out.stagingRoom() < OVERHEAD) {
            return false;
        }
        ByteBuffer staging = out.staging();
        int before = staging.position();
        StagEntry sink = read.entry;
        // RFC 5041 section 5.2: nobody looks at the STag of no octets; some hardware dislikes 0.
        int sinkStag = sink == null ? 1 : sink.stag;
        int octets = SegmentWriter.putReadRequest(
                header, 0, readMsn, sinkStag, 0, read.length, read.stag, read.taggedOffset);
        readMsn++;
        fpdus.begin(octets - 2);
        fpdus.copy(header, 0, octets, staging);
        fpdus.finish(staging);
        counters.fpdusSent++;
        staged += staging.position() - before;
        read.endSequence = staged;
        current = null;
        return true;
    }

    /** Cuts a piece into segments of about equal length, each but the last a multiple of four octets. */
    private int directLength(SendRequest message, int max) {
        int left = message.lengths[entry] - entryDone;
        int segments = Math.ceilDiv(left, max);
        return Math.min(left, Math.ceilDiv(left, segments) + 3 & ~3);
    }

    /** As many small pieces as fit one segment. */
    private int copiedLength(SendRequest message, int max) {
        int count = 0;
        for (int i = entry; i < message.entries && count < max; i++) {
            if (!markers && message.lengths[i] >= coalesceBytes) {
                break;
            }
            int left = message.lengths[i] - (i == entry ? entryDone : 0);
            count += Math.min(left, max - count);
        }
        return count;
    }

    private void copyPayload(SendRequest message, int count, ByteBuffer staging) {
        int left = count;
        while (left > 0) {
            int part = Math.min(left, Math.min(message.lengths[entry] - entryDone, IwarpRegion.MAX_PIECE));
            if (part > 0) {
                ByteBuffer view = region(message).view(0, message.offsets[entry] + entryDone, part);
                fpdus.copy(view, view.position(), part, staging);
                entryDone += part;
                left -= part;
            }
            if (entryDone == message.lengths[entry] && left > 0) {
                entry++;
                entryDone = 0;
            }
        }
        counters.copiedOutBytes += count;
    }

    private IwarpRegion region(SendRequest message) {
        IwarpRegion region = message.regions[entry];
        if (region == null) {
            throw new IllegalStateException("a message under way has lost its memory");
        }
        return region;
    }

    private void count(RdmapOpcode opcode, int octets) {
        if (opcode == RdmapOpcode.RDMA_WRITE) {
            counters.rdmaWriteBytes += octets;
        } else if (opcode.isSend()) {
            counters.sendBytes += octets;
        }
    }

    /** Whether the peer is being sent octets that it reads through this STag. */
    boolean isReading(StagEntry source) {
        TransmitBuffer out = buffer;
        return out != null && out.names(source);
    }

    /**
     * Ends it: nothing more is taken from registered memory.
     *
     * @param terminate to be the last message, if not null
     * @param room the longest copy that may be made
     * @return what is still to be written, a copy; null if there is no room for it
     */
    @Nullable
    ByteBuffer finish(@Nullable Terminate terminate, long room) {
        TransmitBuffer out = buffer;
        buffer = null;
        current = null;
        int left = out == null ? 0 : out.octets();
        ByteBuffer rest = null;
        try {
            // A Terminate alone always has room: Linger bounds the number of those.
            if (left == 0 || left + 2 * OVERHEAD <= room) {
                rest = out == null ? ByteBuffer.allocateDirect(2 * OVERHEAD) : out.detach(2 * OVERHEAD);
            }
        } finally {
            if (out != null) {
                out.clear();
                pool.give(out);
            }
        }
        if (rest == null) {
            return null;
        }
        if (terminate != null) {
            int octets = SegmentWriter.putTerminate(header, 0, terminate);
            fpdus.begin(octets - 2);
            fpdus.copy(header, 0, octets, rest);
            fpdus.finish(rest);
            counters.fpdusSent++;
        }
        return rest.flip();
    }
}
