package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The initiator's side of MPA start-up: one Request out, one Reply in (RFC 5044 section 7.1.2, RFC 6581 section 9). The caller sends
 * {@link #request()} and nothing more until {@link #receive} gives {@link MpaOutcome.Established}; it also keeps the time limit.
 *
 * <p>Not thread-safe; used once.
 */
public final class MpaInitiator {
    private final MpaSettings settings;
    private final MpaFrame request;
    private final int ird;
    private final int ord;
    private final MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REPLY);

    /**
     * @param ird how many reads of the peer we can serve; 0x3FFF or more to leave it out of the negotiation
     * @param ord how many reads we want outstanding; likewise
     * @param privateData at most {@link MpaFrame#MAX_PRIVATE_DATA} octets
     */
    public MpaInitiator(MpaSettings settings, int ird, int ord, byte[] privateData) {
        this.settings = settings;
        this.ird = ird;
        this.ord = ord;
        checkPrivateData(privateData);
        EnhancedSetup enhanced = settings.revision() == 1
                ? null
                : new EnhancedSetup(settings.peerToPeer(), settings.rtrKinds(), depth(ird), depth(ord));
        request = new MpaFrame(
                MpaFrame.Kind.REQUEST,
                settings.receiveMarkers(),
                settings.crc(),
                false,
                settings.revision(),
                enhanced,
                privateData);
    }

    /** The octets to send first. */
    public ByteBuffer request() {
        return request.encode();
    }

    /** Takes octets of the peer. After any outcome but {@link MpaOutcome.NeedMore} it is not called again. */
    public MpaOutcome receive(ByteBuffer in) {
        if (!decoder.decode(in)) {
            return MpaOutcome.NeedMore.INSTANCE;
        }
        MpaFrame reply = decoder.frame();
        if (reply == null) {
            return malformed(String.valueOf(decoder.fault()));
        }
        if (reply.reject()) {
            return new MpaOutcome.Rejected(reply.privateData());
        }
        // RFC 5044 section 7.1.2: the responder sends nothing behind its Reply until it has received an FPDU, and none
        // is sent yet.
        if (in.hasRemaining()) {
            return malformed(in.remaining() + " octets follow the Reply before any FPDU was sent");
        }
        if (reply.markers() && !settings.sendMarkers()) {
            return malformed("the Reply asks for markers, which are switched off here");
        }
        return settle(reply);
    }

    /** The peer closed or reset the connection before there was an outcome. */
    public MpaOutcome endOfStream() {
        // RFC 6581 section 10: a responder that knows only revision 1 closes on the enhanced Request.
        return new MpaOutcome.Close(
                MpaError.CONNECTION_LOST,
                "the peer closed the connection " + (decoder.isUntouched() ? "without" : "inside") + " its MPA Reply",
                request.enhanced() != null && decoder.isUntouched());
    }

    private MpaOutcome settle(MpaFrame reply) {
        // RFC 5044 section 7.1.2: M in the Reply is for us, M in our Request was for the peer; C of either is for both.
        boolean crc = request.crc() || reply.crc();
        EnhancedSetup asked = request.enhanced();
        EnhancedSetup given = reply.enhanced();
        if (asked == null) {
            return reply.revision() == 1 && given == null
                    ? established(reply, new MpaParameters(crc, reply.markers(), request.markers(), ird, ord, null))
                    : malformed("a Reply of revision " + reply.revision() + " to a Request of revision 1");
        }
        if (given == null) {
            return new MpaOutcome.Close(
                    MpaError.INVALID_FRAME,
                    "a Reply of revision " + reply.revision() + " without enhanced set-up data to a Request with them",
                    true);
        }
        // RFC 6581 section 9.1: our ORD gives way to the peer's IRD; our IRD has to reach the peer's ORD.
        int agreedOrd = given.ird() == EnhancedSetup.NOT_NEGOTIATED ? ord : Math.min(ord, given.ird());
        RtrKind rtr = asked.peerToPeer() && given.peerToPeer() ? commonRtr(asked, given) : null;
        MpaParameters parameters = new MpaParameters(crc, reply.markers(), request.markers(), ird, agreedOrd, rtr);
        if (given.ord() != EnhancedSetup.NOT_NEGOTIATED && given.ord() > ird) {
            return new MpaOutcome.TerminateWith(
                    MpaError.INSUFFICIENT_IRD,
                    parameters,
                    "the peer wants " + given.ord() + " reads outstanding, we serve " + ird);
        }
        if (asked.peerToPeer() && rtr == null) {
            return new MpaOutcome.TerminateWith(
                    MpaError.NO_MATCHING_RTR, parameters, "no RTR message in common: " + given.rtrKinds());
        }
        if (given.peerToPeer() && !asked.peerToPeer()) {
            return malformed("the Reply chooses the peer-to-peer model, which was not offered");
        }
        return established(reply, parameters);
    }

    private static @Nullable RtrKind commonRtr(EnhancedSetup asked, EnhancedSetup given) {
        for (RtrKind kind : RtrKind.values()) {
            // An RDMA Read is possible only if the peer serves one (RFC 6581 section 9.2).
            boolean possible = kind != RtrKind.READ || given.ird() > 0;
            if (possible && asked.rtrKinds().contains(kind) && given.rtrKinds().contains(kind)) {
                return kind;
            }
        }
        return null;
    }

    private static MpaOutcome established(MpaFrame reply, MpaParameters parameters) {
        return new MpaOutcome.Established(parameters, reply.privateData());
    }

    private static MpaOutcome malformed(String reason) {
        return new MpaOutcome.Close(MpaError.INVALID_FRAME, reason, false);
    }

    static int depth(int value) {
        return Math.min(value, EnhancedSetup.NOT_NEGOTIATED);
    }

    static void checkPrivateData(byte[] privateData) {
        if (privateData.length > MpaFrame.MAX_PRIVATE_DATA) {
            throw new IllegalArgumentException(
                    "private data of " + privateData.length + " octets is longer than " + MpaFrame.MAX_PRIVATE_DATA);
        }
    }
}
