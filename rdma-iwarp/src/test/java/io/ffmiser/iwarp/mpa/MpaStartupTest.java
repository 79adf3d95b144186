package io.ffmiser.iwarp.mpa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MpaStartupTest {
    private static final MpaSettings DEFAULTS = MpaSettings.defaults();
    private static final byte[] NONE = {};

    /** What both sides have at the end of a start-up in which the responder accepts. */
    private record Settled(MpaOutcome initiator, MpaParameters responder) {
        MpaParameters initiatorParameters() {
            return assertInstanceOf(MpaOutcome.Established.class, initiator).parameters();
        }
    }

    private static Settled settle(MpaInitiator initiator, MpaResponder responder, int ird, int ord) {
        assertInstanceOf(MpaOutcome.Requested.class, responder.receive(initiator.request()));
        MpaResponder.Acceptance acceptance = responder.accept(ird, ord, NONE);
        return new Settled(initiator.receive(acceptance.reply()), acceptance.parameters());
    }

    private static Settled settle(MpaSettings initiator, MpaSettings responder) {
        return settle(new MpaInitiator(initiator, 16, 16, NONE), new MpaResponder(responder), 16, 16);
    }

    private static ByteBuffer frame(
            MpaFrame.Kind kind, int revision, @Nullable EnhancedSetup enhanced, boolean markers, boolean reject) {
        return new MpaFrame(kind, markers, true, reject, revision, enhanced, NONE).encode();
    }

    private static MpaOutcome replied(MpaInitiator initiator, EnhancedSetup enhanced) {
        return initiator.receive(frame(MpaFrame.Kind.REPLY, 2, enhanced, false, false));
    }

    private static EnhancedSetup replyTo(EnhancedSetup asked, int ird, int ord) {
        MpaResponder responder = new MpaResponder(DEFAULTS);
        responder.receive(frame(MpaFrame.Kind.REQUEST, 2, asked, false, false));
        return Objects.requireNonNull(
                parse(responder.accept(ird, ord, NONE).reply()).enhanced());
    }

    private static MpaFrame parse(ByteBuffer reply) {
        MpaFrameDecoder decoder = new MpaFrameDecoder(MpaFrame.Kind.REPLY);
        assertTrue(decoder.decode(reply));
        return Objects.requireNonNull(decoder.frame());
    }

    private static MpaError errorOf(MpaOutcome outcome) {
        return assertInstanceOf(MpaOutcome.Close.class, outcome).error();
    }

    @Test
    void shouldAskForCrcAndNoMarkers_whenSettingsAreDefault() {
        byte[] octets = new byte[24];
        new MpaInitiator(DEFAULTS, 1, 1, NONE).request().get(octets);

        assertEquals(0x50, octets[16], "C and S");
        assertEquals(2, octets[17]);
    }

    @Test
    void shouldTurnCrcOn_whenEitherSideAsks() {
        MpaSettings without = DEFAULTS.withCrc(false);
        for (boolean asks : new boolean[] {true, false}) {
            for (boolean answers : new boolean[] {true, false}) {
                Settled settled = settle(asks ? DEFAULTS : without, answers ? DEFAULTS : without);

                assertEquals(asks || answers, settled.initiatorParameters().crc());
                assertEquals(asks || answers, settled.responder().crc());
            }
        }
    }

    @Test
    void shouldSendMarkersToTheSideThatAsked_whenItsMIsSet() {
        MpaSettings wants = DEFAULTS.withReceiveMarkers(true);

        Settled settled = settle(wants, DEFAULTS);
        assertTrue(settled.responder().sendMarkers()
                && settled.initiatorParameters().receiveMarkers());
        assertFalse(settled.responder().receiveMarkers()
                || settled.initiatorParameters().sendMarkers());

        settled = settle(DEFAULTS, wants);
        assertTrue(settled.responder().receiveMarkers()
                && settled.initiatorParameters().sendMarkers());
        assertFalse(settled.responder().sendMarkers()
                || settled.initiatorParameters().receiveMarkers());
    }

    @Test
    void shouldRefuse_whenMarkersAreAskedForButSwitchedOff() {
        MpaSettings off = DEFAULTS.withSendMarkers(false);
        MpaResponder responder = new MpaResponder(off);
        MpaOutcome outcome =
                responder.receive(new MpaInitiator(DEFAULTS.withReceiveMarkers(true), 1, 1, NONE).request());
        assertTrue(parse(assertInstanceOf(MpaOutcome.RefuseWith.class, outcome).reply())
                .reject());

        assertEquals(
                MpaError.INVALID_FRAME,
                errorOf(new MpaInitiator(off, 1, 1, NONE)
                        .receive(frame(MpaFrame.Kind.REPLY, 2, EnhancedSetup.clientServer(1, 1), true, false))));
    }

    @Test
    void shouldLowerDepthsToWhatTheOtherAllows_whenTheyDiffer() {
        Settled settled = settle(new MpaInitiator(DEFAULTS, 128, 1, NONE), new MpaResponder(DEFAULTS), 32, 16);

        assertEquals(1, settled.responder().ird());
        assertEquals(16, settled.responder().ord());
        assertEquals(128, settled.initiatorParameters().ird());
        assertEquals(1, settled.initiatorParameters().ord());

        settled = settle(new MpaInitiator(DEFAULTS, 4, 64, NONE), new MpaResponder(DEFAULTS), 8, 16);
        assertEquals(4, settled.responder().ord());
        assertEquals(8, settled.initiatorParameters().ord());
    }

    @Test
    void shouldAnswerNotNegotiatedInTheOppositeField_whenTheRequestDoesNotNegotiate() {
        int open = 0x3FFF;
        assertEquals(EnhancedSetup.clientServer(7, open), replyTo(EnhancedSetup.clientServer(open, 9), 7, 5));
        assertEquals(EnhancedSetup.clientServer(open, 3), replyTo(EnhancedSetup.clientServer(3, open), 7, 5));

        Settled settled = settle(new MpaInitiator(DEFAULTS, open, open, NONE), new MpaResponder(DEFAULTS), 7, 5);
        assertEquals(new MpaParameters(true, false, false, 7, 5, null), settled.responder());
        assertEquals(open, settled.initiatorParameters().ord());
    }

    @Test
    void shouldTerminateWithInsufficientIrd_whenTheReplyWantsMoreReadsThanWeServe() {
        MpaOutcome outcome = replied(new MpaInitiator(DEFAULTS, 4, 4, NONE), EnhancedSetup.clientServer(4, 5));

        MpaError error =
                assertInstanceOf(MpaOutcome.TerminateWith.class, outcome).error();
        assertEquals("2/0/6", error.layer() + "/" + error.errorType() + "/" + error.errorCode());
    }

    @Test
    void shouldChooseOneRtrKindInOrderOfPreference_whenPeerToPeer() {
        for (RtrKind first : RtrKind.values()) {
            Set<RtrKind> kinds = EnumSet.range(first, RtrKind.SEND);
            Settled settled = settle(DEFAULTS.withPeerToPeer(true, kinds), DEFAULTS);

            assertEquals(first, settled.initiatorParameters().rtr());
            assertEquals(first, settled.responder().rtr());
        }
    }

    @Test
    void shouldServeOneRead_whenTheRtrIsAReadAndOrdIsZero() {
        EnhancedSetup reply = replyTo(new EnhancedSetup(true, Set.of(RtrKind.READ), 0, 0), 8, 8);

        assertEquals(new EnhancedSetup(true, Set.of(RtrKind.READ), 1, 0), reply);
    }

    @Test
    void shouldTerminateWithNoMatchingRtr_whenNoneIsInCommon() {
        Settled settled = settle(
                new MpaInitiator(DEFAULTS.withPeerToPeer(true, Set.of(RtrKind.SEND)), 1, 1, NONE),
                new MpaResponder(DEFAULTS.withPeerToPeer(false, Set.of(RtrKind.WRITE))),
                1,
                1);

        MpaError error = assertInstanceOf(MpaOutcome.TerminateWith.class, settled.initiator())
                .error();
        assertEquals("2/0/7", error.layer() + "/" + error.errorType() + "/" + error.errorCode());
    }

    @Test
    void shouldTerminateWithNoMatchingRtr_whenTheReplyDropsThePeerToPeerModel() {
        MpaInitiator initiator = new MpaInitiator(DEFAULTS.withPeerToPeer(true, Set.of(RtrKind.values())), 1, 1, NONE);

        assertEquals(
                MpaError.NO_MATCHING_RTR,
                assertInstanceOf(MpaOutcome.TerminateWith.class, replied(initiator, EnhancedSetup.clientServer(1, 1)))
                        .error());
    }

    @Test
    void shouldClose_whenTheReplyChoosesAModelThatWasNotOffered() {
        EnhancedSetup peerToPeer = new EnhancedSetup(true, Set.of(RtrKind.WRITE), 1, 1);

        assertEquals(MpaError.INVALID_FRAME, errorOf(replied(new MpaInitiator(DEFAULTS, 1, 1, NONE), peerToPeer)));
    }

    @Test
    void shouldEchoRevisionAndEnhancedData_whenAnswering() {
        for (MpaSettings settings : new MpaSettings[] {DEFAULTS, DEFAULTS.withRevision(1)}) {
            MpaResponder responder = new MpaResponder(DEFAULTS);
            responder.receive(new MpaInitiator(settings, 3, 3, NONE).request());
            MpaFrame reply = parse(responder.accept(3, 3, NONE).reply());

            assertEquals(settings.revision(), reply.revision());
            assertEquals(settings.revision() == 2, reply.enhanced() != null);
        }
        MpaResponder responder = new MpaResponder(DEFAULTS);
        responder.receive(frame(MpaFrame.Kind.REQUEST, 2, null, false, false));
        MpaFrame reply = parse(responder.accept(3, 3, NONE).reply());
        assertEquals(2, reply.revision());
        assertEquals(null, reply.enhanced());
    }

    @Test
    void shouldKeepLocalDepths_whenRevisionIsOne() {
        Settled settled =
                settle(new MpaInitiator(DEFAULTS.withRevision(1), 4, 5, NONE), new MpaResponder(DEFAULTS), 6, 7);

        assertEquals(new MpaParameters(true, false, false, 4, 5, null), settled.initiatorParameters());
        assertEquals(new MpaParameters(true, false, false, 6, 7, null), settled.responder());
    }

    @Test
    void shouldAdviseRevisionOne_whenThePeerClosesWithoutAReply() {
        assertTrue(assertInstanceOf(MpaOutcome.Close.class, new MpaInitiator(DEFAULTS, 1, 1, NONE).endOfStream())
                .retryWithRevision1());
        assertFalse(assertInstanceOf(
                        MpaOutcome.Close.class, new MpaInitiator(DEFAULTS.withRevision(1), 1, 1, NONE).endOfStream())
                .retryWithRevision1());

        MpaInitiator begun = new MpaInitiator(DEFAULTS, 1, 1, NONE);
        begun.receive(ByteBuffer.wrap(new byte[] {'M'}));
        assertFalse(
                assertInstanceOf(MpaOutcome.Close.class, begun.endOfStream()).retryWithRevision1());
    }

    @Test
    void shouldCloseAndAdviseRevisionOne_whenTheReplyLacksEnhancedData() {
        MpaOutcome outcome =
                new MpaInitiator(DEFAULTS, 1, 1, NONE).receive(frame(MpaFrame.Kind.REPLY, 1, null, false, false));

        assertTrue(assertInstanceOf(MpaOutcome.Close.class, outcome).retryWithRevision1());
    }

    @Test
    void shouldClose_whenTheReplyHasAHigherRevisionThanTheRequest() {
        MpaInitiator initiator = new MpaInitiator(DEFAULTS.withRevision(1), 1, 1, NONE);

        assertEquals(MpaError.INVALID_FRAME, errorOf(replied(initiator, EnhancedSetup.clientServer(1, 1))));
    }

    @Test
    void shouldClose_whenTheRequestIsNotOne() {
        assertEquals(MpaError.INVALID_FRAME, errorOf(new MpaResponder(DEFAULTS).receive(ByteBuffer.wrap(new byte[] {0x43
                }))));
        assertEquals(
                MpaError.INVALID_FRAME,
                errorOf(new MpaResponder(DEFAULTS).receive(frame(MpaFrame.Kind.REQUEST, 3, null, false, false))));
        assertEquals(
                MpaError.INVALID_FRAME,
                errorOf(new MpaResponder(DEFAULTS).receive(frame(MpaFrame.Kind.REQUEST, 1, null, false, true))));
    }

    @Test
    void shouldClose_whenOctetsFollowTheRequest() {
        ByteBuffer request = new MpaInitiator(DEFAULTS, 1, 1, NONE).request();
        ByteBuffer longer = ByteBuffer.allocate(request.remaining() + 1)
                .put(request)
                .put((byte) 0)
                .flip();
        assertEquals(MpaError.INVALID_FRAME, errorOf(new MpaResponder(DEFAULTS).receive(longer)));

        MpaResponder responder = new MpaResponder(DEFAULTS);
        assertInstanceOf(MpaOutcome.Requested.class, responder.receive(request.rewind()));
        assertEquals(MpaError.INVALID_FRAME, errorOf(responder.receive(ByteBuffer.wrap(new byte[] {0}))));
    }

    @Test
    void shouldClose_whenOctetsFollowTheReply() {
        MpaResponder responder = new MpaResponder(DEFAULTS);
        MpaInitiator initiator = new MpaInitiator(DEFAULTS, 1, 1, NONE);
        responder.receive(initiator.request());
        ByteBuffer reply = responder.accept(1, 1, NONE).reply();
        ByteBuffer longer =
                ByteBuffer.allocate(reply.remaining() + 4).put(reply).putInt(0).flip();

        assertEquals(MpaError.INVALID_FRAME, errorOf(initiator.receive(longer)));
    }

    @Test
    void shouldCarryPrivateDataBothWays_whenAcceptedOrRejected() {
        byte[] longest = new byte[251];
        new Random(7).nextBytes(longest);
        MpaInitiator initiator = new MpaInitiator(DEFAULTS, 1, 1, longest);
        MpaResponder responder = new MpaResponder(DEFAULTS);
        assertArrayEquals(
                longest,
                assertInstanceOf(MpaOutcome.Requested.class, responder.receive(initiator.request()))
                        .privateData());
        assertArrayEquals(
                longest,
                assertInstanceOf(MpaOutcome.Rejected.class, initiator.receive(responder.reject(longest)))
                        .privateData());
        assertArrayEquals(
                longest,
                assertInstanceOf(
                                MpaOutcome.Established.class,
                                new MpaInitiator(DEFAULTS, 1, 1, NONE)
                                        .receive(responder.accept(1, 1, longest).reply()))
                        .privateData());
    }

    @Test
    void shouldRefuseLongPrivateData_whenSending() {
        byte[] tooLong = new byte[252];
        MpaResponder responder = new MpaResponder(DEFAULTS);
        responder.receive(new MpaInitiator(DEFAULTS, 1, 1, NONE).request());

        assertThrows(IllegalArgumentException.class, () -> new MpaInitiator(DEFAULTS, 1, 1, tooLong));
        assertThrows(IllegalArgumentException.class, () -> responder.accept(1, 1, tooLong));
        assertThrows(IllegalArgumentException.class, () -> responder.reject(tooLong));
        // with it the two fields of the enhanced set-up, 4 octets: what Linux and others have room for is 255
        ByteBuffer longest = new MpaInitiator(DEFAULTS, 1, 1, new byte[251]).request();
        assertEquals(20 + 255, longest.remaining());
        assertEquals(255, longest.getShort(18));
        assertThrows(IllegalStateException.class, () -> new MpaResponder(DEFAULTS).accept(1, 1, NONE));
    }

    @Test
    void shouldReachTheSameOutcome_whenFedByteAtATime() {
        MpaInitiator initiator = new MpaInitiator(DEFAULTS, 2, 3, NONE);
        MpaResponder responder = new MpaResponder(DEFAULTS);
        MpaOutcome requested = oneByOne(initiator.request(), responder::receive);
        assertInstanceOf(MpaOutcome.Requested.class, requested);

        MpaOutcome established = oneByOne(responder.accept(3, 2, NONE).reply(), initiator::receive);

        assertInstanceOf(MpaOutcome.Established.class, established);
    }

    private static MpaOutcome oneByOne(ByteBuffer octets, Function<ByteBuffer, MpaOutcome> receiver) {
        while (octets.remaining() > 1) {
            ByteBuffer one = ByteBuffer.wrap(new byte[] {octets.get()});
            assertInstanceOf(MpaOutcome.NeedMore.class, receiver.apply(one));
        }
        return receiver.apply(octets);
    }

    @Test
    void shouldDefaultToWhatTheRfcsWant_whenNothingIsSet() {
        // RFC 5044 section 4.4: CRC is on by default. RFC 6581: revision 2.
        assertEquals(new MpaSettings(true, false, true, 2, false, Set.of(RtrKind.values())), MpaSettings.defaults());
    }

    @Test
    void shouldDropThePeerToPeerModel_whenRevisionIsOne() {
        MpaSettings peerToPeer = DEFAULTS.withPeerToPeer(true, Set.of(RtrKind.SEND));

        assertTrue(peerToPeer.withRevision(2).peerToPeer());
        assertFalse(peerToPeer.withRevision(1).peerToPeer());
        assertFalse(DEFAULTS.withRevision(2).peerToPeer());
        assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withPeerToPeer(true, Set.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> DEFAULTS.withRevision(1).withPeerToPeer(true, Set.of(RtrKind.SEND)));
        assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withRevision(0));
        assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withRevision(3));
    }

    @Test
    void shouldNotChooseARead_whenThePeerServesNone() {
        // RFC 6581 section 9.2: an RTR by RDMA Read needs an IRD of 1 at its responder.
        for (int ird = 0; ird <= 1; ird++) {
            EnhancedSetup reply = new EnhancedSetup(true, Set.of(RtrKind.READ), ird, 1);
            MpaOutcome outcome = replied(
                    new MpaInitiator(DEFAULTS.withPeerToPeer(true, Set.of(RtrKind.values())), 1, 1, NONE), reply);
            if (ird == 0) {
                assertEquals(
                        MpaError.NO_MATCHING_RTR,
                        assertInstanceOf(MpaOutcome.TerminateWith.class, outcome)
                                .error());
            } else {
                assertEquals(
                        RtrKind.READ,
                        assertInstanceOf(MpaOutcome.Established.class, outcome)
                                .parameters()
                                .rtr());
            }

            EnhancedSetup request = new EnhancedSetup(true, Set.of(RtrKind.READ, RtrKind.SEND), 1, 1);
            assertEquals(
                    Set.of(ird == 0 ? RtrKind.SEND : RtrKind.READ),
                    replyTo(request, ird, 1).rtrKinds());
        }
    }

    @Test
    void shouldStillChooseAnotherKind_whenNobodyServesReads() {
        EnhancedSetup reply = new EnhancedSetup(true, Set.of(RtrKind.WRITE), 0, 0);
        MpaInitiator initiator = new MpaInitiator(DEFAULTS.withPeerToPeer(true, Set.of(RtrKind.WRITE)), 0, 0, NONE);

        assertEquals(
                RtrKind.WRITE,
                assertInstanceOf(MpaOutcome.Established.class, replied(initiator, reply))
                        .parameters()
                        .rtr());
        assertEquals(
                Set.of(RtrKind.WRITE),
                replyTo(new EnhancedSetup(true, Set.of(RtrKind.WRITE), 0, 0), 0, 0)
                        .rtrKinds());
    }

    @Test
    void shouldServeReadsUpToIrd_whenTheReplyWantsExactlyThat() {
        MpaOutcome outcome = replied(new MpaInitiator(DEFAULTS, 4, 4, NONE), EnhancedSetup.clientServer(4, 4));

        assertEquals(
                4,
                assertInstanceOf(MpaOutcome.Established.class, outcome)
                        .parameters()
                        .ird());
    }

    @Test
    void shouldClose_whenTheReplyIsNotOne() {
        MpaOutcome outcome = new MpaInitiator(DEFAULTS, 1, 1, NONE).receive(ByteBuffer.wrap(new byte[] {'H'}));

        MpaOutcome.Close close = assertInstanceOf(MpaOutcome.Close.class, outcome);
        assertEquals(MpaError.INVALID_FRAME, close.error());
        assertFalse(close.retryWithRevision1());
        assertEquals("not an MPA REPLY frame", close.reason());
    }

    @Test
    void shouldTellConnectionLost_whenThePeerEndsBeforeItsFrame() {
        MpaOutcome outcome = new MpaResponder(DEFAULTS).endOfStream();
        assertEquals(MpaError.CONNECTION_LOST, errorOf(outcome));
        assertFalse(assertInstanceOf(MpaOutcome.Close.class, outcome).retryWithRevision1());

        MpaInitiator begun = new MpaInitiator(DEFAULTS, 1, 1, NONE);
        assertTrue(assertInstanceOf(MpaOutcome.Close.class, begun.endOfStream())
                .reason()
                .contains("without its MPA Reply"));
        begun.receive(ByteBuffer.wrap(new byte[] {'M'}));
        assertTrue(assertInstanceOf(MpaOutcome.Close.class, begun.endOfStream())
                .reason()
                .contains("inside its MPA Reply"));
    }

    @Test
    void shouldAnswerInTheRequestsForm_whenRejecting() {
        // RFC 6581 section 10: S only where the Request had it. RFC 5044 section 7.1.1: C if either side asks.
        for (boolean asks : new boolean[] {true, false}) {
            for (boolean answers : new boolean[] {true, false}) {
                for (int revision = 1; revision <= 2; revision++) {
                    MpaResponder responder = new MpaResponder(DEFAULTS.withCrc(answers));
                    responder.receive(
                            new MpaInitiator(DEFAULTS.withCrc(asks).withRevision(revision), 1, 1, NONE).request());

                    MpaFrame reply = parse(responder.reject(NONE));

                    assertTrue(reply.reject());
                    assertEquals(asks || answers, reply.crc());
                    assertEquals(revision, reply.revision());
                    assertEquals(revision == 1 ? null : EnhancedSetup.clientServer(0, 0), reply.enhanced());
                }
            }
        }
    }

    @Test
    void shouldRefuseLongPrivateData_whenRejecting() {
        MpaResponder responder = new MpaResponder(DEFAULTS);
        responder.receive(new MpaInitiator(DEFAULTS, 1, 1, NONE).request());

        assertThrows(IllegalArgumentException.class, () -> responder.reject(new byte[MpaFrame.MAX_PRIVATE_DATA + 1]));
        assertThrows(IllegalStateException.class, () -> new MpaResponder(DEFAULTS).reject(NONE));
    }
}
