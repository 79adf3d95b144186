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
import io.ffmiser.iscsi.text.IscsiName;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.Negotiation;
import io.ffmiser.iscsi.text.NumericalValue;
import io.ffmiser.iscsi.text.TextAssembler;
import io.ffmiser.iscsi.text.TextFormat;
import io.ffmiser.iscsi.text.TextKey;
import io.ffmiser.iscsi.text.TextSegments;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The target's side of the Login Phase (RFC 7143 sections 6.3 and 11.13). Sans-IO, single-threaded, for one connection: octets in,
 * {@link LoginAction} out. What the initiator does wrong ends in {@link LoginAction.Fail}; calls out of order are an {@link
 * IllegalStateException}. A time limit on the whole login is the caller's.
 *
 * <p>Nothing is allocated, and nothing told of other sessions, before authentication has ended (RFC 7145 section 5.1.2).
 */
public final class LoginTarget {
    /** The most text that one C-bit sequence of the initiator may have, in octets (RFC 7143 section 6.2 wants 8192). */
    public static final int MAX_TEXT_LENGTH = 16_384;

    private enum State {
        /** A request may come. */
        WAITING,
        /** The caller allocates. */
        ALLOCATING,
        DONE
    }

    private final LoginTargetSettings settings;
    private final Negotiation negotiation = new Negotiation(false);
    private final TextAssembler incoming = new TextAssembler(MAX_TEXT_LENGTH);
    private final TextSegments outgoing = new TextSegments(LoginChannel.MAX_DATA_SEGMENT_LENGTH);
    private State state = State.WAITING;
    private LoginStage stage = LoginStage.SECURITY_NEGOTIATION;
    private @Nullable LoginRequestPdu first;
    private @Nullable LoginIdentity identity;
    private @Nullable OperationalOffers offers;
    private @Nullable Authenticator authenticator;
    private boolean hasDeclared;
    private int exchanges;
    private int statSn;

    public LoginTarget(LoginTargetSettings settings) {
        this.settings = settings;
        statSn = settings.initialStatSn();
    }

    LoginTargetSettings settings() {
        return settings;
    }

    /** A PDU came. */
    public LoginAction receive(byte[] pdu) {
        if (state == State.ALLOCATING) {
            return fail(ProtocolError.protocolError("a second request before the response"));
        }
        require(State.WAITING);
        return switch (LoginRequestPdu.decode(pdu)) {
            case Decoded.Malformed<LoginRequestPdu>(ProtocolError error) -> fail(error);
            case Decoded.Value<LoginRequestPdu>(LoginRequestPdu request) -> receive(request);
        };
    }

    private LoginAction receive(LoginRequestPdu request) {
        ProtocolError error = first == null ? begin(request) : checkSame(first, request);
        if (error == null) {
            error = check(request);
        }
        if (error == null) {
            error = incoming.append(request.data());
        }
        if (error != null) {
            return fail(error);
        }
        if (outgoing.hasMore()) {
            // RFC 7143 section 6.2: between the segments of our text the initiator has nothing to say
            return request.data().length == 0 && !request.transit()
                    ? respond(null)
                    : fail(ProtocolError.protocolError("a text was interrupted"));
        }
        if (request.continued()) {
            return respond(null);
        }
        return switch (TextFormat.decode(incoming.take())) {
            case Decoded.Malformed<List<KeyValue>>(ProtocolError malformed) -> fail(malformed);
            case Decoded.Value<List<KeyValue>>(List<KeyValue> pairs) -> proceed(request, pairs);
        };
    }

    private @Nullable ProtocolError begin(LoginRequestPdu request) {
        first = request;
        stage = request.currentStage();
        return request.versionMin() == 0
                ? null
                : ProtocolError.login(LoginStatus.UNSUPPORTED_VERSION, "the lowest version is " + request.versionMin());
    }

    /** RFC 7143 section 11.12: what stays the same during a login. */
    private static @Nullable ProtocolError checkSame(LoginRequestPdu before, LoginRequestPdu request) {
        boolean isSame = request.isid().equals(before.isid())
                && request.tsih() == before.tsih()
                && request.cid() == before.cid()
                && request.initiatorTaskTag() == before.initiatorTaskTag()
                && request.cmdSn() == before.cmdSn()
                && request.versionMin() == before.versionMin()
                && request.versionMax() == before.versionMax();
        return isSame
                ? null
                : ProtocolError.protocolError("ISID, TSIH, CID, ITT, CmdSN or version changed during login");
    }

    private @Nullable ProtocolError check(LoginRequestPdu request) {
        exchanges++;
        if (exchanges > settings.maxExchanges()) {
            return ProtocolError.protocolError("no end after " + settings.maxExchanges() + " exchanges");
        }
        if (request.data().length > LoginChannel.MAX_DATA_SEGMENT_LENGTH) {
            return ProtocolError.protocolError("data segment of " + request.data().length + " octets during login");
        }
        // section 11.12.3
        if (request.currentStage() != stage || stage == LoginStage.FULL_FEATURE_PHASE) {
            return ProtocolError.login(
                    LoginStatus.INVALID_DURING_LOGIN, "request of stage " + request.currentStage() + " in " + stage);
        }
        if (request.continued() && request.transit()) {
            return ProtocolError.protocolError("C and T are both set");
        }
        LoginStage next = request.nextStage();
        if (next != null && next.code() <= stage.code()) {
            return ProtocolError.login(LoginStatus.INVALID_DURING_LOGIN, "from " + stage + " to " + next);
        }
        return null;
    }

    private LoginAction proceed(LoginRequestPdu request, List<KeyValue> pairs) {
        if (identity == null) {
            LoginAction refusal = identify(request, pairs);
            if (refusal != null) {
                return refusal;
            }
        }
        boolean security = stage == LoginStage.SECURITY_NEGOTIATION;
        ProtocolError error = negotiation.receive(pairs, security ? TextKey.Stage.SECURITY : TextKey.Stage.OPERATIONAL);
        if (error != null) {
            return fail(error);
        }
        return security ? authenticate(request) : operate(request);
    }

    /** Finds out from the first text who wants what. */
    private @Nullable LoginAction identify(LoginRequestPdu request, List<KeyValue> pairs) {
        String initiatorName = find(pairs, TextKey.INITIATOR_NAME);
        String targetName = find(pairs, TextKey.TARGET_NAME);
        String type = find(pairs, TextKey.SESSION_TYPE);
        SessionType sessionType =
                SessionType.DISCOVERY.text().equals(type) ? SessionType.DISCOVERY : SessionType.NORMAL;
        if (type != null && !type.equals(sessionType.text())) {
            return fail(ProtocolError.login(LoginStatus.SESSION_TYPE_NOT_SUPPORTED, "SessionType=" + type));
        }
        // sections 13.4 and 13.5: in the first Login Request
        if (initiatorName == null || (targetName == null && sessionType == SessionType.NORMAL)) {
            return fail(ProtocolError.login(LoginStatus.MISSING_PARAMETER, "no InitiatorName or TargetName"));
        }
        // RFC 3722: compared in one form, from here on
        initiatorName = IscsiName.fold(initiatorName);
        if (initiatorName == null) {
            return fail(ProtocolError.protocolError("no iSCSI name: InitiatorName"));
        }
        if (targetName != null) {
            targetName = IscsiName.fold(targetName);
            if (targetName == null) {
                return fail(ProtocolError.login(LoginStatus.NOT_FOUND, "no iSCSI name: TargetName"));
            }
        }
        return switch (settings.directory().admit(initiatorName, targetName, sessionType)) {
            case TargetDirectory.Admission.Refused(LoginStatus status, String reason) ->
                fail(ProtocolError.login(status, reason));
            case TargetDirectory.Admission.Redirected(boolean permanently, String address) ->
                redirect(permanently, address);
            case TargetDirectory.Admission.Admitted admitted -> {
                identity = new LoginIdentity(
                        initiatorName,
                        find(pairs, TextKey.INITIATOR_ALIAS),
                        targetName,
                        admitted.targetAlias(),
                        admitted.targetPortalGroupTag(),
                        sessionType,
                        request.isid(),
                        request.tsih(),
                        request.cid());
                yield admit(admitted, sessionType);
            }
        };
    }

    private @Nullable LoginAction admit(TargetDirectory.Admission.Admitted admitted, SessionType sessionType) {
        offers = admitted.offers();
        authenticator = admitted.authenticator();
        // RFC 7143 section 6.3.2
        if (stage == LoginStage.LOGIN_OPERATIONAL_NEGOTIATION && mustAuthenticate()) {
            return fail(ProtocolError.login(LoginStatus.AUTHENTICATION_FAILURE, "authentication was skipped"));
        }
        negotiation.setSession(
                sessionType == SessionType.DISCOVERY, settings.transport().rdmaExtensions());
        negotiation.setPosition(TextKey.AUTH_METHOD, admitted.authenticator().method());
        admitted.offers().applyTo(negotiation);
        if (!settings.transport().rdmaExtensions()) {
            // RFC 7143 section 13.1: the initiator's preference decides
            negotiation.setPosition(TextKey.HEADER_DIGEST, TextKey.DIGESTS);
            negotiation.setPosition(TextKey.DATA_DIGEST, TextKey.DIGESTS);
        }
        // section 13.9: in the first response
        negotiation.send(TextKey.TARGET_PORTAL_GROUP_TAG, Integer.toString(admitted.targetPortalGroupTag()));
        if (admitted.targetAlias() != null && sessionType == SessionType.NORMAL) {
            negotiation.send(TextKey.TARGET_ALIAS, admitted.targetAlias());
        }
        return null;
    }

    private LoginAction authenticate(LoginRequestPdu request) {
        LoginStage next = request.nextStage();
        boolean isOffered = negotiation.peerOffered(TextKey.AUTH_METHOD);
        if (isOffered && !negotiation.isAgreed(TextKey.AUTH_METHOD)) {
            return fail(ProtocolError.login(LoginStatus.AUTHENTICATION_FAILURE, "no AuthMethod in common"));
        }
        if (!isOffered && mustAuthenticate()) {
            // RFC 7143 section 6.3.2: it may come to AuthMethod in a later request, but not end the stage without
            return next == null && negotiation.takeAuthenticationKeys().isEmpty()
                    ? respond(null)
                    : fail(ProtocolError.login(LoginStatus.AUTHENTICATION_FAILURE, "authentication was skipped"));
        }
        Progress progress;
        switch (present(authenticator).step(negotiation.takeAuthenticationKeys())) {
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
        if (next == null || progress != Progress.DONE) {
            return respond(null);
        }
        if (next == LoginStage.FULL_FEATURE_PHASE && !mustNegotiate()) {
            return allocate();
        }
        LoginAction response = respond(LoginStage.LOGIN_OPERATIONAL_NEGOTIATION);
        if (!outgoing.hasMore()) {
            stage = LoginStage.LOGIN_OPERATIONAL_NEGOTIATION;
            negotiation.beginStage();
        }
        return response;
    }

    private boolean mustAuthenticate() {
        return !present(authenticator).method().equals(NoAuthentication.METHOD);
    }

    /** Whether full feature phase cannot be without operational keys: RDMAExtensions (RFC 7145 section 5.1). */
    private boolean mustNegotiate() {
        return negotiation.isRdma() || proposals().iterator().hasNext();
    }

    private LoginAction operate(LoginRequestPdu request) {
        // RFC 7145 section 5.1: on this connection data can move by RDMA only
        if (settings.transport().rdmaExtensions() && isNormal() && !negotiation.isRdma()) {
            return fail(ProtocolError.protocolError("RDMAExtensions=No over RDMA"));
        }
        boolean isFirst = !hasDeclared;
        if (isFirst) {
            hasDeclared = true;
            declare();
        }
        if (request.nextStage() == null || (isFirst && negotiation.hasUnanswered())) {
            return respond(null);
        }
        TextKey open = negotiation.settle();
        if (open != null) {
            return fail(ProtocolError.protocolError(open.keyName() + " was not answered"));
        }
        return allocate();
    }

    /** What the target tells and asks by itself, in its first operational response. */
    private void declare() {
        OperationalOffers own = own();
        for (TextKey key : proposals()) {
            negotiation.sendPosition(key);
        }
        // RFC 7145 section 6.2; initiators without its keys go by MaxRecvDataSegmentLength on any connection
        if (!negotiation.isAgreed(TextKey.TARGET_RECV_DATA_SEGMENT_LENGTH)) {
            int length = settings.transport().rdmaExtensions()
                    ? own.targetRecvDataSegmentLength()
                    : own.maxRecvDataSegmentLength();
            negotiation.send(TextKey.MAX_RECV_DATA_SEGMENT_LENGTH, Integer.toString(length));
        }
        // open-iscsi breaks off at keys that it does not know: only who sends such a key gets one
        boolean knowsRfc7145 = negotiation.peerDeclared(TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS) != null
                || negotiation.peerDeclared(TextKey.MAX_AHS_LENGTH) != null;
        if (knowsRfc7145) {
            own.declareLimits(negotiation);
        }
    }

    /** Keys that the initiator has not offered and whose defaults are beyond what this side accepts. */
    private List<TextKey> proposals() {
        List<TextKey> proposals = new ArrayList<>();
        if (!isNormal()) {
            return proposals;
        }
        OperationalOffers own = own();
        propose(proposals, TextKey.IMMEDIATE_DATA, !own.immediateData());
        propose(
                proposals,
                TextKey.MAX_BURST_LENGTH,
                own.maxBurstLength() < NumericalValue.parse(TextKey.MAX_BURST_LENGTH.defaultValue()));
        propose(
                proposals,
                TextKey.FIRST_BURST_LENGTH,
                Math.min(own.firstBurstLength(), negotiation.number(TextKey.MAX_BURST_LENGTH))
                        < NumericalValue.parse(TextKey.FIRST_BURST_LENGTH.defaultValue()));
        return proposals;
    }

    private void propose(List<TextKey> proposals, TextKey key, boolean isNeeded) {
        if (isNeeded && !negotiation.isAgreed(key) && !negotiation.peerOffered(key)) {
            proposals.add(key);
        }
    }

    private LoginAction allocate() {
        LoginIdentity who = who();
        int existing = settings.sessions()
                .tsihOf(who.initiatorName(), who.targetName(), who.targetPortalGroupTag(), who.isid());
        boolean connectionExists = existing != 0 && settings.sessions().hasConnection(existing, who.cid());
        switch (SessionPlacement.decide(existing, who.tsih(), connectionExists)) {
            case NEW_SESSION, SESSION_REINSTATEMENT, CONNECTION_REINSTATEMENT -> {}
            case SESSION_DOES_NOT_EXIST -> {
                return fail(ProtocolError.login(LoginStatus.SESSION_DOES_NOT_EXIST, "TSIH " + who.tsih()));
            }
            // MaxConnections is 1: a session has its leading connection and no other
            case ADD_CONNECTION -> {
                return fail(ProtocolError.login(LoginStatus.TOO_MANY_CONNECTIONS, "the session has its connection"));
            }
        }
        byte[] text = TextFormat.encode(negotiation.takeOutgoing());
        outgoing.start(text);
        if (text.length > LoginChannel.MAX_DATA_SEGMENT_LENGTH) {
            // C and T exclude each other: the initiator asks again
            return respondSegment(null);
        }
        state = State.ALLOCATING;
        return new LoginAction.AllocateResources(who, parameters());
    }

    /**
     * Answers {@link LoginAction.AllocateResources}.
     *
     * @param tsih of the session, not 0
     * @param commandWindow how many commands the initiator may send at first: MaxCmdSN - ExpCmdSN + 1
     */
    public LoginAction resourcesAllocated(int tsih, int commandWindow) {
        require(State.ALLOCATING);
        if (tsih <= 0 || tsih > 0xffff || commandWindow < 1) {
            throw new IllegalArgumentException("TSIH " + tsih + ", window " + commandWindow);
        }
        LoginRequestPdu request = begun();
        int maxCmdSn = request.cmdSn() + commandWindow - 1;
        byte[] response = response(
                        LoginStage.FULL_FEATURE_PHASE, false, tsih, maxCmdSn, LoginStatus.SUCCESS, outgoing.next())
                .encode();
        state = State.DONE;
        return new LoginAction.Complete(
                new LoginResult(who(), parameters(), tsih, request.cmdSn(), maxCmdSn, statSn), response);
    }

    /**
     * Answers {@link LoginAction.AllocateResources}.
     *
     * @param status usually {@link LoginStatus#OUT_OF_RESOURCES}
     */
    public LoginAction resourcesRefused(LoginStatus status, String reason) {
        require(State.ALLOCATING);
        return fail(ProtocolError.login(status, reason));
    }

    private LoginAction respond(@Nullable LoginStage next) {
        if (!outgoing.hasMore()) {
            outgoing.start(TextFormat.encode(negotiation.takeOutgoing()));
        }
        return respondSegment(next);
    }

    private LoginAction respondSegment(@Nullable LoginStage next) {
        byte[] segment = outgoing.next();
        boolean continued = outgoing.hasMore();
        LoginRequestPdu request = begun();
        return new LoginAction.Send(response(
                        continued ? null : next,
                        continued,
                        request.tsih(),
                        request.cmdSn(),
                        LoginStatus.SUCCESS,
                        segment)
                .encode());
    }

    private LoginResponsePdu response(
            @Nullable LoginStage next, boolean continued, int tsih, int maxCmdSn, LoginStatus status, byte[] text) {
        LoginRequestPdu request = begun();
        return new LoginResponsePdu(
                next != null,
                continued,
                stage,
                next,
                0,
                0,
                request.isid(),
                tsih,
                request.initiatorTaskTag(),
                statSn++,
                request.cmdSn(),
                maxCmdSn,
                status.statusClass(),
                status.statusDetail(),
                text);
    }

    private LoginAction redirect(boolean permanently, String address) {
        LoginStatus status = permanently ? LoginStatus.TARGET_MOVED_PERMANENTLY : LoginStatus.TARGET_MOVED_TEMPORARILY;
        byte[] text = TextFormat.encode(List.of(new KeyValue(TextKey.TARGET_ADDRESS.keyName(), address)));
        return fail(new LoginFailure(status, "redirected to " + address, address, false), text);
    }

    private LoginAction fail(ProtocolError error) {
        return fail(new LoginFailure(error.loginStatus(), error.reason(), null, false), new byte[0]);
    }

    private LoginAction fail(LoginFailure failure, byte[] text) {
        state = State.DONE;
        LoginRequestPdu request = first;
        if (request == null) {
            // nothing was understood, so there is nothing to answer
            return new LoginAction.Fail(failure, null);
        }
        byte[] response = response(null, false, request.tsih(), request.cmdSn(), failure.status(), text)
                .encode();
        return new LoginAction.Fail(failure, response);
    }

    private NegotiatedParameters parameters() {
        return NegotiatedParameters.of(negotiation, who().sessionType(), false);
    }

    private boolean isNormal() {
        return who().sessionType() == SessionType.NORMAL;
    }

    private LoginIdentity who() {
        return present(identity);
    }

    private OperationalOffers own() {
        return present(offers);
    }

    private LoginRequestPdu begun() {
        return present(first);
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the login has not begun");
        }
        return value;
    }

    private static @Nullable String find(List<KeyValue> pairs, TextKey key) {
        for (KeyValue pair : pairs) {
            if (pair.key().equals(key.keyName())) {
                return pair.value();
            }
        }
        return null;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException("the login is " + state + ", not " + expected);
        }
    }
}
