package io.ffmiser.datamover;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the scripted datamovers of both sides share: no fabric, no time. Calls down are written down, in order; the test makes the calls up.
 * It checks its user: a PDU that was not retained is gone when the call that brought it returns, and a place is sent or given back once.
 */
public abstract class ScriptedDatamover implements Datamover, LoginChannel {
    private static final ValueLayout.OfInt BIG_ENDIAN_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int HEADER = 48;
    private static final int CAPACITY = 8192;

    /** Everything that was called, a word each, with the first octet of a PDU in hexadecimal. */
    public final List<String> calls = new ArrayList<>();
    /** BHS and data of control PDUs, in the order sent. */
    public final ArrayDeque<byte[]> sent = new ArrayDeque<>();
    /** Login PDUs. */
    public final ArrayDeque<byte[]> logins = new ArrayDeque<>();
    /** What {@link #allocateConnectionResources} answers. */
    public boolean hasResources = true;
    /** What {@link #unexpectedCredits} answers. */
    public int credits = Integer.MAX_VALUE;
    /** Places to send from that are free. */
    public int places = 1000;

    public @Nullable ConnectionResources resources;
    public @Nullable NegotiatedKeys keys;
    private int claimed;
    private int retained;
    private boolean refused;
    private boolean enabled;

    abstract DatamoverListener listener();

    /** PDUs that were retained and not released. */
    public int retained() {
        return retained;
    }

    /** Places claimed, and neither sent nor given back. */
    public int claimed() {
        return claimed;
    }

    public boolean isEnabled() {
        return enabled;
    }

    final void enabled() {
        if (resources == null) {
            throw new IllegalStateException("no connection resources were allocated");
        }
        calls.add("enable");
        enabled = true;
    }

    /** How often that was called. */
    public long count(String call) {
        return calls.stream().filter(call::equals).count();
    }

    // Up.

    /** A control PDU arrives: BHS, then data without padding. */
    public void deliver(byte[] pdu) {
        Inbound inbound = new Inbound(pdu);
        listener().controlNotify(inbound);
        inbound.called();
    }

    /** Sends complete: their places are free. */
    public void freePlaces(int count) {
        places += count;
        if (refused) {
            refused = false;
            listener().controlAvailable();
        }
    }

    public void terminated() {
        listener().connectionTerminated();
    }

    public void lost(String reason) {
        listener().connectionTerminateNotify(reason);
    }

    // Down.

    @Override
    public boolean allocateConnectionResources(ConnectionResources wanted) {
        calls.add("allocate");
        resources = hasResources ? wanted : null;
        return hasResources;
    }

    @Override
    public void deallocateConnectionResources() {
        calls.add("deallocate");
        resources = null;
    }

    @Override
    public void noticeKeyValues(NegotiatedKeys negotiated) {
        calls.add("keys");
        keys = negotiated;
    }

    @Override
    public void sendLogin(byte[] pdu) {
        calls.add("login");
        logins.add(pdu);
    }

    @Override
    public @Nullable OutboundPdu claimControl() {
        if (places == 0) {
            refused = true;
            return null;
        }
        places--;
        claimed++;
        return new Place();
    }

    @Override
    public void unclaimControl(OutboundPdu pdu) {
        take(pdu);
        places++;
    }

    @Override
    public int unexpectedCredits() {
        return credits;
    }

    @Override
    public void sendControl(OutboundPdu pdu) {
        byte[] bytes = take(pdu);
        calls.add("send " + Integer.toHexString(bytes[0] & 0x3f));
        sent.add(bytes);
    }

    @Override
    public void flush() {
        calls.add("flush");
    }

    @Override
    public void connectionTerminate() {
        calls.add("terminate");
    }

    final byte[] take(OutboundPdu pdu) {
        if (!(pdu instanceof Place place) || place.given) {
            throw new IllegalStateException("the place is not claimed");
        }
        place.given = true;
        claimed--;
        int data = place.segment.get(BIG_ENDIAN_INT, 4) & 0xff_ffff;
        return place.segment.asSlice(0, HEADER + data).toArray(ValueLayout.JAVA_BYTE);
    }

    private static final class Place implements OutboundPdu {
        private final MemorySegment segment = Arena.ofAuto().allocate(HEADER + CAPACITY);
        private boolean given;

        @Override
        public MemorySegment segment() {
            return segment;
        }

        @Override
        public long headerOffset() {
            return 0;
        }

        @Override
        public int capacity() {
            return CAPACITY;
        }
    }

    private final class Inbound implements InboundPdu {
        private final byte[] bytes;
        private int holders = 1;

        Inbound(byte[] pdu) {
            bytes = pdu.clone();
        }

        /** The call up has returned. */
        private void called() {
            ended();
        }

        private void ended() {
            holders--;
            if (holders == 0) {
                Arrays.fill(bytes, (byte) 0xEE);
            }
        }

        @Override
        public MemorySegment segment() {
            return MemorySegment.ofArray(bytes);
        }

        @Override
        public long headerOffset() {
            return 0;
        }

        @Override
        public int ahsLength() {
            return (bytes[4] & 0xff) * 4;
        }

        @Override
        public long dataOffset() {
            return HEADER + (long) ahsLength();
        }

        @Override
        public int dataLength() {
            return MemorySegment.ofArray(bytes).get(BIG_ENDIAN_INT, 4) & 0xff_ffff;
        }

        @Override
        public InboundPdu retain() {
            holders++;
            retained++;
            return this;
        }

        @Override
        public void release() {
            if (holders == 0) {
                throw new IllegalStateException("released once too often");
            }
            retained--;
            ended();
        }
    }
}
