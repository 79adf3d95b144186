package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.initiator.DiscoveredTarget;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.LoginException;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.store.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** CHAP over software iWARP, with our initiator: who gets a session, and who an answer. */
@NullMarked
class ChapOverIwarpTest {
    private static final String OPEN = "iqn.2026-11.io.ffmiser:open";
    private static final String LOCKED = "iqn.2026-11.io.ffmiser:locked";
    private static final String NAME = "iqn.2026-11.io.ffmiser:host";
    private static final ChapCredential HOST = credential("host", "initiator-secret");
    private static final ChapCredential DISKS = credential("disks", "the-targets-secret");
    private static final TargetChap CHAP = TargetChap.of(Map.of(NAME, HOST)).withOwn(DISKS);

    private static ChapCredential credential(String name, String secret) {
        return ChapCredential.of(name, secret.toCharArray());
    }

    private static Target start(@Nullable TargetChap discovery) {
        TargetOptions.Builder options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(OPEN)
                        .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                        .build())
                .node(TargetNode.named(LOCKED)
                        .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                        .chap(CHAP)
                        .build());
        if (discovery != null) {
            options.discoveryChap(discovery);
        }
        return options.start("iwarp");
    }

    private static Initiator initiator(@Nullable InitiatorChap chap) {
        InitiatorOptions options = InitiatorOptions.of(NAME, "iwarp");
        return Initiator.background(chap == null ? options : options.withChap(chap));
    }

    private static SessionOptions locked(Target target) {
        return SessionOptions.of(target.portals().getFirst(), LOCKED);
    }

    private static LoginException refused(Executable login) {
        LoginException refused = assertThrows(LoginException.class, login);
        assertTrue(refused.isAuthenticationFailure(), refused::toString);
        assertFalse(refused.toString().contains("-secret"), refused::toString);
        return refused;
    }

    @ParameterizedTest
    @EnumSource(ChapAlgorithm.class)
    void shouldReadAndWrite_whenBothProveThemselves(ChapAlgorithm algorithm) {
        InitiatorChap mutual = InitiatorChap.of(HOST).withTarget(DISKS).withAlgorithms(List.of(algorithm));
        try (Target target = start(CHAP);
                Initiator initiator = initiator(mutual);
                Session session = initiator.login(locked(target));
                RegisteredBuffer buffer = session.allocate(4096)) {
            assertEquals(2, initiator.discover(target.portals().getFirst()).size());
            session.capacity(0);
            buffer.segment().setString(0, "proven");
            session.write(0, 8, 8, buffer, 0);
            buffer.segment().fill((byte) 0);
            session.read(0, 8, 8, buffer, 0);
            assertEquals("proven", buffer.segment().getString(0));
            assertEquals(0, target.counters().failedLogins());
        }
    }

    @Test
    void shouldRefuseWith0201_whenTheInitiatorIsNotWhoItShouldBe() {
        List<InitiatorChap> wrong = List.of(
                InitiatorChap.of(credential("host", "some-other-secret")),
                InitiatorChap.of(new ChapCredential("another", HOST.secret())));
        try (Target target = start(null)) {
            for (InitiatorChap chap : wrong) {
                try (Initiator initiator = initiator(chap)) {
                    assertEquals(
                            0x0201,
                            refused(() -> initiator.login(locked(target))).status());
                }
            }
            try (Initiator initiator = initiator(null)) {
                LoginException none = refused(() -> initiator.login(locked(target)));
                assertEquals(0x0201, none.status());
                assertTrue(none.toString().contains("no name and secret are set"), none::toString);
            }
            InitiatorOptions stranger = InitiatorOptions.of("iqn.2026-11.io.ffmiser:stranger", "iwarp")
                    .withChap(InitiatorChap.of(HOST));
            try (Initiator initiator = Initiator.background(stranger)) {
                assertEquals(
                        0x0201, refused(() -> initiator.login(locked(target))).status());
            }
            assertEquals(4, target.counters().failedLogins());
            assertEquals(0, target.counters().logins());
            assertEquals(0, target.counters().sessions());
        }
    }

    @Test
    void shouldRefuseTheTarget_whenItsSecretIsNotTheExpectedOne() {
        InitiatorChap other = InitiatorChap.of(HOST).withTarget(credential("disks", "another-targets-secret"));
        try (Target target = start(null);
                Initiator initiator = initiator(null)) {
            LoginException refused =
                    refused(() -> initiator.login(locked(target).withChap(other)));
            assertEquals(0, refused.status());
            assertFalse(refused.isTransient());
            // it is the initiator who hangs up, before full feature phase
            assertEquals(0, target.counters().logins());
        }
    }

    @Test
    void shouldRefuseTheTarget_whenItNeedNotAuthenticateAnybody() {
        try (Target target = start(null);
                Initiator initiator = initiator(InitiatorChap.of(HOST).withTarget(DISKS))) {
            refused(() -> initiator.login(SessionOptions.of(target.portals().getFirst(), OPEN)));
            assertEquals(0, target.counters().logins());
        }
    }

    private static List<String> discovered(Target target, @Nullable InitiatorChap chap) {
        try (Initiator initiator = initiator(chap)) {
            return initiator.discover(target.portals().getFirst()).stream()
                    .map(DiscoveredTarget::name)
                    .toList();
        }
    }

    @Test
    void shouldNotTellAStranger_whenANodeWantsASecret() {
        for (TargetChap discovery : new @Nullable TargetChap[] {null, CHAP}) {
            try (Target target = start(discovery)) {
                assertEquals(0x0201, refused(() -> discovered(target, null)).status());
                InitiatorChap wrong = InitiatorChap.of(credential("host", "some-other-secret"));
                assertEquals(0x0201, refused(() -> discovered(target, wrong)).status());
            }
        }
    }

    @Test
    void shouldTellWhatTheSecretIsFor_whenNodesHaveDifferentOnes() {
        ChapCredential second = credential("second", "another-hosts-secret");
        ChapCredential own = credential("other", "another-targets-secret");
        String other = LOCKED + "-2";
        TargetOptions.Builder options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(OPEN).build())
                .node(TargetNode.named(LOCKED).chap(CHAP).build())
                .node(TargetNode.named(other)
                        .chap(TargetChap.of(second).withOwn(own))
                        .build())
                .node(TargetNode.named(LOCKED + "-3")
                        .chap(TargetChap.of(Map.of(NAME + "-3", HOST)))
                        .build());
        try (Target target = options.start("iwarp")) {
            assertEquals(
                    List.of(OPEN, LOCKED),
                    discovered(target, InitiatorChap.of(HOST).withTarget(DISKS)));
            assertEquals(
                    List.of(OPEN, other),
                    discovered(target, InitiatorChap.of(second).withTarget(own)));
            refused(() -> discovered(target, InitiatorChap.of(second).withTarget(DISKS)));
        }
        try (Target target = options.openDiscovery().start("iwarp")) {
            assertEquals(4, discovered(target, null).size());
        }
        assertThrows(IllegalArgumentException.class, options.discoveryChap(CHAP)::build, "open, or not");
    }
}
