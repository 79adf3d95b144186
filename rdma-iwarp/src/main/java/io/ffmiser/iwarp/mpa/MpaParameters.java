package io.ffmiser.iwarp.mpa;

import org.jspecify.annotations.Nullable;

/**
 * What start-up has settled for the life of the connection.
 *
 * @param crc CRC32c is generated and checked, in both directions
 * @param sendMarkers markers go into what we send
 * @param receiveMarkers markers come in what we receive
 * @param ird how many of the peer's RDMA Reads we serve at once
 * @param ord how many RDMA Reads we may have outstanding
 * @param rtr in the peer-to-peer model, the message that the initiator sends before any other FPDU, and for which the responder
 *     waits; else null
 */
public record MpaParameters(
        boolean crc,
        boolean sendMarkers,
        boolean receiveMarkers,
        int ird,
        int ord,
        @Nullable RtrKind rtr) {}
