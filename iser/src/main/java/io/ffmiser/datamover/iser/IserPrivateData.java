package io.ffmiser.datamover.iser;

/**
 * The four octets that iSER puts into the private data of connect and accept (InfiniBand annex A12). The flags are negative: a set
 * bit takes a feature away.
 *
 * <p>A peer's private data is never a reason to refuse: some send none, InfiniBand pads with zeros, only the first octet counts.
 */
public final class IserPrivateData {
    /** No zero-based virtual addresses are used, as with every known peer; base offsets are taken literally either way. */
    static final int NO_ZERO_BASED_ADDRESSES = 0x80;

    /** From the initiator: do not invalidate remotely. From the target: it will not. */
    static final int NO_SEND_WITH_INVALIDATE = 0x40;

    private IserPrivateData() {}

    /** What to send. */
    public static byte[] of(boolean sendWithInvalidate) {
        return new byte[] {
            (byte) (NO_ZERO_BASED_ADDRESSES | (sendWithInvalidate ? 0 : NO_SEND_WITH_INVALIDATE)), 0, 0, 0
        };
    }

    /** Whether the peer allows (initiator) or announces (target) Send with Invalidate. Without private data: no. */
    public static boolean allowsSendWithInvalidate(byte[] privateData) {
        return privateData.length > 0 && (privateData[0] & NO_SEND_WITH_INVALIDATE) == 0;
    }
}
