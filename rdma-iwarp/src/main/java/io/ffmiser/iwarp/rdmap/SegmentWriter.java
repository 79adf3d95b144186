package io.ffmiser.iwarp.rdmap;

import io.ffmiser.iwarp.ddp.DdpHeader;
import io.ffmiser.iwarp.mpa.Fpdu;
import java.nio.ByteBuffer;

/**
 * Writes what stands before the payload of an FPDU: ULPDU_Length, the DDP header, and the RDMAP header where there is one. Absolute puts
 * into a big-endian buffer; each method gives how many octets it wrote. Payload, pad and CRC are for {@link
 * io.ffmiser.iwarp.mpa.FpduWriter}.
 */
public final class SegmentWriter {
    /** Before the payload of an RDMA Write or Read Response. */
    public static final int TAGGED_OCTETS = Fpdu.LENGTH_OCTETS + DdpHeader.TAGGED_OCTETS;

    /** Before the payload of a Send. */
    public static final int UNTAGGED_OCTETS = Fpdu.LENGTH_OCTETS + DdpHeader.UNTAGGED_OCTETS;

    /** All of a Read Request but pad and CRC. */
    public static final int READ_REQUEST_OCTETS = UNTAGGED_OCTETS + ReadRequest.OCTETS;

    /** The most that a Terminate takes, without pad and CRC. */
    public static final int MAX_TERMINATE_OCTETS = UNTAGGED_OCTETS + Terminate.MAX_OCTETS;

    private SegmentWriter() {}

    /** The ULPDU_Length of the segment whose first octets were written at {@code at}. */
    public static int ulpduLength(ByteBuffer out, int at) {
        return out.getShort(at) & 0xFFFF;
    }

    /** An RDMA Write or Read Response segment. */
    public static int putTagged(
            ByteBuffer out, int at, RdmapOpcode opcode, boolean last, int stag, long taggedOffset, int payloadLength) {
        out.putShort(at, (short) (DdpHeader.TAGGED_OCTETS + payloadLength));
        DdpHeader.putTagged(out, at + Fpdu.LENGTH_OCTETS, last, opcode.control(), stag, taggedOffset);
        return TAGGED_OCTETS;
    }

    /**
     * A Send segment.
     *
     * @param invalidateStag 0 unless the opcode invalidates
     */
    public static int putSend(
            ByteBuffer out,
            int at,
            RdmapOpcode opcode,
            boolean last,
            int invalidateStag,
            int msn,
            int messageOffset,
            int payloadLength) {
        out.putShort(at, (short) (DdpHeader.UNTAGGED_OCTETS + payloadLength));
        DdpHeader.putUntagged(
                out,
                at + Fpdu.LENGTH_OCTETS,
                last,
                opcode.control(),
                invalidateStag,
                RdmapOpcode.QUEUE_SEND,
                msn,
                messageOffset);
        return UNTAGGED_OCTETS;
    }

    /**
     * A Read Request: always one segment, without payload (RFC 5040 section 5.2.1).
     *
     * @param size unsigned
     */
    public static int putReadRequest(
            ByteBuffer out,
            int at,
            int msn,
            int sinkStag,
            long sinkOffset,
            int size,
            int sourceStag,
            long sourceOffset) {
        out.putShort(at, (short) (DdpHeader.UNTAGGED_OCTETS + ReadRequest.OCTETS));
        DdpHeader.putUntagged(
                out,
                at + Fpdu.LENGTH_OCTETS,
                true,
                RdmapOpcode.READ_REQUEST.control(),
                0,
                RdmapOpcode.QUEUE_READ_REQUEST,
                msn,
                0);
        ReadRequest.put(out, at + UNTAGGED_OCTETS, sinkStag, sinkOffset, size, sourceStag, sourceOffset);
        return READ_REQUEST_OCTETS;
    }

    /** A Terminate: queue 2, MSN 1, one for each stream (RFC 5040 section 5.4). */
    public static int putTerminate(ByteBuffer out, int at, Terminate terminate) {
        int octets = terminate.encode(out, at + UNTAGGED_OCTETS);
        out.putShort(at, (short) (DdpHeader.UNTAGGED_OCTETS + octets));
        DdpHeader.putUntagged(
                out,
                at + Fpdu.LENGTH_OCTETS,
                true,
                RdmapOpcode.TERMINATE.control(),
                0,
                RdmapOpcode.QUEUE_TERMINATE,
                1,
                0);
        return UNTAGGED_OCTETS + octets;
    }
}
