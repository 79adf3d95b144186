package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The responder's side of MPA start-up: one Request in, one Reply out (RFC 5044 section 7.1.2, RFC 6581 section 9). After {@link
 * #accept} the caller sends the Reply and then no FPDU until it has received and validated one; it also keeps the time limit.
 *
 * <p>Not thread-safe; used once.
 */
public final class MpaResponder {
    private final MpaSettings settings;
    private final MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REQUEST);
    private @Nullable MpaFrame request;

    public MpaResponder(MpaSettings settings) {
        this.settings = settings;
    }

    /**
     * The Reply, and what it settles.
     *
     * @param reply the octets to send
     * @param parameters what holds from now on. With {@link MpaParameters#rtr} set, that message is the first to come, and the
     *     connection is not established before it
     */
    public record Acceptance(ByteBuffer reply, MpaParameters parameters) {}

    /**
     * Takes octets of the peer. Also to be called with what the peer sends after {@link MpaOutcome.Requested} and before the Reply:
     * that is a violation and gives {@link MpaOutcome.Close}.
     */
    public MpaOutcome receive(ByteBuffer in) {
        if (request == null) {
            if (!decoder.decode(in)) {
                return MpaOutcome.NeedMore.INSTANCE;
            }
            MpaFrame frame = decoder.frame();
            if (frame == null) {
                return malformed(String.valueOf(decoder.fault()));
            }
            if (frame.revision() != 1 && frame.revision() != 2) {
                return malformed("unknown MPA revision " + frame.revision());
            }
            if (frame.reject()) {
                return malformed("a Request with the reject bit");
            }
            request = frame;
        }
        // RFC 5044 section 7.1.2: the initiator sends nothing behind its Request until it has the Reply.
        if (in.hasRemaining()) {
            return malformed(in.remaining() + " octets follow the Request before the Reply");
        }
        MpaFrame frame = request;
        // RFC 5044 section 7.1.1: who cannot insert markers refuses the connection.
        if (frame.markers() && !settings.sendMarkers()) {
            return new MpaOutcome.RefuseWith(
                    reject(new byte[0]), "the Request asks for markers, which are switched off here");
        }
        EnhancedSetup asked = frame.enhanced();
        return asked == null
                ? new MpaOutcome.Requested(
                        frame.privateData(), EnhancedSetup.NOT_NEGOTIATED, EnhancedSetup.NOT_NEGOTIATED)
                : new MpaOutcome.Requested(frame.privateData(), asked.ird(), asked.ord());
    }

    /** The peer closed or reset the connection before the Reply. */
    public MpaOutcome endOfStream() {
        return new MpaOutcome.Close(
                MpaError.CONNECTION_LOST, "the peer closed the connection before the MPA Reply", false);
    }

    /**
     * Accepts the Request, with depths lowered to what it allows: our ORD to the peer's IRD, our IRD to the peer's ORD.
     *
     * @param ird how many reads of the peer we can serve
     * @param ord how many reads we want outstanding
     * @param privateData at most {@link MpaFrame#MAX_PRIVATE_DATA} octets
     * @throws IllegalStateException unless {@link #receive} gave {@link MpaOutcome.Requested}
     */
    public Acceptance accept(int ird, int ord, byte[] privateData) {
        MpaFrame frame = requested();
        MpaInitiator.checkPrivateData(privateData);
        boolean crc = frame.crc() || settings.crc();
        int agreedIrd = ird;
        int agreedOrd = ord;
        RtrKind rtr = null;
        EnhancedSetup given = null;
        EnhancedSetup asked = frame.enhanced();
        // RFC 6581 section 10: S is answered with S, and its absence with its absence.
        if (asked != null) {
            boolean open = asked.ird() == EnhancedSetup.NOT_NEGOTIATED;
            agreedOrd = open ? ord : Math.min(ord, asked.ird());
            // RFC 6581 section 9.1: "do not negotiate" is answered with the same in the opposite field.
            int replyOrd = open ? EnhancedSetup.NOT_NEGOTIATED : agreedOrd;
            rtr = asked.peerToPeer() ? chooseRtr(asked, ird) : null;
            open = asked.ord() == EnhancedSetup.NOT_NEGOTIATED;
            // An RTR by RDMA Read has to be served, whatever the Request's ORD.
            agreedIrd = open ? ird : Math.min(ird, Math.max(asked.ord(), rtr == RtrKind.READ ? 1 : 0));
            int replyIrd = open ? EnhancedSetup.NOT_NEGOTIATED : agreedIrd;
            given = new EnhancedSetup(
                    asked.peerToPeer(),
                    rtr == null ? settings.rtrKinds() : Set.of(rtr),
                    MpaInitiator.depth(replyIrd),
                    MpaInitiator.depth(replyOrd));
        }
        ByteBuffer reply = reply(false, crc, given, privateData);
        return new Acceptance(
                reply, new MpaParameters(crc, frame.markers(), settings.receiveMarkers(), agreedIrd, agreedOrd, rtr));
    }

    /**
     * Refuses the Request: send this, then close.
     *
     * @throws IllegalStateException as for {@link #accept}
     */
    public ByteBuffer reject(byte[] privateData) {
        MpaFrame frame = requested();
        MpaInitiator.checkPrivateData(privateData);
        EnhancedSetup given = frame.enhanced() == null ? null : EnhancedSetup.clientServer(0, 0);
        return reply(true, frame.crc() || settings.crc(), given, privateData);
    }

    private ByteBuffer reply(boolean reject, boolean crc, @Nullable EnhancedSetup given, byte[] privateData) {
        return new MpaFrame(
                        MpaFrame.Kind.REPLY,
                        settings.receiveMarkers(),
                        crc,
                        reject,
                        requested().revision(),
                        given,
                        privateData)
                .encode();
    }

    private MpaFrame requested() {
        if (request == null) {
            throw new IllegalStateException("there is no MPA Request to answer");
        }
        return request;
    }

    /** One kind only, so that there is no doubt which message comes; null if none is in common (the initiator then terminates). */
    private @Nullable RtrKind chooseRtr(EnhancedSetup asked, int ird) {
        for (RtrKind kind : RtrKind.values()) {
            boolean possible = kind != RtrKind.READ || ird > 0;
            if (possible
                    && asked.rtrKinds().contains(kind)
                    && settings.rtrKinds().contains(kind)) {
                return kind;
            }
        }
        return null;
    }

    private static MpaOutcome malformed(String reason) {
        return new MpaOutcome.Close(MpaError.INVALID_FRAME, reason, false);
    }
}
