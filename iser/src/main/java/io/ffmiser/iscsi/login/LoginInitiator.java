package io.ffmiser.iscsi.login;

import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.iscsi.auth.Authenticator;
import io.ffmiser.iscsi.auth.Authenticator.Progress;
import io.ffmiser.iscsi.auth.NoAuthentication;
import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.LoginStage;
import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.iscsi.pdu.ProtocolError;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.Negotiation;
import io.ffmiser.iscsi.text.NumericalValue;
import io.ffmiser.iscsi.text.TextAssembler;
import io.ffmiser.iscsi.text.TextFormat;
import io.ffmiser.iscsi.text.TextKey;
import io.ffmiser.iscsi.text.TextSegments;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The initiator's side of the Login Phase (RFC 7143 sections 6.3 and 11.12). Sans-IO, single-threaded, for one connection: octets in,
 * {@link LoginAction} out. What the target does wrong ends in {@link LoginAction.Fail}; calls out of order are an {@link
 * IllegalStateException}. A time limit on the whole login is the caller's.
 *
 * <p>A normal session offers its operational keys with T = 0 and asks for full feature phase in a request of its own: so resources are
 * allocated from values that both sides know (RFC 7145 section 5.1.1).
 */
public final class LoginInitiator {
    /** The most text that one C-bit sequence of the target may have, in octets. */
    public static final int MAX_TEXT_LENGTH = 16_384;

    private enum State {
        INITIAL,
        /** A request is out. */
        WAITING,
        /** The caller allocates. */
        ALLOCATING,
        DONE
    }

    private final LoginInitiatorSettings settings;
    /** The methods offered, the preferred one first. */
    private final List<Authenticator> authenticators;

    private final Negotiation negotiation = new Negotiation(true);
    private final TextAssembler incoming = new TextAssembler(MAX_TEXT_LENGTH);
    private final TextSegments outgoing = new TextSegments(LoginChannel.MAX_DATA_SEGMENT_LENGTH);
    private State state = State.INITIAL;
    private LoginStage stage;
    /** The stage that the request outstanding asks for; null if it has T = 0. */
    private @Nullable LoginStage requestedStage;
    /** The stage to ask for when the text now going out is through; null for none. */
    private @Nullable LoginStage wantedStage;

    private boolean isAllocated;
    private int exchanges;
    private int expStatSn;

    /** A login with AuthMethod=None. */
    public LoginInitiator(LoginInitiatorSettings settings) {
        this(settings, List.of(new NoAuthentication()));
    }

    /**
     * A login that authenticates.
     *
     * @param authenticators for this login, one for each method that will do, the preferred one first
     * @throws IllegalArgumentException if SecurityNegotiation is to be skipped and None is not among them
     */
    public LoginInitiator(LoginInitiatorSettings settings, List<Authenticator> authenticators) {
        this.settings = settings;
        this.authenticators = List.copyOf(authenticators);
        if (settings.skipSecurityNegotiation() && find(NoAuthentication.METHOD) == null) {
            throw new IllegalArgumentException("authentication without SecurityNegotiation");
        }
        stage = settings.skipSecurityNegotiation()
                ? LoginStage.LOGIN_OPERATIONAL_NEGOTIATION
                : LoginStage.SECURITY_NEGOTIATION;
    }

    /** The first Login Request. */
    public LoginAction start() {
        require(State.INITIAL);
        boolean discovery = settings.sessionType() == SessionType.DISCOVERY;
        negotiation.setSession(discovery, settings.transport().rdmaExtensions());
        settings.offers().applyTo(negotiation);
        negotiation.send(TextKey.INITIATOR_NAME, settings.initiatorName());
        if (settings.initiatorAlias() != null) {
            negotiation.send(TextKey.INITIATOR_ALIAS, settings.initiatorAlias());
        }
        if (settings.targetName() != null) {
            negotiation.send(TextKey.TARGET_NAME, settings.targetName());
        }
        negotiation.send(TextKey.SESSION_TYPE, settings.sessionType().text());
        if (stage == LoginStage.SECURITY_NEGOTIATION) {
            negotiation.send(TextKey.AUTH_METHOD, methods());
            return send(authenticates() ? null : LoginStage.LOGIN_OPERATIONAL_NEGOTIATION);
        }
        return offer();
    }

    /** The first request of LoginOperationalNegotiation. */
    private LoginAction offer() {
        negotiation.beginStage();
        OperationalOffers offers = settings.offers();
        if (settings.sessionType() == SessionType.DISCOVERY) {
            int length = settings.transport().rdmaExtensions()
                    ? offers.initiatorRecvDataSegmentLength()
                    : offers.maxRecvDataSegmentLength();
            negotiation.send(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH, Integer.toString(length));
            return send(null);
        }
        if (settings.transport().rdmaExtensions()) {
            // RFC 7145 section 6.3: in the first operational request
            negotiation.send(TextKey.RDMA_EXTENSIONS, TextKey.YES);
            negotiation.sendPosition(TextKey.INITIATOR_RECV_DATA_SEGMENT_LENGTH);
            negotiation.sendPosition(TextKey.TARGET_RECV_DATA_SEGMENT_LENGTH);
            offers.declareLimits(negotiation);
            negotiation.send(
                    TextKey.TAGGED_BUFFER_FOR_SOLICITED_DATA_ONLY,
                    offers.taggedBufferForSolicitedDataOnly() ? TextKey.YES : TextKey.NO);
            if (offers.iserHelloRequired()) {
                negotiation.send(TextKey.ISER_HELLO_REQUIRED, TextKey.YES);
            }
        } else {
            negotiation.send(TextKey.HEADER_DIGEST, TextKey.NONE);
            negotiation.send(TextKey.DATA_DIGEST, TextKey.NONE);
            negotiation.send(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH, Integer.toString(offers.maxRecvDataSegmentLength()));
        }
        negotiation.sendPosition(TextKey.MAX_CONNECTIONS);
        negotiation.sendPosition(TextKey.INITIAL_R2T);
        negotiation.sendPosition(TextKey.IMMEDIATE_DATA);
        negotiation.sendPosition(TextKey.MAX_BURST_LENGTH);
        negotiation.sendPosition(TextKey.FIRST_BURST_LENGTH);
        negotiation.sendPosition(TextKey.DEFAULT_TIME_2_WAIT);
        negotiation.sendPosition(TextKey.DEFAULT_TIME_2_RETAIN);
        negotiation.sendPosition(TextKey.MAX_OUTSTANDING_R2T);
        negotiation.sendPosition(TextKey.DATA_PDU_IN_ORDER);
        negotiation.sendPosition(TextKey.DATA_SEQUENCE_IN_ORDER);
        negotiation.sendPosition(TextKey.ERROR_RECOVERY_LEVEL);
        return send(null);
    }

    /** A PDU came. */
    public LoginAction receive(byte[] pdu) {
        require(State.WAITING);
        return switch (LoginResponsePdu.decode(pdu)) {
            case Decoded.Malformed<LoginResponsePdu>(ProtocolError error) -> fail(error);
            case Decoded.Value<LoginResponsePdu>(LoginResponsePdu response) -> receive(response);
        };
    }

    private LoginAction receive(LoginResponsePdu response) {
        // LIO's refusals carry no ISID (seen with Linux 6.1): the task tag alone says what they refuse
        boolean refusal = response.statusClass() != 0;
        if (response.initiatorTaskTag() != settings.initiatorTaskTag()
                || (!refusal && !response.isid().equals(settings.isid()))) {
            return fail(ProtocolError.protocolError("the response belongs to another login"));
        }
        // RFC 7143 section 11.13.5: any other class ends the login
        if (refusal) {
            return refused(response);
        }
        ProtocolError error = check(response);
        if (error == null) {
            error = incoming.append(response.data());
        }
        if (error != null) {
            return fail(error);
        }
        expStatSn = response.statSn() + 1;
        if (outgoing.hasMore()) {
            // RFC 7143 section 6.2: between the segments of our text the target has nothing to say
            return response.data().length == 0 && !response.transit()
                    ? sendSegment()
                    : fail(ProtocolError.protocolError("a text was interrupted"));
        }
        if (response.continued()) {
            wantedStage = null;
            return sendSegment();
        }
        return switch (TextFormat.decode(incoming.take())) {
            case Decoded.Malformed<List<KeyValue>>(ProtocolError malformed) -> fail(malformed);
            case Decoded.Value<List<KeyValue>>(List<KeyValue> pairs) -> proceed(response, pairs);
        };
    }

    private @Nullable ProtocolError check(LoginResponsePdu response) {
        if (response.versionActive() != 0) {
            return ProtocolError.login(
                    LoginStatus.UNSUPPORTED_VERSION, "version " + response.versionActive() + " is active");
        }
        if (response.currentStage() != stage) {
            return ProtocolError.protocolError("response of stage " + response.currentStage() + " in " + stage);
        }
        if (response.continued() && response.transit()) {
            return ProtocolError.protocolError("C and T are both set");
        }
        LoginStage next = response.nextStage();
        // section 11.13.2: T only as an answer to T, and not beyond what was asked for
        if (next != null
                && (requestedStage == null || next.code() > requestedStage.code() || next.code() <= stage.code())) {
            return ProtocolError.protocolError("the target goes on to " + next + " unasked");
        }
        return null;
    }

    private LoginAction proceed(LoginResponsePdu response, List<KeyValue> pairs) {
        boolean security = stage == LoginStage.SECURITY_NEGOTIATION;
        ProtocolError error = negotiation.receive(pairs, security ? TextKey.Stage.SECURITY : TextKey.Stage.OPERATIONAL);
        if (error != null) {
            return fail(error);
        }
        return security ? authenticate(response) : operate(response);
    }

    private LoginAction authenticate(LoginResponsePdu response) {
        // a target that says nothing of AuthMethod wants none
        boolean isAgreed = negotiation.isAgreed(TextKey.AUTH_METHOD);
        Authenticator chosen = find(isAgreed ? negotiation.value(TextKey.AUTH_METHOD) : NoAuthentication.METHOD);
        if (chosen == null) {
            return fail(ProtocolError.login(
                    LoginStatus.AUTHENTICATION_FAILURE, "the target rejects our AuthMethod " + methods()));
        }
        Progress progress;
        switch (chosen.step(negotiation.takeAuthenticationKeys())) {
            case Authenticator.Step.Denied(String reason) -> {
                return fail(ProtocolError.login(LoginStatus.AUTHENTICATION_FAILURE, reason));
            }
            case Authenticator.Step.Malformed(String reason) -> {
                return fail(ProtocolError.protocolError(reason));
            }
            case Authenticator.Step.Speak(List<KeyValue> keys, Progress reached) -> {
                progress = reached;
                negotiation.sendAuthentication(keys);
            }
        }
        if (response.nextStage() == null) {
            return send(progress == Progress.GOES_ON ? null : LoginStage.LOGIN_OPERATIONAL_NEGOTIATION);
        }
        TextKey open = negotiation.settle();
        if (progress != Progress.DONE || open != null || negotiation.hasOutgoing()) {
            return fail(ProtocolError.login(
                    LoginStatus.AUTHENTICATION_FAILURE, "the target ends SecurityNegotiation too early"));
        }
        stage = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
        return offer();
    }

    private String methods() {
        return authenticators.stream().map(Authenticator::method).collect(Collectors.joining(","));
    }

    /** Whether another method than None is offered. */
    private boolean authenticates() {
        return !methods().equals(NoAuthentication.METHOD);
    }

    private @Nullable Authenticator find(String method) {
        for (Authenticator candidate : authenticators) {
            if (candidate.method().equals(method)) {
                return candidate;
            }
        }
        return null;
    }

    private LoginAction operate(LoginResponsePdu response) {
        if (response.nextStage() == LoginStage.FULL_FEATURE_PHASE) {
            return complete(response);
        }
        if (negotiation.hasOutgoing()) {
            return send(isAllocated ? LoginStage.FULL_FEATURE_PHASE : null);
        }
        TextKey open = negotiation.settle();
        if (open != null) {
            return fail(ProtocolError.protocolError(open.keyName() + " was not answered"));
        }
        ProtocolError error = checkOutcome();
        if (error != null) {
            return fail(error);
        }
        if (isAllocated) {
            return send(LoginStage.FULL_FEATURE_PHASE);
        }
        state = State.ALLOCATING;
        return new LoginAction.AllocateResources(identity(), parameters());
    }

    private @Nullable ProtocolError checkOutcome() {
        if (settings.sessionType() == SessionType.DISCOVERY) {
            return null;
        }
        // RFC 7145 section 5.1: data can move in no other way on this connection
        if (settings.transport().rdmaExtensions() && !negotiation.isYes(TextKey.RDMA_EXTENSIONS)) {
            return ProtocolError.protocolError("the target does not agree to RDMAExtensions");
        }
        // RFC 7143 section 13.14
        if (negotiation.number(TextKey.FIRST_BURST_LENGTH) > negotiation.number(TextKey.MAX_BURST_LENGTH)) {
            return ProtocolError.protocolError("FirstBurstLength is above MaxBurstLength");
        }
        return null;
    }

    private LoginAction complete(LoginResponsePdu response) {
        if (negotiation.hasOutgoing()) {
            return fail(ProtocolError.protocolError("the final response wants an answer"));
        }
        ProtocolError error = checkOutcome();
        if (error == null && response.tsih() == 0) {
            // section 11.13.3
            error = ProtocolError.protocolError("the final response has no TSIH");
        }
        if (error != null) {
            return fail(error);
        }
        state = State.DONE;
        return new LoginAction.Complete(
                new LoginResult(
                        identity(), parameters(), response.tsih(), settings.cmdSn(), response.maxCmdSn(), expStatSn),
                null);
    }

    /** Answers {@link LoginAction.AllocateResources}. */
    public LoginAction resourcesAllocated() {
        require(State.ALLOCATING);
        isAllocated = true;
        return send(LoginStage.FULL_FEATURE_PHASE);
    }

    /** Answers {@link LoginAction.AllocateResources}. */
    public LoginAction resourcesRefused(String reason) {
        require(State.ALLOCATING);
        return fail(ProtocolError.login(LoginStatus.OUT_OF_RESOURCES, reason));
    }

    private LoginAction send(@Nullable LoginStage next) {
        outgoing.start(TextFormat.encode(negotiation.takeOutgoing()));
        wantedStage = next;
        return sendSegment();
    }

    private LoginAction sendSegment() {
        exchanges++;
        if (exchanges > settings.maxExchanges()) {
            return fail(ProtocolError.protocolError("no end after " + settings.maxExchanges() + " exchanges"));
        }
        byte[] segment = outgoing.next();
        boolean continued = outgoing.hasMore();
        requestedStage = continued ? null : wantedStage;
        state = State.WAITING;
        return new LoginAction.Send(new LoginRequestPdu(
                        requestedStage != null,
                        continued,
                        stage,
                        requestedStage,
                        0,
                        0,
                        settings.isid(),
                        settings.tsih(),
                        settings.initiatorTaskTag(),
                        settings.cid(),
                        settings.cmdSn(),
                        expStatSn,
                        segment)
                .encode());
    }

    private LoginIdentity identity() {
        String tag = negotiation.peerDeclared(TextKey.TARGET_PORTAL_GROUP_TAG);
        return new LoginIdentity(
                settings.initiatorName(),
                settings.initiatorAlias(),
                settings.targetName(),
                negotiation.peerDeclared(TextKey.TARGET_ALIAS),
                tag == null ? -1 : (int) NumericalValue.parse(tag),
                settings.sessionType(),
                settings.isid(),
                settings.tsih(),
                settings.cid());
    }

    private NegotiatedParameters parameters() {
        return NegotiatedParameters.of(negotiation, settings.sessionType(), true);
    }

    private LoginAction refused(LoginResponsePdu response) {
        state = State.DONE;
        String address = null;
        if (response.status().isRedirection()
                && TextFormat.decode(response.data()) instanceof Decoded.Value<List<KeyValue>>(List<KeyValue> pairs)) {
            for (KeyValue pair : pairs) {
                if (pair.key().equals(TextKey.TARGET_ADDRESS.keyName())
                        && TextKey.TARGET_ADDRESS.isValid(pair.value())) {
                    address = pair.value();
                }
            }
        }
        String reason = "refused: " + response.status().meaning() + " (" + describe(response) + ")";
        if (response.status() == LoginStatus.AUTHENTICATION_FAILURE) {
            reason = authenticates()
                    ? "authentication failed: the target does not accept the name, the secret or the method ("
                            + methods() + "; " + describe(response) + ")"
                    : "authentication failed: the target wants it, and no name and secret are set ("
                            + describe(response) + ")";
        }
        return new LoginAction.Fail(new LoginFailure(response.status(), reason, address, true), null);
    }

    /** Class and detail as they came, which may be unknown here. */
    private static String describe(LoginResponsePdu response) {
        String blame = switch (response.statusClass()) {
            case 1 -> "redirection";
            case 2 -> "initiator error";
            case 3 -> "target error";
            default -> "a class that is not assigned";
        };
        return String.format(
                Locale.ROOT, "status %02x%02xh, %s", response.statusClass(), response.statusDetail(), blame);
    }

    private LoginAction fail(ProtocolError error) {
        LoginStatus status = isAuthenticationDue() ? LoginStatus.AUTHENTICATION_FAILURE : error.loginStatus();
        state = State.DONE;
        return new LoginAction.Fail(new LoginFailure(status, error.reason(), null, false), null);
    }

    /** Whether nothing goes without authentication, which has not succeeded: what the target does instead is a failure of it. */
    private boolean isAuthenticationDue() {
        return stage == LoginStage.SECURITY_NEGOTIATION && find(NoAuthentication.METHOD) == null;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException("the login is " + state + ", not " + expected);
        }
    }
}
