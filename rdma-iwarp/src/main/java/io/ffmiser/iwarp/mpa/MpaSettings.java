package io.ffmiser.iwarp.mpa;

import java.util.Set;

/**
 * What this side asks for and can do at MPA start-up.
 *
 * @param crc ask for CRC32c (the C bit). RFC 5044 section 4.4: the default must be true. It is on if either side asks
 * @param receiveMarkers ask the peer to insert markers in what we receive (the M bit)
 * @param sendMarkers insert markers if the peer asks; false refuses such a peer
 * @param revision the MPA revision of our Request: 2 (RFC 6581) or, for a peer that knows no other, 1. A responder answers with the
 *     Request's revision whatever this is
 * @param peerToPeer as initiator, ask for the peer-to-peer model (the A bit). iSER is client-server: false
 * @param rtrKinds the RTR messages that this side can send or take
 */
public record MpaSettings(
        boolean crc,
        boolean receiveMarkers,
        boolean sendMarkers,
        int revision,
        boolean peerToPeer,
        Set<RtrKind> rtrKinds) {

    public MpaSettings {
        rtrKinds = Set.copyOf(rtrKinds);
        if (revision != 1 && revision != 2) {
            throw new IllegalArgumentException("MPA revision " + revision + " is neither 1 nor 2");
        }
        if (peerToPeer && (revision == 1 || rtrKinds.isEmpty())) {
            throw new IllegalArgumentException("the peer-to-peer model needs revision 2 and an RTR message");
        }
    }

    /** CRC on, no markers asked for, markers sent to who asks, revision 2, client-server. */
    public static MpaSettings defaults() {
        return new MpaSettings(true, false, true, 2, false, Set.of(RtrKind.values()));
    }

    public MpaSettings withCrc(boolean value) {
        return new MpaSettings(value, receiveMarkers, sendMarkers, revision, peerToPeer, rtrKinds);
    }

    public MpaSettings withReceiveMarkers(boolean value) {
        return new MpaSettings(crc, value, sendMarkers, revision, peerToPeer, rtrKinds);
    }

    public MpaSettings withSendMarkers(boolean value) {
        return new MpaSettings(crc, receiveMarkers, value, revision, peerToPeer, rtrKinds);
    }

    /** Revision 1 has no peer-to-peer model: {@code peerToPeer} becomes false with it. */
    public MpaSettings withRevision(int value) {
        return new MpaSettings(crc, receiveMarkers, sendMarkers, value, peerToPeer && value == 2, rtrKinds);
    }

    public MpaSettings withPeerToPeer(boolean value, Set<RtrKind> kinds) {
        return new MpaSettings(crc, receiveMarkers, sendMarkers, revision, value, kinds);
    }
}
