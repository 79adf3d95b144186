package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapAlgorithm;
import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.LoginException;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * CHAP in both directions with the Linux kernel's target (RFC 7143 section 12.1.3). Last of all, as it leaves a portal behind
 * ({@link LioTarget#abandon}), beside which tgtd cannot have the port.
 */
@Order(Integer.MAX_VALUE)
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Tag("long")
@ExtendWith(KernelLog.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LioAuthenticationTest {
    private static final String TARGET = "iqn.2026-11.io.ffmiser.test:lio-chap";
    private static final String NAME = "initiator";
    private static final String SECRET = "secret-of-the-initiator";
    private static final String TARGET_NAME = "target";
    private static final String TARGET_SECRET = "secret-of-the-target";
    private static final int AUTHENTICATION_FAILURE = 0x0201;

    private LioTarget peer;

    @BeforeAll
    void start() throws Exception {
        peer = LioTarget.start(TARGET, Lab.TARGET_ADDRESS_IPV6, 1 << 20);
        peer.requireChap(NAME, SECRET, TARGET_NAME, TARGET_SECRET);
    }

    @AfterAll
    void end() throws Exception {
        if (peer != null) {
            peer.abandon();
        }
    }

    @Test
    void shouldLogIn_whenInitiatorProvesItself() {
        for (ChapAlgorithm algorithm : ChapAlgorithm.values()) {
            logIn(InitiatorChap.of(credential(NAME, SECRET)).withAlgorithms(List.of(algorithm)));
        }
    }

    @Test
    void shouldLogIn_whenBothProveThemselves() {
        logIn(InitiatorChap.of(credential(NAME, SECRET)).withTarget(credential(TARGET_NAME, TARGET_SECRET)));
    }

    @Test
    void shouldBeRefused_whenSecretIsWrong() {
        assertRefusedByLio(InitiatorChap.of(credential(NAME, "not-the-right-secret")));
    }

    @Test
    void shouldBeRefused_whenInitiatorOffersNoAuthentication() {
        assertRefusedByLio(null);
    }

    /** LIO hands 0x0201 to its device and disconnects at once, which over soft RoCE may overtake it: then it is not on the wire. */
    private void assertRefusedByLio(@Nullable InitiatorChap chap) {
        LoginException refused = refused(chap);
        if (refused.status() == AUTHENTICATION_FAILURE) {
            assertTrue(refused.isAuthenticationFailure(), refused::toString);
        } else {
            assertTrue(("" + refused.getMessage()).contains("disconnected by the peer"), refused::toString);
        }
        // It is not that LIO lets nobody in.
        logIn(InitiatorChap.of(credential(NAME, SECRET)));
    }

    @Test
    void shouldRefuse_whenTargetHasAnotherSecretThanExpected() {
        LoginException refused = refused(InitiatorChap.of(credential(NAME, SECRET))
                .withTarget(credential(TARGET_NAME, "another-secret-than-this")));
        assertEquals(0, refused.status(), refused::getMessage);
        assertTrue(refused.isAuthenticationFailure(), refused::getMessage);
    }

    private LoginException refused(@Nullable InitiatorChap chap) {
        return assertThrows(LoginException.class, () -> logIn(chap));
    }

    /** Logs in, sees the disk, and logs out. */
    private void logIn(@Nullable InitiatorChap chap) {
        SessionOptions options = SessionOptions.of(peer.portal(), peer.targetName());
        try (Initiator initiator = TargetSuite.initiator(RdmaProvider.named(Lab.provider()));
                Session session = initiator.login(chap == null ? options : options.withChap(chap))) {
            assertEquals(2048, session.capacity(0).blocks());
        }
    }

    private static ChapCredential credential(String name, String secret) {
        return ChapCredential.of(name, secret.toCharArray());
    }
}
