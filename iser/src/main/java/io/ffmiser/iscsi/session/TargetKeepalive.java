package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.pdu.Pdu;

/** Watches whether a connection's initiator is alive: after silence it is pinged with a NOP-In (RFC 7143 section 11.19). */
final class TargetKeepalive {
    private final TargetSessionSettings settings;
    private boolean heard;
    private long heardNanos;
    private long pingNanos;
    private int pingTag = Pdu.RESERVED_TAG;

    TargetKeepalive(TargetSessionSettings settings, long nowNanos) {
        this.settings = settings;
        this.heardNanos = nowNanos;
    }

    /** A PDU came. */
    void heard() {
        heard = true;
    }

    /** A NOP-Out came that answers one of ours. */
    void answered(int targetTransferTag) {
        if (targetTransferTag == pingTag) {
            pingTag = Pdu.RESERVED_TAG;
        }
    }

    /** How long there has been silence, to the precision of the calls. */
    long silenceNanos(long nowNanos) {
        if (heard) {
            heard = false;
            heardNanos = nowNanos;
            pingNanos = nowNanos;
        }
        return nowNanos - heardNanos;
    }

    /** Whether silence has lasted for interval and timeout, or a ping was not answered in time. */
    boolean isExpired(long nowNanos) {
        if (pingTag == Pdu.RESERVED_TAG) {
            return silenceNanos(nowNanos) > settings.keepaliveIntervalNanos() + settings.keepaliveTimeoutNanos();
        }
        return nowNanos - pingNanos > settings.keepaliveTimeoutNanos();
    }

    boolean isPingDue(long nowNanos) {
        return pingTag == Pdu.RESERVED_TAG && silenceNanos(nowNanos) > settings.keepaliveIntervalNanos();
    }

    void pinged(int targetTransferTag, long nowNanos) {
        pingTag = targetTransferTag;
        pingNanos = nowNanos;
    }
}
