package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.Datamover;
import io.ffmiser.datamover.DatamoverListener;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.quota.LineLimit;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One iSER connection (RFC 7145) over an RDMA connection: the login channel first, the datamover then. Made by {@link
 * IserInitiatorConnection#create} or {@link IserTargetConnection#create}. On every fabric the iSER header stands in front of each PDU
 * from the first Login Request on, as Linux does it on iWARP too.
 *
 * <p>Ownership: it owns the RDMA connection and its registered send and receive buffers, and closes them before it reports the end
 * ({@link LoginChannel.Listener#loginChannelClosed}, {@link DatamoverListener#connectionTerminateNotify} or {@link
 * DatamoverListener#connectionTerminated}); the protection domain stays the caller's. A PDU still retained then is gone with them.
 *
 * <p>Doorbells: Put_Data only gathers; {@link #sendControl}, Get_Data and {@link #flush} post what was gathered, at once,
 * or, inside a call up, when that call has returned: by then the receive of the PDU notified is posted again, so that a response
 * that opens the peer's window never leaves before the buffer that the window promises (no RNR on iWARP).
 *
 * <p>Errors: what a peer does wrong ends the connection (RFC 7145 section 10.1.3), with one line in the log and one call up. Misuse by the
 * iSCSI layer is an {@link IllegalStateException}, {@link IllegalArgumentException} or {@link IndexOutOfBoundsException}; nothing is
 * sent then.
 *
 * <p>Threads: everything on the poller's thread.
 *
 * @param <L> the calls up of the side
 */
public abstract sealed class IserConnection<L extends DatamoverListener> implements Datamover, LoginChannel
        permits IserInitiatorConnection, IserTargetConnection {

    /** Makes the RDMA connection, from a route or from a request. */
    @FunctionalInterface
    interface Maker {
        Connection make(ProtectionDomain domain, ConnectionOptions options, ConnectionHandler handler);
    }

    /** Where in its life a connection is; each comes after the one before it, and any may go to TERMINATING. */
    private enum Phase {
        CREATED,
        CONNECTING,
        LOGIN,
        FULL_FEATURE,
        TERMINATING,
        CLOSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(IserConnection.class);

    /** What a login over it must know. */
    public static final TransportCapabilities CAPABILITIES = new TransportCapabilities(true);

    private static final NegotiatedKeys DEFAULT_KEYS = new NegotiatedKeys(0, 8192, 8192, 0, 0, 256, true, false);

    final ProtectionDomain domain;
    final IserSettings settings;
    final Connection connection;
    final ControlSender sender;
    NegotiatedKeys keys = DEFAULT_KEYS;

    private final LineLimit peerLog;
    private final String name;
    private final InetSocketAddress localAddress;
    private final InetSocketAddress remoteAddress;
    private @Nullable LoginExchange login;
    private LoginChannel.@Nullable Listener loginListener;
    private @Nullable L datamoverListener;
    private @Nullable ConnectionResources resources;
    private @Nullable SendBuffers sends;
    private @Nullable ReceiveBuffers receives;
    private UnexpectedPdus unexpected = new UnexpectedPdus(0);

    private Phase phase = Phase.CREATED;
    private boolean assisted;
    private boolean terminateRequested;
    private @Nullable String failure;
    /** A login PDU that came before the connection was reported up. */
    private byte @Nullable [] earlyLogin;

    private boolean claimRefused;
    private boolean firstMessage = true;

    /** @param peerLog bounds the lines that a peer can provoke by one connection after another */
    IserConnection(
            String role,
            Maker maker,
            ProtectionDomain domain,
            ConnectionOptions options,
            IserSettings settings,
            LineLimit peerLog) {
        this.domain = domain;
        this.peerLog = peerLog;
        this.settings = settings;
        connection = maker.make(domain, options, new Events());
        sender = new ControlSender(connection);
        localAddress = connection.localAddress();
        remoteAddress = connection.remoteAddress();
        name = role + " " + localAddress + " - " + remoteAddress;
        try {
            login = new LoginExchange(domain);
        } catch (RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    // What the two sides do differently.

    /** Sends the connect or the accept. */
    abstract void open();

    /** The RDMA connection is up. */
    abstract void opened(byte[] privateData);

    /** Makes what tasks need. */
    abstract void allocateTasks(ConnectionResources wanted);

    /** Posts what must be posted before the final PDU of login leaves, as far as this side has to at allocation. */
    abstract void allocated();

    /** Whether control PDUs must wait for Hello or HelloReply. */
    abstract boolean awaitsHello();

    abstract void helloArrived(ReceiveBuffers.Arrived message);

    abstract void helloReplyArrived(ReceiveBuffers.Arrived message);

    /** A well-formed control-type PDU arrived: to be passed to {@link #deliver}, held, or refused by {@link #fail}. */
    abstract void controlArrived(ReceiveBuffers.Arrived pdu, boolean invalidated, int invalidatedStag);

    /** Work other than a receive or a control Send completed. */
    abstract void workCompleted(int kind, int index);

    /** A Send, and with it every RDMA Write posted before it, completed. */
    abstract void sendCompleted(SendBuffers.Place place);

    /** Takes the sequence numbers of an outbound PDU into account. */
    abstract void account(SendBuffers.Place place, int opcode, UnexpectedPdus credits);

    // Life.

    /** Begins: the initiator connects, the target posts its login receive and accepts. */
    public final void start(LoginChannel.Listener login, L listener) {
        require(phase == Phase.CREATED, "started already");
        loginListener = login;
        datamoverListener = listener;
        enter(Phase.CONNECTING);
        // wire order: the login receive is posted before connect and accept, RFC 7145 section 5.1
        login().postReceive(connection);
        open();
    }

    public final InetSocketAddress localAddress() {
        return localAddress;
    }

    public final InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    /** How many receives of full feature phase the peer's PDUs can land in now: the most that a command window may promise. */
    public final int receivesPosted() {
        ReceiveBuffers current = receives;
        return current == null ? 0 : current.posted();
    }

    /** Ends at once, without a call up. Does nothing once the end was reported. */
    public final void close() {
        if (phase != Phase.CLOSED) {
            releaseAll();
        }
    }

    @Override
    public final void connectionTerminate() {
        if (phase == Phase.CLOSED || terminateRequested) {
            return;
        }
        terminateRequested = true;
        if (phase == Phase.CREATED) {
            releaseAll();
            L listener = datamoverListener;
            if (listener != null) {
                listener.connectionTerminated();
            }
        } else if (phase != Phase.TERMINATING) {
            sender.postGathered();
            enter(Phase.TERMINATING);
            connection.disconnect();
        }
    }

    /** Ends the connection for what the peer or the fabric did; Connection_Terminate_Notify follows when all is back. */
    final void fail(String reason) {
        if (phase.compareTo(Phase.TERMINATING) >= 0) {
            return;
        }
        failure = reason;
        warn(() -> LOG.warn("{}: {}", name, reason));
        sender.postGathered();
        enter(Phase.TERMINATING);
        connection.disconnect();
    }

    private void warn(Runnable line) {
        peerLog.write(LOG.isWarnEnabled(), line);
    }

    private void disconnected(DisconnectCause cause) {
        if (phase == Phase.CLOSED) {
            return;
        }
        String reason = failure;
        if (reason == null) {
            reason = cause.message();
        } else if (!(cause instanceof DisconnectCause.LocalDisconnect)) {
            reason = reason + "; " + cause.message();
        }
        releaseAll();
        LOG.debug("{}: ended: {}", name, reason);
        // RFC 7145 section 5.2.3.2: the notification comes when all mappings are gone, and once
        if (terminateRequested) {
            listener().connectionTerminated();
        } else if (assisted) {
            listener().connectionTerminateNotify(reason);
        } else {
            loginListener().loginChannelClosed(reason);
        }
    }

    /** From here no buffer of ours or of the iSCSI layer is touched by device or peer. */
    private void releaseAll() {
        enter(Phase.CLOSED);
        connection.close();
        closeLogin();
        closeBuffers();
    }

    private void closeBuffers() {
        SendBuffers currentSends = sends;
        ReceiveBuffers currentReceives = receives;
        sends = null;
        receives = null;
        resources = null;
        if (currentSends != null) {
            currentSends.close();
        }
        if (currentReceives != null) {
            currentReceives.close();
        }
    }

    private void closeLogin() {
        LoginExchange current = login;
        if (current != null) {
            login = null;
            current.close();
        }
    }

    private void enter(Phase next) {
        LOG.debug("{}: {} -> {}", name, phase, next);
        phase = next;
    }

    // Login.

    @Override
    public final void sendLogin(byte[] pdu) {
        if (phase.compareTo(Phase.TERMINATING) >= 0) {
            return;
        }
        require(phase == Phase.LOGIN, "not in the Login Phase");
        if (receives == null || receives.posted() == 0) {
            login().postReceive(connection);
        }
        transmitLogin(pdu);
    }

    /** Posts the receive of the next login PDU unless it is posted. */
    final void postLoginReceive() {
        login().postReceive(connection);
    }

    final void transmitLogin(byte[] pdu) {
        if (login().send(sender.batch(), pdu)) {
            sender.gathered();
            sender.post();
        }
    }

    private void loginSent() {
        if (login().sent(sender.batch())) {
            sender.gathered();
        } else {
            giveBackLogin();
            controlAvailable();
        }
    }

    /** Frees the memory of the login, once it is over. */
    final void giveBackLogin() {
        LoginExchange current = login;
        if (assisted && current != null && current.isIdle()) {
            closeLogin();
        }
    }

    private void loginReceived(int length) {
        byte[] pdu = login().received(length);
        if (assisted || pdu == null) {
            fail("iSER format error in login: message of " + length + " octets");
        } else {
            notifyLogin(pdu);
        }
    }

    private void notifyLogin(byte[] pdu) {
        if (phase == Phase.CONNECTING) {
            // the first receive may complete before the connection is reported up; only one receive is posted
            earlyLogin = pdu;
        } else {
            loginListener().loginPdu(pdu);
        }
    }

    private void established(byte[] privateData) {
        if (phase != Phase.CONNECTING) {
            return;
        }
        enter(Phase.LOGIN);
        opened(privateData);
        loginListener().loginChannelOpened();
        byte[] early = earlyLogin;
        if (early != null) {
            earlyLogin = null;
            loginListener().loginPdu(early);
        }
    }

    // Connection resources.

    @Override
    public final boolean allocateConnectionResources(ConnectionResources wanted) {
        if (resources != null) {
            return true;
        }
        if (phase != Phase.LOGIN) {
            return false;
        }
        if (wanted.tasks() > settings.maxTasks()
                || wanted.receives() > settings.maxReceives()
                || wanted.sends() > settings.maxSends()) {
            warn(() -> LOG.warn("{}: {} exceeds {}", name, wanted, settings));
            return false;
        }
        try {
            sends = new SendBuffers(domain, wanted.sends(), wanted.sendDataSegmentLength());
            receives = new ReceiveBuffers(
                    this::released,
                    domain,
                    wanted.receives(),
                    settings.maxAhsLength(),
                    wanted.receiveDataSegmentLength());
            resources = wanted;
            allocateTasks(wanted);
            allocated();
            return true;
        } catch (RdmaException | OutOfMemoryError e) {
            warn(() -> LOG.warn("{}: no resources for full feature phase: {}", name, e.getMessage()));
            closeBuffers();
            return false;
        }
    }

    /** Posts more receives of full feature phase; false where that cannot be. */
    final boolean extend(int more) {
        ReceiveBuffers current = receives;
        ConnectionResources had = resources;
        if (phase != Phase.FULL_FEATURE
                || current == null
                || had == null
                || had.receives() + more > settings.maxReceives()) {
            return false;
        }
        try {
            current.extend(domain, more, connection);
        } catch (RdmaException | OutOfMemoryError e) {
            warn(() -> LOG.warn("{}: no memory for {} more receives: {}", name, more, e.getMessage()));
            return false;
        }
        resources = had.withMoreReceives(more);
        return true;
    }

    @Override
    public final void deallocateConnectionResources() {
        require(!assisted, "the connection is assisted");
        if (receives != null && receives.posted() == 0) {
            closeBuffers();
        }
        // receives that are posted already end with the connection: the login has failed
    }

    @Override
    public final void noticeKeyValues(NegotiatedKeys negotiated) {
        require(!assisted, "the connection is assisted");
        keys = negotiated;
    }

    /**
     * The first part of Enable_Datamover, which both sides share; {@link #giveBackLogin} is the last.
     *
     * @return whether the side goes on: false if the connection is ending
     */
    final boolean enable() {
        if (phase.compareTo(Phase.TERMINATING) >= 0) {
            assisted = true;
            return false;
        }
        require(resources != null, "no connection resources were allocated");
        require(phase == Phase.LOGIN, "not in the Login Phase");
        assisted = true;
        unexpected = new UnexpectedPdus(declaredByPeer(keys));
        enter(Phase.FULL_FEATURE);
        return true;
    }

    abstract long declaredByPeer(NegotiatedKeys negotiated);

    final void postReceives() {
        receives().postAll(connection);
    }

    // Control PDUs out.

    @Override
    public final @Nullable OutboundPdu claimControl() {
        if (phase == Phase.FULL_FEATURE) {
            if (!sends().isEmpty() && !isLoginWaiting() && !awaitsHello()) {
                return sends().claim();
            }
        } else {
            require(phase.compareTo(Phase.TERMINATING) >= 0, "Send_Control before Enable_Datamover");
        }
        claimRefused = true;
        return null;
    }

    @Override
    public final void unclaimControl(OutboundPdu pdu) {
        if (phase != Phase.CLOSED) {
            sends().free(sends().claimed(pdu));
        }
    }

    @Override
    public final int unexpectedCredits() {
        return unexpected.credits();
    }

    @Override
    public final void sendControl(OutboundPdu pdu) {
        SendBuffers.Place place = claimed(pdu);
        if (place != null) {
            send(place);
        }
    }

    /** The place of a PDU that is to be sent; null if the connection is ending, and the PDU with it. */
    final SendBuffers.@Nullable Place claimed(OutboundPdu pdu) {
        if (phase == Phase.CLOSED) {
            return null;
        }
        SendBuffers.Place place = sends().claimed(pdu);
        if (phase == Phase.TERMINATING) {
            sends().free(place);
            return null;
        }
        return place;
    }

    /** Checks a control PDU, and sends it as this side does. */
    abstract void send(SendBuffers.Place place);

    /**
     * Checks the lengths of a PDU and takes its sequence numbers into account: the last that may refuse it.
     *
     * @return octets of the message
     */
    final int prepare(SendBuffers.Place place) {
        int length = place.finish();
        account(place, Bhs.opcode(place.segment(), place.headerOffset()), unexpected);
        return length;
    }

    private void controlSent(int index) {
        if (!ControlSender.isHello(index)) {
            SendBuffers.Place place = sends().place(index);
            sends().free(place);
            sendCompleted(place);
            controlAvailable();
        }
    }

    final void controlAvailable() {
        if (claimRefused && phase == Phase.FULL_FEATURE) {
            claimRefused = false;
            listener().controlAvailable();
        }
    }

    @Override
    public final void flush() {
        sender.post();
    }

    // Control PDUs in.

    private void received(int index, Completion completion) {
        ReceiveBuffers.Arrived message = receives().completed(index, completion.byteLength());
        if (phase == Phase.TERMINATING) {
            return;
        }
        switch (message.form()) {
            case CONTROL -> {
                String problem = message.parseControl();
                if (problem != null) {
                    fail("iSER format error: " + problem);
                } else if (!assisted) {
                    // the final Login Request was not the final one after all: the target answered without the T bit
                    byte[] pdu = new byte[Bhs.LENGTH + message.ahsLength() + message.dataLength()];
                    MemorySegment.copy(
                            message.segment(), ValueLayout.JAVA_BYTE, message.headerOffset(), pdu, 0, pdu.length);
                    repost(message);
                    notifyLogin(pdu);
                } else if (firstMessage && awaitsHello()) {
                    fail("protocol error: the Hello exchange was negotiated, but did not come first");
                } else {
                    firstMessage = false;
                    controlArrived(message, completion.invalidated(), completion.invalidatedStag());
                }
            }
            case HELLO -> helloMessage(message, true);
            case HELLO_REPLY -> helloMessage(message, false);
            case MALFORMED ->
                fail("iSER format error: message of " + message.length() + " octets with first octet 0x"
                        + Integer.toHexString(firstOctet(message)));
        }
    }

    private void helloMessage(ReceiveBuffers.Arrived message, boolean hello) {
        if (!assisted || !firstMessage) {
            fail("protocol error: Hello or HelloReply in the midst of other messages");
            return;
        }
        firstMessage = false;
        repost(message);
        if (hello) {
            helloArrived(message);
        } else {
            helloReplyArrived(message);
        }
    }

    private static int firstOctet(ReceiveBuffers.Arrived message) {
        return message.length() == 0 ? 0 : message.segment().get(ValueLayout.JAVA_BYTE, message.offset()) & 0xff;
    }

    /** Control_Notify, then the receive is posted again unless the PDU was retained. */
    final void deliver(ReceiveBuffers.Arrived pdu) {
        pdu.notifying(true);
        try {
            listener().controlNotify(pdu);
        } finally {
            pdu.notifying(false);
        }
        repost(pdu);
    }

    private void released(ReceiveBuffers.Arrived pdu) {
        repost(pdu);
    }

    final void repost(ReceiveBuffers.Arrived pdu) {
        ReceiveBuffers current = receives;
        if (current != null && pdu.isDone() && phase.compareTo(Phase.TERMINATING) < 0) {
            current.post(connection, pdu);
        }
    }

    /** Takes the peer's acknowledgement of what was sent unexpectedly. */
    final UnexpectedPdus unexpected() {
        return unexpected;
    }

    // Events of the RDMA connection.

    private final class Events implements ConnectionHandler {
        @Override
        public void onEstablished(Connection established, byte[] privateData) {
            sender.enterCallUp();
            try {
                established(privateData);
            } finally {
                sender.leaveCallUp();
            }
            sender.post();
        }

        @Override
        public void onCompletion(Connection completed, Completion completion) {
            sender.enterCallUp();
            try {
                completed(completion);
            } finally {
                sender.leaveCallUp();
            }
            sender.post();
        }

        @Override
        public void onDisconnected(Connection ended, DisconnectCause cause) {
            disconnected(cause);
        }
    }

    private void completed(Completion completion) {
        if (phase == Phase.CLOSED) {
            return;
        }
        int kind = WorkId.kind(completion.workId());
        int index = WorkId.index(completion.workId());
        WorkStatus status = completion.status();
        if (status != WorkStatus.SUCCESS) {
            // what was outstanding is given back all together, once the connection has ended
            if (status != WorkStatus.FLUSHED) {
                fail(WorkId.name(kind) + " failed: " + status);
            }
            return;
        }
        switch (kind) {
            case WorkId.RECEIVE -> received(index, completion);
            case WorkId.CONTROL -> controlSent(index);
            case WorkId.LOGIN_RECEIVE -> {
                if (phase != Phase.TERMINATING) {
                    loginReceived(completion.byteLength());
                }
            }
            case WorkId.LOGIN_SEND -> loginSent();
            default -> workCompleted(kind, index);
        }
    }

    // Small things.

    final boolean isFullFeature() {
        return phase == Phase.FULL_FEATURE;
    }

    final boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    final L listener() {
        return Objects.requireNonNull(datamoverListener);
    }

    private LoginChannel.Listener loginListener() {
        return Objects.requireNonNull(loginListener);
    }

    private LoginExchange login() {
        LoginExchange current = login;
        if (current == null) {
            throw new IllegalStateException("the Login Phase is over");
        }
        return current;
    }

    private boolean isLoginWaiting() {
        LoginExchange current = login;
        return current != null && current.isWaiting();
    }

    /** A login PDU arrived that waits until the connection is reported up. */
    final boolean holdsEarlyLogin() {
        return earlyLogin != null;
    }

    final SendBuffers sends() {
        return Objects.requireNonNull(sends);
    }

    final ReceiveBuffers receives() {
        return Objects.requireNonNull(receives);
    }

    /**
     * Checks memory before it goes into a batch: what the batch refuses would take everything gathered with it.
     *
     * @return the region that it lies in
     */
    final MemoryRegion checkMemory(DataDescriptor data, int right) {
        MemoryRegion region = IserMemory.region(data.memory());
        if ((region.rights() & right) != right) {
            throw new IllegalArgumentException("the memory is registered without the right " + right);
        }
        if (!region.domain().equals(domain)) {
            throw new IllegalArgumentException("the memory is registered in another protection domain");
        }
        Objects.checkFromIndexSize(data.offset(), data.length(), region.length());
        return region;
    }

    static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Override
    public final String toString() {
        return name + " " + phase;
    }
}
