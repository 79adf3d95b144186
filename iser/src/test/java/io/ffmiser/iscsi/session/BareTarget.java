package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.TargetDatamover;
import io.ffmiser.iscsi.login.LoginIdentity;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.quota.PeerLines;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session and its connection with nothing around them: a datamover that has as many places and credits as a test says, and writes down
 * what is sent.
 */
final class BareTarget {
    static final int CAPACITY = 64;
    static final int STAT_SN = 100;
    static final int CMD_SN = 7;
    static final int RECEIVES = 4;
    static final int WINDOW = 3;

    final TargetStatistics statistics = new TargetStatistics();
    final TargetSession session;
    final TargetConnection connection;
    final TargetResponses responses;
    /** Header and data of each PDU that was handed to the datamover. */
    final List<byte[]> sent = new ArrayList<>();

    /** What SendTargets asked for. */
    final List<String> targetsAskedFor = new ArrayList<>();

    int places = Integer.MAX_VALUE;
    int credits = Integer.MAX_VALUE;
    boolean terminated;
    /** What happens when a PDU is handed over. */
    Runnable onSend = () -> {};

    private final TargetTaskPool tasks = new TargetTaskPool();
    private int claimed;

    BareTarget() {
        this(SessionType.NORMAL);
    }

    BareTarget(SessionType type) {
        TargetHost host = made(TargetHost.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "settings" -> settings();
            case "statistics" -> statistics;
            case "tasks" -> tasks;
            case "peerLog" -> new PeerLines(LineLimit.none(), LineLimit.none());
            case "nanoTime" -> 0L;
            case "sendTargets" -> {
                targetsAskedFor.add(arguments[1] == null ? "(all)" : (String) arguments[1]);
                yield List.of();
            }
            default -> throw new UnsupportedOperationException(method.getName());
        });
        TargetDatamover datamover = made(TargetDatamover.class, this::datamover);
        session = new TargetSession(
                host,
                made(TargetTaskHandler.class, BareTarget::refuse),
                null,
                new LoginIdentity("iqn.2026-11.io:a", null, "iqn.2026-11.io:b", null, 1, type, new Isid(1), 0, 1),
                parameters(type),
                1);
        session.window().start(CMD_SN);
        connection = new TargetConnection(host, datamover, made(LoginChannel.class, BareTarget::refuse), "test");
        responses = new TargetResponses(connection, datamover, session, statistics, STAT_SN);
    }

    static TargetSessionSettings settings() {
        return new TargetSessionSettings(WINDOW, WINDOW, 2, RECEIVES + 3, CAPACITY, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    }

    static NegotiatedParameters parameters(SessionType type) {
        return new NegotiatedParameters(
                type, true, false, false, true, true, 1024, 1024, 2, 0, 1, 1, true, true, 0, CAPACITY, 1024, 0, 0, 0,
                true, false);
    }

    private static <T> T made(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static @Nullable Object refuse(
            Object proxy, java.lang.reflect.Method method, Object @Nullable [] arguments) {
        throw new UnsupportedOperationException(method.getName());
    }

    private @Nullable Object datamover(Object proxy, java.lang.reflect.Method method, Object @Nullable [] arguments) {
        switch (method.getName()) {
            case "claimControl" -> {
                return claimed < places ? claim() : null;
            }
            case "unclaimControl" -> claimed--;
            case "unexpectedCredits" -> {
                return credits;
            }
            case "sendControl" -> {
                if (arguments != null && arguments[0] instanceof Place place) {
                    sent.add(place.octets());
                }
                onSend.run();
            }
            case "connectionTerminate" -> terminated = true;
            default -> throw new UnsupportedOperationException(method.getName());
        }
        return null;
    }

    private Place claim() {
        claimed++;
        return new Place();
    }

    /** Some places come free. */
    void free(int more) {
        places = claimed + more;
        responses.controlAvailable();
    }

    /** A place whose octets were all used before. */
    private static final class Place implements OutboundPdu {
        private final byte[] octets = new byte[16 + Pdu.HEADER_LENGTH + CAPACITY];

        Place() {
            Arrays.fill(octets, (byte) 0xEE);
            Arrays.fill(octets, 16, 16 + Pdu.HEADER_LENGTH, (byte) 0);
        }

        @Override
        public MemorySegment segment() {
            return MemorySegment.ofArray(octets);
        }

        @Override
        public long headerOffset() {
            return 16;
        }

        @Override
        public int capacity() {
            return CAPACITY;
        }

        byte[] octets() {
            return Arrays.copyOfRange(octets, 16, octets.length);
        }
    }

    /** A PDU that arrived, its data behind some AHS. */
    static final class Arrived implements InboundPdu {
        private final byte[] octets;
        private final int ahsLength;
        int retained;

        Arrived(byte[] header, int ahsLength, byte[] data) {
            this.ahsLength = ahsLength;
            octets = new byte[Pdu.HEADER_LENGTH + ahsLength + data.length];
            System.arraycopy(header, 0, octets, 0, header.length);
            System.arraycopy(data, 0, octets, Pdu.HEADER_LENGTH + ahsLength, data.length);
        }

        @Override
        public MemorySegment segment() {
            return MemorySegment.ofArray(octets);
        }

        @Override
        public long headerOffset() {
            return 0;
        }

        @Override
        public int ahsLength() {
            return ahsLength;
        }

        @Override
        public long dataOffset() {
            return (long) Pdu.HEADER_LENGTH + ahsLength;
        }

        @Override
        public int dataLength() {
            return octets.length - Pdu.HEADER_LENGTH - ahsLength;
        }

        @Override
        public InboundPdu retain() {
            retained++;
            return this;
        }

        @Override
        public void release() {
            retained--;
        }
    }

    /** A command of the initiator, in progress. */
    TargetTask command(int tag, long expectedLength, boolean immediate) {
        byte[] octets = new byte[Pdu.HEADER_LENGTH];
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setInitiatorTaskTag(tag);
        pdu.setImmediate(immediate);
        pdu.setFinal(true);
        pdu.setRead(expectedLength > 0);
        pdu.setExpectedDataTransferLength(expectedLength);
        AdditionalHeaderSegments none = new AdditionalHeaderSegments();
        none.wrap(MemorySegment.ofArray(octets), Pdu.HEADER_LENGTH, 0);
        return session.begin(connection, pdu, none);
    }

    byte[] last() {
        return sent.getLast();
    }

    static int opcode(byte[] pdu) {
        return pdu[0] & 0x3F;
    }

    static int word(byte[] pdu, int offset) {
        return ByteBuffer.wrap(pdu).getInt(offset);
    }

    static int dataLength(byte[] pdu) {
        return word(pdu, 4) & 0xFFFFFF;
    }

    static int statSn(byte[] pdu) {
        return word(pdu, 24);
    }
}
