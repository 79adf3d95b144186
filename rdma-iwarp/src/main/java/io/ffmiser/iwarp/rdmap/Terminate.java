package io.ffmiser.iwarp.rdmap;

import io.ffmiser.iwarp.ddp.DdpError;
import io.ffmiser.iwarp.ddp.DdpHeader;
import io.ffmiser.iwarp.mpa.MpaError;
import io.ffmiser.iwarp.mpa.TerminateCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Terminate message, without its DDP header (RFC 5040 section 4.8): {@code layer and type 1, code 1, M D R 1, reserved 1}, then, with
 * D, the terminated segment's length and DDP header, and with R its Read Request header.
 *
 * @param layer 0 RDMAP, 1 DDP, 2 LLP
 * @param errorType 0..15
 * @param errorCode 0..255
 * @param segmentLength of the terminated DDP segment, or -1 if not told (the M bit)
 * @param ddpHeader 14 or 18 octets of it, or none (the D bit)
 * @param readRequest its 28 octets of Read Request header, or none (the R bit)
 */
public record Terminate(
        int layer, int errorType, int errorCode, int segmentLength, byte[] ddpHeader, byte[] readRequest) {
    /** The longest one. */
    public static final int MAX_OCTETS = 4 + 2 + DdpHeader.UNTAGGED_OCTETS + ReadRequest.OCTETS;

    /** As segment length: not told. */
    public static final int NO_LENGTH = -1;

    private static final int M = 0x80;
    private static final int D = 0x40;
    private static final int R = 0x20;
    /** What M, D and R are in the form that a little-endian Linux siw sends. */
    private static final int MIRRORED_FLAGS = 0x07;

    private static final byte[] NONE = {};

    private static final List<TerminateCode> CODES = Stream.<TerminateCode[]>of(
                    RdmapError.values(), DdpError.values(), MpaError.values())
            .flatMap(Stream::of)
            .toList();

    public Terminate {
        ddpHeader = ddpHeader.clone();
        readRequest = readRequest.clone();
    }

    @Override
    public byte[] ddpHeader() {
        return ddpHeader.clone();
    }

    @Override
    public byte[] readRequest() {
        return readRequest.clone();
    }

    /** For an error that is not a received segment's. */
    public static Terminate of(TerminateCode code) {
        return new Terminate(code.layer(), code.errorType(), code.errorCode(), NO_LENGTH, NONE, NONE);
    }

    /**
     * For an error in a received segment; embeds of it what the code calls for.
     *
     * @param header holds the segment's headers
     * @param at where its DDP header begins
     * @param available how many octets of the segment there are from {@code at}; if they do not reach the end of a header, it is
     *     not embedded
     * @param ulpduLength the length of the segment
     */
    public static Terminate of(TerminateCode code, ByteBuffer header, int at, int available, int ulpduLength) {
        if (!code.embedsSegment() || available < 2 || available < DdpHeader.octets(header, at)) {
            return of(code);
        }
        byte[] ddp = new byte[DdpHeader.octets(header, at)];
        header.get(at, ddp);
        byte[] request = NONE;
        if (code.embedsReadRequest()
                && !DdpHeader.isTagged(header, at)
                && RdmapOpcode.of(DdpHeader.rdmapControl(header, at)) == RdmapOpcode.READ_REQUEST
                && available >= ddp.length + ReadRequest.OCTETS) {
            request = new byte[ReadRequest.OCTETS];
            header.get(at + ddp.length, request);
        }
        return new Terminate(code.layer(), code.errorType(), code.errorCode(), ulpduLength, ddp, request);
    }

    /**
     * Reads the octets between position and limit, as many as there are; missing ones count as zero. Accepts the form of a
     * little-endian Linux siw too, whose nibbles and flags are mirrored. The reaction to any Terminate is the same, so what stays
     * ambiguous does no harm.
     */
    public static Terminate decode(ByteBuffer in) {
        int first = octet(in, 0);
        int code = octet(in, 1);
        int flags = octet(in, 2);
        int layer = first >>> 4;
        int type = first & 0xF;
        boolean mirrored = ((flags & (M | D | R)) == 0 && (flags & MIRRORED_FLAGS) != 0)
                || (find(layer, type, code) == null && find(type, layer, code) != null);
        if (mirrored) {
            int swap = layer;
            layer = type;
            type = swap;
            flags = ((flags & 1) << 7) | ((flags & 2) << 5) | ((flags & 4) << 3);
        }
        int at = in.position() + 4;
        int segmentLength = NO_LENGTH;
        byte[] ddp = NONE;
        byte[] request = NONE;
        if ((flags & D) != 0 && in.limit() - at >= 2 + 1) {
            int told = (flags & M) != 0 ? in.getShort(at) & 0xFFFF : NO_LENGTH;
            int octets = DdpHeader.octets(in, at + 2);
            at += 2;
            if (in.limit() - at >= octets) {
                segmentLength = told;
                ddp = new byte[octets];
                in.get(at, ddp);
                at += octets;
                if ((flags & R) != 0 && in.limit() - at >= ReadRequest.OCTETS) {
                    request = new byte[ReadRequest.OCTETS];
                    in.get(at, request);
                }
            }
        }
        return new Terminate(layer, type, code, segmentLength, ddp, request);
    }

    /** The code, if it is one that RFC 5040, 5041, 5044 or 6581 defines. */
    public @Nullable TerminateCode code() {
        return find(layer, errorType, errorCode);
    }

    /** For a person. */
    public String message() {
        TerminateCode code = code();
        String name = code == null ? "unknown" : code.getClass().getSimpleName() + "." + code;
        return "Terminate layer %d type %d code 0x%02x (%s)".formatted(layer, errorType, errorCode, name);
    }

    /** Writes it at {@code at}; gives its length. */
    int encode(ByteBuffer out, int at) {
        boolean hasLength = segmentLength != NO_LENGTH && ddpHeader.length > 0;
        out.put(at, (byte) ((layer << 4) | errorType));
        out.put(at + 1, (byte) errorCode);
        out.put(at + 2, (byte)
                ((hasLength ? M : 0) | (ddpHeader.length > 0 ? D : 0) | (readRequest.length > 0 ? R : 0)));
        out.put(at + 3, (byte) 0);
        if (ddpHeader.length == 0) {
            return 4;
        }
        out.putShort(at + 4, (short) (hasLength ? segmentLength : 0));
        out.put(at + 6, ddpHeader);
        out.put(at + 6 + ddpHeader.length, readRequest);
        return 6 + ddpHeader.length + readRequest.length;
    }

    private static int octet(ByteBuffer in, int index) {
        return index < in.remaining() ? in.get(in.position() + index) & 0xFF : 0;
    }

    private static @Nullable TerminateCode find(int layer, int type, int code) {
        if (layer == 0 && type == 0) {
            return RdmapError.LOCAL_CATASTROPHIC;
        }
        for (TerminateCode candidate : CODES) {
            if (candidate.layer() == layer && candidate.errorType() == type && candidate.errorCode() == code) {
                return candidate;
            }
        }
        return null;
    }
}
