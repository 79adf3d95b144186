package io.ffmiser.iwarp.fuzz;

import io.ffmiser.iwarp.mpa.MpaFrame;
import io.ffmiser.iwarp.mpa.MpaFrameDecoder;
import io.ffmiser.iwarp.mpa.MpaInitiator;
import io.ffmiser.iwarp.mpa.MpaOutcome;
import io.ffmiser.iwarp.mpa.MpaResponder;
import io.ffmiser.iwarp.mpa.MpaSettings;
import io.ffmiser.iwarp.mpa.RtrKind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Start-up frames from a hostile peer: whole and byte by byte give the same, what decodes encodes to an equal frame, and what a
 * responder accepts, an initiator understands.
 */
public final class MpaFrameFuzz {
    private static final MpaSettings PEER_TO_PEER =
            MpaSettings.defaults().withPeerToPeer(true, Set.of(RtrKind.values()));

    private MpaFrameFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        for (MpaFrame.Kind kind : MpaFrame.Kind.values()) {
            checkDecoder(kind, input);
        }
        checkResponder(input);
        new MpaInitiator(MpaSettings.defaults(), 1, 1, new byte[0]).receive(ByteBuffer.wrap(input));
        new MpaInitiator(PEER_TO_PEER, 1, 1, new byte[0]).receive(ByteBuffer.wrap(input));
    }

    private static void checkDecoder(MpaFrame.Kind kind, byte[] input) {
        MpaFrameDecoder whole = new MpaFrameDecoder(kind);
        ByteBuffer in = ByteBuffer.wrap(input);
        boolean decided = whole.decode(in);
        MpaFrameDecoder pieces = new MpaFrameDecoder(kind);
        int used = 0;
        while (used < input.length && !pieces.decode(ByteBuffer.wrap(input, used, 1))) {
            used++;
        }
        MpaFrame frame = whole.frame();
        MpaFrame again = pieces.frame();
        if (decided != (frame != null || whole.fault() != null) || (frame == null) != (again == null)) {
            throw new IllegalStateException("whole: " + frame + " " + whole.fault() + ", pieces: " + again);
        }
        if (frame != null && again != null) {
            MpaFrameDecoder encoded = new MpaFrameDecoder(kind);
            encoded.decode(frame.encode());
            if (!same(frame, again) || !same(frame, encoded.frame())) {
                throw new IllegalStateException(frame + " became " + again + " and " + encoded.frame());
            }
        }
    }

    private static boolean same(MpaFrame left, @Nullable MpaFrame right) {
        return right != null
                && left.crc() == right.crc()
                && left.markers() == right.markers()
                && left.reject() == right.reject()
                && left.revision() == right.revision()
                && Objects.equals(left.enhanced(), right.enhanced())
                && Arrays.equals(left.privateData(), right.privateData());
    }

    private static void checkResponder(byte[] input) {
        MpaResponder responder = new MpaResponder(MpaSettings.defaults());
        if (responder.receive(ByteBuffer.wrap(input)) instanceof MpaOutcome.Requested requested) {
            MpaResponder.Acceptance acceptance = responder.accept(16, 16, new byte[0]);
            if (acceptance.parameters().ord() > Math.min(16, requested.peerIrd())
                    || acceptance.parameters().ird() > 16) {
                throw new IllegalStateException(requested + " gave " + acceptance.parameters());
            }
            MpaFrameDecoder reply = new MpaFrameDecoder(MpaFrame.Kind.REPLY);
            if (!reply.decode(acceptance.reply()) || reply.frame() == null) {
                throw new IllegalStateException("our own reply is no frame: " + reply.fault());
            }
        }
    }
}
