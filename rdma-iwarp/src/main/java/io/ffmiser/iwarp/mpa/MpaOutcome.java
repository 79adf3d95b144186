package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;

/** What the received octets have led to, for {@link MpaInitiator} and {@link MpaResponder}. */
public sealed interface MpaOutcome {
    /** The frame is not complete: read on. */
    record NeedMore() implements MpaOutcome {
        static final NeedMore INSTANCE = new NeedMore();
    }

    /**
     * Responder: a Request that can be accepted. Ask the upper layer, then send what {@link MpaResponder#accept} or {@link
     * MpaResponder#reject} gives.
     *
     * @param privateData the peer's private data
     * @param peerIrd how many reads the peer serves: the most that our ORD can be. {@link EnhancedSetup#NOT_NEGOTIATED} if it
     *     does not say
     * @param peerOrd how many reads the peer wants outstanding: the most that our IRD need be. {@link
     *     EnhancedSetup#NOT_NEGOTIATED} if it does not say
     */
    record Requested(byte[] privateData, int peerIrd, int peerOrd) implements MpaOutcome {
        public Requested {
            privateData = privateData.clone();
        }

        @Override
        public byte[] privateData() {
            return privateData.clone();
        }
    }

    /**
     * Initiator: accepted; full operation begins. With {@link MpaParameters#rtr} set, that message goes out first.
     */
    record Established(MpaParameters parameters, byte[] privateData) implements MpaOutcome {
        public Established {
            privateData = privateData.clone();
        }

        @Override
        public byte[] privateData() {
            return privateData.clone();
        }
    }

    /** Initiator: the peer refused. Close. */
    record Rejected(byte[] privateData) implements MpaOutcome {
        public Rejected {
            privateData = privateData.clone();
        }

        @Override
        public byte[] privateData() {
            return privateData.clone();
        }
    }

    /** Responder: well formed, but not to be had: send this Reply (with R set), then close. The upper layer hears nothing. */
    record RefuseWith(ByteBuffer reply, String reason) implements MpaOutcome {}

    /**
     * Close the TCP connection at once; nothing can be sent.
     *
     * @param retryWithRevision1 initiator: the peer may know only RFC 5044; one new connection with {@link
     *     MpaSettings#withRevision}(1) may succeed (RFC 6581 section 10)
     */
    record Close(MpaError error, String reason, boolean retryWithRevision1) implements MpaOutcome {}

    /**
     * Initiator: send a Terminate with this code, framed by these parameters, then close in order (RFC 6581 section 10).
     */
    record TerminateWith(MpaError error, MpaParameters parameters, String reason) implements MpaOutcome {}
}
