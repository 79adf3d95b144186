package io.ffmiser.iwarp.mpa;

import java.util.EnumSet;
import java.util.Set;

/**
 * The four octets of enhanced connection set-up in front of the private data (RFC 6581 section 9).
 *
 * @param peerToPeer the A bit
 * @param rtrKinds the B, C and D bits. They mean nothing and are not sent unless {@code peerToPeer}
 * @param ird inbound read depth of the frame's sender, 0..0x3FFF
 * @param ord outbound read depth of the frame's sender, 0..0x3FFF
 */
public record EnhancedSetup(boolean peerToPeer, Set<RtrKind> rtrKinds, int ird, int ord) {
    /** Octets on the wire. */
    public static final int OCTETS = 4;

    /** As IRD or ORD: this depth is not negotiated (RFC 6581 section 9.1). */
    public static final int NOT_NEGOTIATED = 0x3FFF;

    private static final int A = 0x8000;
    private static final int B = 0x4000;
    private static final int C = 0x8000;
    private static final int D = 0x4000;

    public EnhancedSetup {
        if (ird < 0 || ird > NOT_NEGOTIATED || ord < 0 || ord > NOT_NEGOTIATED) {
            throw new IllegalArgumentException("IRD " + ird + " or ORD " + ord + " is not in 0..0x3FFF");
        }
        // RFC 6581 section 9.2: without A, the bits B, C and D are zero and not looked at.
        rtrKinds = peerToPeer ? Set.copyOf(rtrKinds) : Set.of();
    }

    /** The client-server form, without RTR. */
    public static EnhancedSetup clientServer(int ird, int ord) {
        return new EnhancedSetup(false, Set.of(), ird, ord);
    }

    static EnhancedSetup decode(int word) {
        int high = word >>> 16;
        int low = word & 0xFFFF;
        Set<RtrKind> kinds = EnumSet.noneOf(RtrKind.class);
        if ((high & B) != 0) {
            kinds.add(RtrKind.SEND);
        }
        if ((low & C) != 0) {
            kinds.add(RtrKind.WRITE);
        }
        if ((low & D) != 0) {
            kinds.add(RtrKind.READ);
        }
        return new EnhancedSetup((high & A) != 0, kinds, high & NOT_NEGOTIATED, low & NOT_NEGOTIATED);
    }

    int encode() {
        int high = ird | (peerToPeer ? A : 0) | (rtrKinds.contains(RtrKind.SEND) ? B : 0);
        int low = ord | (rtrKinds.contains(RtrKind.WRITE) ? C : 0) | (rtrKinds.contains(RtrKind.READ) ? D : 0);
        return (high << 16) | low;
    }
}
