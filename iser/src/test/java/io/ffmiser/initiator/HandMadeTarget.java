package io.ffmiser.initiator;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.datamover.iser.IserRegistrar;
import io.ffmiser.datamover.iser.IserSettings;
import io.ffmiser.datamover.iser.IserTargetConnection;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.login.LoginAction;
import io.ffmiser.iscsi.login.LoginTarget;
import io.ffmiser.iscsi.login.LoginTargetSettings;
import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.login.SessionLookup;
import io.ffmiser.iscsi.login.TargetDirectory;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RequestPdu;
import io.ffmiser.iscsi.pdu.ResponsePdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.Listener;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A target whose full feature phase a test makes by hand: it logs initiators in, keeps what they send, and sends what it is told to. The
 * window and the numbers are kept as RFC 7143 says unless a test sets them.
 */
final class HandMadeTarget implements AutoCloseable {
    static final int CHECK_CONDITION = 2;

    /** A PDU that came, copied. */
    record Received(Opcode opcode, MemorySegment header, byte[] data) {
        /** The header, as a flyweight of its own kind. */
        <T extends Pdu> T as(T pdu) {
            pdu.wrap(header, 0);
            return pdu;
        }

        RequestPdu request() {
            return as(new RequestPdu());
        }

        int tag() {
            return request().initiatorTaskTag();
        }
    }

    final ArrayDeque<Received> inbox = new ArrayDeque<>();
    final List<Isid> isids = new ArrayList<>();
    OperationalOffers offers = OperationalOffers.builder()
            .defaultTime2Wait(0)
            .maxOutstandingUnexpectedPdus(8)
            .build();
    int window = 16;
    boolean windowMoves = true;
    boolean accepting = true;
    /** False leaves the first login PDU of a connection unanswered. */
    boolean answeringLogins = true;
    /** What a login is told instead of being admitted. */
    TargetDirectory.@Nullable Admission admission;

    /** What each login authenticates with. */
    Supplier<Authenticator> authentication = NoAuthentication::new;

    /** What came in login PDUs, as it came. */
    final List<String> loginTexts = new ArrayList<>();

    int logins;
    /** Looked at before a PDU goes into the inbox; true takes it. */
    Predicate<Received> automatic = pdu -> false;

    int statSn;
    int expCmdSn;
    int maxCmdSn;
    private final Listener listener;
    private final List<Served> served = new ArrayList<>();
    private @Nullable Served current;

    HandMadeTarget(Poller poller, InetSocketAddress address) {
        listener = poller.listen(address, 16, this::requested);
    }

    private void requested(ConnectionRequest request) {
        if (!accepting) {
            request.reject(new byte[0]);
            return;
        }
        Served made = new Served(request);
        served.add(made);
        current = made;
        made.connection.start(made, made);
    }

    private Served served() {
        return Objects.requireNonNull(current, "nobody is connected");
    }

    boolean isConnected() {
        return current != null;
    }

    /** Ends the connection without a word. */
    void drop() {
        served().connection.connectionTerminate();
    }

    void dropIfConnected() {
        if (current != null) {
            drop();
        }
    }

    /** How many connections have not ended. */
    int liveConnections() {
        return (int) served.stream().filter(one -> !one.ended).count();
    }

    /** Sends a PDU that a test fills, with the numbers as they stand. */
    <T extends ResponsePdu> void send(T pdu, byte[] data, boolean takesStatSn, Consumer<T> fill) {
        IserTargetConnection connection = served().connection;
        OutboundPdu place = Objects.requireNonNull(connection.claimControl());
        MemorySegment.copy(
                data, 0, place.segment(), ValueLayout.JAVA_BYTE, place.headerOffset() + Pdu.HEADER_LENGTH, data.length);
        pdu.wrap(place.segment(), place.headerOffset());
        fill.accept(pdu);
        pdu.setDataSegmentLength(data.length);
        pdu.setNumbers(statSn, expCmdSn, maxCmdSn);
        statSn += takesStatSn ? 1 : 0;
        connection.sendControl(place);
    }

    /** A SCSI Response with status GOOD. */
    void good(Received command) {
        respond(command, 0, new byte[0]);
    }

    /** A SCSI Response; sense data are given without their length. */
    void respond(Received command, int status, byte[] sense) {
        byte[] data = new byte[sense.length == 0 ? 0 : sense.length + 2];
        if (sense.length > 0) {
            data[1] = (byte) sense.length;
            System.arraycopy(sense, 0, data, 2, sense.length);
        }
        ScsiResponsePdu response = new ScsiResponsePdu();
        send(response, data, true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(command.tag());
            pdu.setStatus(status);
        });
    }

    /** A SCSI Response with status GOOD and what the test says of the residual. */
    void goodWithResidual(Received command, Consumer<ScsiResponsePdu> residual) {
        send(new ScsiResponsePdu(), new byte[0], true, pdu -> {
            pdu.begin(pdu.segment(), pdu.offset());
            pdu.setInitiatorTaskTag(command.tag());
            residual.accept(pdu);
        });
    }

    static byte[] fixedSense(int key, int asc, int ascq) {
        byte[] sense = new byte[18];
        sense[0] = 0x70;
        sense[2] = (byte) key;
        sense[7] = 10;
        sense[12] = (byte) asc;
        sense[13] = (byte) ascq;
        return sense;
    }

    /** Begins an RDMA Write of that many octets of that value to the read buffer of a command. */
    void putData(Received command, byte value, int length) {
        Served to = served();
        to.memory.segment().asSlice(0, length).fill(value);
        to.connection.putData(command.tag(), 0, 0, new DataDescriptor().set(to.memory, 0, length), false);
    }

    /** Begins an RDMA Write of those octets to the read buffer of a command. */
    void putData(Received command, byte[] data) {
        Served to = served();
        MemorySegment.copy(data, 0, to.memory.segment(), ValueLayout.JAVA_BYTE, 0, data.length);
        to.connection.putData(command.tag(), 0, 0, new DataDescriptor().set(to.memory, 0, data.length), false);
    }

    /** Begins an RDMA Read from the write buffer of a command. */
    void getData(Received command, long bufferOffset, int length) {
        Served from = served();
        from.connection.getData(command.tag(), 0, bufferOffset, new DataDescriptor().set(from.memory, 0, length), true);
    }

    /** What {@link #getData} fetched, when its completion has come. */
    MemorySegment fetched() {
        return served().memory.segment();
    }

    int dataCompletions() {
        return served().dataCompletions;
    }

    @Override
    public void close() {
        listener.close();
        for (Served one : served) {
            one.release();
        }
    }

    private final class Served implements LoginChannel.Listener, TargetDatamoverListener {
        private final ProtectionDomain domain;
        private final RegisteredMemory memory;
        private final IserTargetConnection connection;
        private final LoginTarget login;
        private int dataCompletions;
        private boolean ended;
        private boolean released;

        Served(ConnectionRequest request) {
            domain = request.device().allocateProtectionDomain();
            memory = new IserRegistrar(domain).register(Arena.ofAuto().allocate(1 << 20), MemoryRole.BUFFER_POOL);
            connection = IserTargetConnection.create(request, domain, IserSettings.TARGET, LineLimit.none());
            TargetDirectory.Admission other = admission;
            TargetDirectory directory = (initiator, target, type) -> other == null
                    ? new TargetDirectory.Admission.Admitted(1, null, authentication.get(), offers)
                    : other;
            login = new LoginTarget(new LoginTargetSettings(
                    new TransportCapabilities(true),
                    directory,
                    new NoSessions(),
                    0x7fff_fff0,
                    LoginTargetSettings.DEFAULT_MAX_EXCHANGES));
        }

        @Override
        public void loginChannelOpened() {
            // The initiator speaks first.
        }

        @Override
        public void loginPdu(byte[] pdu) {
            loginTexts.add(new String(pdu, Pdu.HEADER_LENGTH, pdu.length - Pdu.HEADER_LENGTH, StandardCharsets.UTF_8));
            if (!answeringLogins) {
                return;
            }
            LoginAction action = login.receive(pdu);
            if (action instanceof LoginAction.AllocateResources wanted) {
                isids.add(wanted.identity().isid());
                connection.allocateConnectionResources(new ConnectionResources(64, 100, 8192, 64, 8192));
                action = login.resourcesAllocated(1 + logins, window);
            }
            switch (action) {
                case LoginAction.Send send -> connection.sendLogin(send.pdu());
                case LoginAction.Complete complete -> {
                    logins++;
                    statSn = complete.result().statSn();
                    expCmdSn = complete.result().cmdSn();
                    maxCmdSn = complete.result().maxCmdSn();
                    connection.noticeKeyValues(complete.result().parameters().toNegotiatedKeys());
                    connection.enableDatamover(Objects.requireNonNull(complete.finalResponse()));
                }
                case LoginAction.Fail fail ->
                    connection.sendLogin(Objects.requireNonNull(
                            fail.response(), fail.failure().reason()));
                case LoginAction.AllocateResources again -> throw new AssertionError(again);
            }
        }

        @Override
        public void loginChannelClosed(String reason) {
            ended();
        }

        @Override
        public void controlNotify(InboundPdu pdu) {
            MemorySegment header = MemorySegment.ofArray(new byte[Pdu.HEADER_LENGTH])
                    .copyFrom(pdu.segment().asSlice(pdu.headerOffset(), Pdu.HEADER_LENGTH));
            byte[] data =
                    pdu.segment().asSlice(pdu.dataOffset(), pdu.dataLength()).toArray(ValueLayout.JAVA_BYTE);
            RequestPdu request = new RequestPdu();
            request.wrap(header, 0);
            Opcode opcode = Objects.requireNonNull(request.opcode());
            if (!request.isImmediate() && opcode != Opcode.DATA_OUT) {
                if (request.cmdSn() != expCmdSn) {
                    throw new AssertionError("CmdSN " + request.cmdSn() + " where " + expCmdSn + " was due");
                }
                if (request.cmdSn() - maxCmdSn > 0) {
                    throw new AssertionError("CmdSN " + request.cmdSn() + " beyond MaxCmdSN " + maxCmdSn);
                }
                expCmdSn++;
                maxCmdSn += windowMoves ? 1 : 0;
            }
            Received received = new Received(opcode, header, data);
            if (!automatic.test(received)) {
                inbox.add(received);
            }
        }

        @Override
        public void dataCompletionNotify(int initiatorTaskTag, int sn) {
            dataCompletions++;
        }

        @Override
        public SequenceNumbers sequenceNumbers() {
            throw new AssertionError("RDMA carries none of them");
        }

        @Override
        public void controlAvailable() {
            // Tests send little at once.
        }

        @Override
        public void connectionTerminated() {
            ended();
        }

        @Override
        public void connectionTerminateNotify(String reason) {
            ended();
        }

        private void ended() {
            ended = true;
            if (current == this) {
                current = null;
            }
            release();
        }

        private void release() {
            if (!released) {
                released = true;
                connection.close();
                memory.close();
                domain.close();
            }
        }
    }

    private static final class NoSessions implements SessionLookup {
        @Override
        public int tsihOf(String initiatorName, @Nullable String targetName, int portalGroupTag, Isid isid) {
            return 0;
        }

        @Override
        public boolean hasConnection(int tsih, int cid) {
            return false;
        }
    }
}
