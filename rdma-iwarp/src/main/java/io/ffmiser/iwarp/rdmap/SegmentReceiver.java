package io.ffmiser.iwarp.rdmap;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.ddp.DdpHeader;
import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.TerminateCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of an RDMAP stream: takes segments from the FPDU stream, checks what a header alone can tell (versions, queue
 * number, opcode, lengths), and leaves to the device what needs its tables: where a payload goes, and whether it may.
 *
 * <p>The device feeds octets and does what each {@link Step} says:
 *
 * <pre>{@code
 * while (true) {
 *     switch (receiver.advance(in)) {
 *         case NEED_INPUT -> { return; }                   // read more from the socket
 *         case SEGMENT -> {                                // the header is there
 *             TerminateCode wrong = check(receiver);       // STag, MSN, MO, buffer: the device's tables
 *             if (wrong != null) {
 *                 receiver.refuse(wrong);                  // ERROR follows when the CRC has been found right
 *             }
 *         }
 *         case PAYLOAD -> {                                // receiver.payloadRemaining() octets are to be placed
 *             if (in.hasRemaining()) {
 *                 receiver.takePayload(in, target);        // what was read ahead
 *             } else {
 *                 n = channel.read(target) ...;            // or straight from the socket:
 *                 receiver.payloadPlaced(target, index, n);
 *             }
 *         }
 *         case END -> deliver(receiver);                   // placed and valid: the header is still readable
 *         case ERROR -> terminate(receiver.terminate());   // once; advance then swallows all input
 *     }
 * }
 * }</pre>
 *
 * <p>A fault in a header is reported only after the CRC of its FPDU was found right: a damaged header is a CRC error (RFC 5044
 * section 8), whatever it says. Payload may be placed before the CRC is checked; nothing may be delivered before {@link Step#END}.
 *
 * <p>Zero-length segments give {@link Step#SEGMENT} and {@link Step#END} without {@link Step#PAYLOAD}; their STag and TO must not be
 * checked (RFC 5041 section 5.2).
 *
 * <p>Allocates nothing after construction but for {@link #terminate()}. Not thread-safe; one for each connection.
 */
public final class SegmentReceiver {
    /** What {@link #advance} found. */
    public enum Step {
        /** The input is used up. */
        NEED_INPUT,
        /** A segment's header is complete and fits its opcode. Comes once for each segment. */
        SEGMENT,
        /** Payload octets are to be taken before it goes on; nothing was consumed. */
        PAYLOAD,
        /** The segment is complete. Comes once for each segment. */
        END,
        /** The stream has failed: {@link SegmentReceiver#error()}. Comes once; afterwards all input is dropped. */
        ERROR
    }

    private enum Part {
        HEADER,
        PAYLOAD,
        /** The rest of the segment is of no use: it is refused, or a Terminate longer than any that is defined. */
        SKIPPING,
        /** After an error. */
        DROPPING
    }

    /** What of a Terminate's body is kept. More is dropped: it would be nothing that RFC 5040 defines. */
    private static final int MAX_BODY = Math.max(ReadRequest.OCTETS, Terminate.MAX_OCTETS);

    private static final int CONTROL_OCTETS = 2;

    private final FpduReceiver fpdus;
    private final ByteBuffer header = ByteBuffer.allocateDirect(DdpHeader.UNTAGGED_OCTETS + MAX_BODY);

    private Part part = Part.HEADER;
    private @Nullable RdmapOpcode opcode;
    private int payloadLength;
    private @Nullable TerminateCode error;
    private int headerOctets;
    private boolean taggedOpen;
    private boolean sendOpen;

    public SegmentReceiver(FpduReceiver fpdus) {
        this.fpdus = fpdus;
    }

    /** Goes on to the next thing that the device has to know, consuming what lies before it. */
    public Step advance(ByteBuffer in) {
        while (part != Part.DROPPING) {
            switch (fpdus.advance(in)) {
                case NEED_INPUT -> {
                    return Step.NEED_INPUT;
                }
                case ULPDU -> {
                    if (part == Part.PAYLOAD) {
                        return Step.PAYLOAD;
                    }
                    if (part == Part.HEADER) {
                        if (gather(in)) {
                            return Step.SEGMENT;
                        }
                    } else {
                        fpdus.skip(in);
                    }
                    if (fpdus.remaining() > 0 && !in.hasRemaining()) {
                        return Step.NEED_INPUT;
                    }
                }
                case END -> {
                    return end();
                }
                case ERROR -> {
                    error = fpdus.error();
                    part = Part.DROPPING;
                    return Step.ERROR;
                }
            }
        }
        // RFC 5041 section 7.1: after an error, what comes is dropped silently.
        in.position(in.limit());
        return Step.NEED_INPUT;
    }

    /**
     * After {@link Step#SEGMENT}: the device does not want this segment. The rest of it is dropped, and {@link Step#ERROR} follows
     * with this code, or with {@link io.ffmiser.iwarp.mpa.MpaError#CRC} if that was wrong too. The first refusal counts.
     */
    public void refuse(TerminateCode code) {
        if (part != Part.PAYLOAD) {
            throw new IllegalStateException("no segment to refuse in state " + part);
        }
        error = code;
        part = Part.SKIPPING;
    }

    /**
     * After {@link Step#END}: the message just delivered is in error (an STag that cannot be invalidated, say). No {@link Step#ERROR}
     * follows; from here on all input is dropped.
     */
    public void fail(TerminateCode code) {
        if (error == null) {
            error = code;
        }
        part = Part.DROPPING;
    }

    /** The first error of the stream; null while there is none. */
    public @Nullable TerminateCode error() {
        return error;
    }

    /**
     * The Terminate that the error calls for, with the headers of the segment at hand embedded as RFC 5040 section 4.8 wants.
     *
     * @throws IllegalStateException if there is no error
     */
    public Terminate terminate() {
        if (error == null) {
            throw new IllegalStateException("the stream has no error");
        }
        return Terminate.of(error, header, 0, headerOctets, fpdus.ulpduLength());
    }

    /** Payload octets of the segment that are still to be taken. */
    public int payloadRemaining() {
        return part == Part.PAYLOAD ? fpdus.remaining() : 0;
    }

    /**
     * Copies payload from the input to its place: as much as there is in both and remains.
     *
     * @return how many octets
     */
    public int takePayload(ByteBuffer in, ByteBuffer destination) {
        return part == Part.PAYLOAD ? fpdus.take(in, destination, destination.remaining()) : 0;
    }

    /** Whether {@link #payloadPlaced} may be used on this stream; not where the peer sends markers. */
    public boolean allowsPlacing() {
        return fpdus.allowsPlacing();
    }

    /**
     * Payload has been read from the socket straight to its place, {@code index..index + length} of the destination, whose position
     * and limit stay.
     *
     * @param length at most {@link #payloadRemaining()}
     */
    public void payloadPlaced(ByteBuffer destination, int index, int length) {
        if (length > payloadRemaining()) {
            throw new IllegalStateException(length + " octets placed, " + payloadRemaining() + " remain");
        }
        fpdus.placed(destination, index, length);
    }

    /** Whether a FIN here would cut neither a segment nor a message (RFC 5041 section 6.2). */
    public boolean atMessageBoundary() {
        return part == Part.HEADER && fpdus.atBoundary() && !taggedOpen && !sendOpen;
    }

    // The header at hand: valid from SEGMENT to the next advance after END.

    public RdmapOpcode opcode() {
        if (opcode == null) {
            throw new IllegalStateException("no segment is at hand");
        }
        return opcode;
    }

    /** Whether the segment is its message's last. */
    public boolean isLast() {
        return DdpHeader.isLast(header, 0);
    }

    /** Octets of payload in the whole segment; 0 for Read Requests and Terminates. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Of an RDMA Write or Read Response. */
    public int stag() {
        return DdpHeader.stag(header, 0);
    }

    /** Of an RDMA Write or Read Response: where the segment's payload goes. */
    public long taggedOffset() {
        return DdpHeader.taggedOffset(header, 0);
    }

    /** Of an untagged segment. */
    public int msn() {
        return DdpHeader.msn(header, 0);
    }

    /** Of an untagged segment. */
    public int messageOffset() {
        return DdpHeader.messageOffset(header, 0);
    }

    /** Of a Send that invalidates. */
    public int invalidateStag() {
        return DdpHeader.stag(header, 0);
    }

    /** Of a Read Request: where the response goes at the requester. */
    public int readSinkStag() {
        return ReadRequest.sinkStag(header, DdpHeader.UNTAGGED_OCTETS);
    }

    public long readSinkOffset() {
        return ReadRequest.sinkOffset(header, DdpHeader.UNTAGGED_OCTETS);
    }

    /** Of a Read Request: 0..2^32-1. */
    public long readSize() {
        return ReadRequest.size(header, DdpHeader.UNTAGGED_OCTETS);
    }

    /** Of a Read Request: what to read. */
    public int readSourceStag() {
        return ReadRequest.sourceStag(header, DdpHeader.UNTAGGED_OCTETS);
    }

    public long readSourceOffset() {
        return ReadRequest.sourceOffset(header, DdpHeader.UNTAGGED_OCTETS);
    }

    /** The Terminate received. */
    public Terminate receivedTerminate() {
        return Terminate.decode(header.duplicate()
                .position(DdpHeader.UNTAGGED_OCTETS)
                .limit(Math.max(DdpHeader.UNTAGGED_OCTETS, headerOctets)));
    }

    /** Collects the headers; true once they are whole and in order. On a fault the rest of the segment is skipped. */
    private boolean gather(ByteBuffer in) {
        if (header.position() == 0) {
            headerOctets = 0;
            opcode = null;
        }
        int wanted = CONTROL_OCTETS;
        while (true) {
            if (wanted > fpdus.ulpduLength()) {
                // Shorter than its own header: no code of DDP's fits.
                skip(RdmapError.OPERATION_UNSPECIFIED);
                return false;
            }
            fpdus.take(in, header, wanted - header.position());
            headerOctets = header.position();
            if (headerOctets < wanted) {
                return false;
            }
            int whole = wholeHeader(headerOctets);
            if (whole == headerOctets) {
                return complete();
            }
            wanted = whole;
        }
    }

    /** How far the headers reach, as told by the first {@code filled} octets. */
    private int wholeHeader(int filled) {
        int ddp = DdpHeader.octets(header, 0);
        if (filled < ddp || DdpHeader.isTagged(header, 0) || fault() != null) {
            return ddp;
        }
        return switch (RdmapOpcode.of(DdpHeader.rdmapControl(header, 0))) {
            case READ_REQUEST -> ddp + ReadRequest.OCTETS;
            case TERMINATE -> Math.min(fpdus.ulpduLength(), ddp + MAX_BODY);
            case null, default -> ddp;
        };
    }

    private boolean complete() {
        TerminateCode fault = fault();
        RdmapOpcode found = RdmapOpcode.of(DdpHeader.rdmapControl(header, 0));
        if (fault != null || found == null) {
            skip(fault == null ? RdmapError.UNEXPECTED_OPCODE : fault);
            return false;
        }
        // RFC 5040 section 5.2.1: a Read Request is one segment and has no payload.
        if (found == RdmapOpcode.READ_REQUEST && (fpdus.remaining() > 0 || !isLast())) {
            skip(RdmapError.OPERATION_UNSPECIFIED);
            return false;
        }
        opcode = found;
        part = found == RdmapOpcode.TERMINATE ? Part.SKIPPING : Part.PAYLOAD;
        payloadLength = payloadRemaining();
        return true;
    }

    /** What a whole DDP header alone shows to be wrong: DDP's matters first (RFC 5041 section 7.1), then RDMAP's. */
    private @Nullable TerminateCode fault() {
        boolean tagged = DdpHeader.isTagged(header, 0);
        if (DdpHeader.version(header, 0) != DdpHeader.VERSION) {
            return tagged ? DdpError.TAGGED_VERSION : DdpError.UNTAGGED_VERSION;
        }
        int queue = tagged ? RdmapOpcode.NO_QUEUE : DdpHeader.queueNumber(header, 0);
        if (!tagged && (queue < RdmapOpcode.QUEUE_SEND || queue > RdmapOpcode.QUEUE_TERMINATE)) {
            return DdpError.INVALID_QUEUE_NUMBER;
        }
        int control = DdpHeader.rdmapControl(header, 0);
        if (RdmapOpcode.version(control) != RdmapOpcode.VERSION) {
            return RdmapError.INVALID_VERSION;
        }
        RdmapOpcode found = RdmapOpcode.of(control);
        // RFC 5040 sections 4.1 and 4.2: the opcode has to be known, and to fit the kind of segment and the queue.
        if (found == null || found.queueNumber() != queue) {
            return RdmapError.UNEXPECTED_OPCODE;
        }
        return null;
    }

    private void skip(TerminateCode fault) {
        error = fault;
        part = Part.SKIPPING;
    }

    private Step end() {
        if (part == Part.HEADER) {
            headerOctets = header.position();
            error = RdmapError.OPERATION_UNSPECIFIED;
        }
        if (error != null) {
            part = Part.DROPPING;
            return Step.ERROR;
        }
        part = Part.HEADER;
        header.clear();
        if (DdpHeader.isTagged(header, 0)) {
            taggedOpen = !isLast();
        } else if (opcode().isSend()) {
            sendOpen = !isLast();
        }
        return Step.END;
    }
}
