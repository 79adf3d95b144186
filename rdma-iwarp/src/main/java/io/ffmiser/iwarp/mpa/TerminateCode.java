package io.ffmiser.iwarp.mpa;

/**
 * An error as a Terminate message names it: layer, type and code (RFC 5040 section 4.8). Each layer has its own enum of them; the
 * interface lives at the bottom because every layer above may pass a lower one's error on.
 */
public interface TerminateCode {
    /** 0 RDMAP, 1 DDP, 2 LLP (MPA). */
    int layer();

    /** The error type within the layer, 0..15. */
    int errorType();

    /** The error code within the type, 0..255. */
    int errorCode();

    /**
     * Whether the Terminate carries the DDP segment's length and header (the M and D bits) when the segment is known (RFC 5040
     * section 4.8).
     */
    boolean embedsSegment();

    /** Whether it also carries the RDMA Read Request header (the R bit) when a Read Request caused it. */
    boolean embedsReadRequest();
}
