package io.ffmiser.iwarp.mpa;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes one MPA start-up frame from the octets of a TCP stream, in whatever pieces they come, and not one octet more. Total: any
 * octets give a frame or a reason why not. Holds at most 532 octets.
 */
public final class MpaFrameDecoder {
    private final MpaFrame.Kind expected;
    private final byte[] octets = new byte[MpaFrame.HEADER_OCTETS + MpaFrame.MAX_PD_LENGTH];
    private int filled;
    private @Nullable MpaFrame frame;
    private @Nullable String fault;

    public MpaFrameDecoder(MpaFrame.Kind expected) {
        this.expected = expected;
    }

    /**
     * Consumes octets up to the end of the frame, or to the first that cannot belong to one.
     *
     * @return whether it is decided: {@link #frame()} or {@link #fault()} is set
     */
    public boolean decode(ByteBuffer in) {
        while (frame == null && fault == null && in.hasRemaining()) {
            // The key is checked octet by octet, so that a peer of another protocol is told apart from the first octet
            // on.
            if (filled < MpaFrame.KEY_OCTETS) {
                byte octet = in.get();
                octets[filled] = octet;
                if (octet != expected.keyOctet(filled)) {
                    fault = isOtherKey()
                            ? "both sides sent an MPA " + other() + " frame"
                            : "not an MPA " + expected + " frame";
                    return true;
                }
                filled++;
                continue;
            }
            int wanted = filled < MpaFrame.HEADER_OCTETS ? MpaFrame.HEADER_OCTETS : MpaFrame.HEADER_OCTETS + pdLength();
            int count = Math.min(in.remaining(), wanted - filled);
            in.get(octets, filled, count);
            filled += count;
            if (filled == MpaFrame.HEADER_OCTETS) {
                checkHeader();
            }
            if (fault == null && filled >= MpaFrame.HEADER_OCTETS && filled == MpaFrame.HEADER_OCTETS + pdLength()) {
                frame = parse();
            }
        }
        return frame != null || fault != null;
    }

    /** The frame, once there is one. */
    public @Nullable MpaFrame frame() {
        return frame;
    }

    /** Why there will not be a frame, for a person. */
    public @Nullable String fault() {
        return fault;
    }

    /** Whether not one octet has come yet. */
    public boolean isUntouched() {
        return filled == 0 && fault == null;
    }

    private MpaFrame.Kind other() {
        return expected == MpaFrame.Kind.REQUEST ? MpaFrame.Kind.REPLY : MpaFrame.Kind.REQUEST;
    }

    /** Whether the octets so far, the last of which did not match, are those of the other frame's key. */
    private boolean isOtherKey() {
        for (int i = 0; i <= filled; i++) {
            if (octets[i] != other().keyOctet(i)) {
                return false;
            }
        }
        return true;
    }

    private void checkHeader() {
        // RFC 5044 section 7.1.1: PD_Length is validated before it is believed.
        if (pdLength() > MpaFrame.MAX_PD_LENGTH) {
            fault = "PD_Length " + pdLength() + " is above " + MpaFrame.MAX_PD_LENGTH;
        } else if (hasEnhanced() && pdLength() < EnhancedSetup.OCTETS) {
            fault = "enhanced set-up data is announced, but PD_Length is " + pdLength();
        }
    }

    /** In revision 1 the bit is reserved and not looked at. */
    private boolean hasEnhanced() {
        return (octets[16] & MpaFrame.FLAG_S) != 0 && octets[17] == 2;
    }

    private int pdLength() {
        return ((octets[18] & 0xFF) << 8) | (octets[19] & 0xFF);
    }

    private MpaFrame parse() {
        int flags = octets[16];
        int start = MpaFrame.HEADER_OCTETS;
        EnhancedSetup enhanced = null;
        if (hasEnhanced()) {
            enhanced = EnhancedSetup.decode(ByteBuffer.wrap(octets).getInt(start));
            start += EnhancedSetup.OCTETS;
        }
        return new MpaFrame(
                expected,
                (flags & MpaFrame.FLAG_M) != 0,
                (flags & MpaFrame.FLAG_C) != 0,
                (flags & MpaFrame.FLAG_R) != 0,
                octets[17] & 0xFF,
                enhanced,
                Arrays.copyOfRange(octets, start, filled));
    }
}
