package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.chap.ChapCredential;
import io.ffmiser.chap.TargetChap;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.TargetOptions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** CHAP between open-iscsi and our target (RFC 7143 section 12.1.3). */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Tag("long")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(KernelLog.class)
class LinuxAuthenticationTest {
    private static final String LINUX_SECRET = "linux-has-this-one";
    private static final String OUR_SECRET = "and-ours-is-another";

    private OpenIscsi linux;
    private OurTarget target;

    @BeforeEach
    void start() throws Exception {
        TargetChap chap = TargetChap.of(ChapCredential.of("linux", LINUX_SECRET.toCharArray()))
                .withOwn(ChapCredential.of("target", OUR_SECRET.toCharArray()));
        TargetOptions.Builder options = TargetOptions.builder()
                .node(OurTarget.node()
                        .logicalUnit(0, owner -> new MemoryStore(16 << 20, 512))
                        .chap(chap)
                        .build())
                // Linux has a secret for the node only
                .openDiscovery();
        target = OurTarget.start(options, Lab.TARGET_ADDRESS);
        linux = OpenIscsi.start();
        linux.discover(OurTarget.PORTAL);
    }

    @AfterEach
    void stop() throws Exception {
        if (linux != null) {
            linux.close();
        }
        if (target != null) {
            target.close();
        }
    }

    private void authenticate(String secret) throws Exception {
        linux.set(OurTarget.PORTAL, "node.session.auth.authmethod", "CHAP");
        linux.set(OurTarget.PORTAL, "node.session.auth.username", "linux");
        linux.set(OurTarget.PORTAL, "node.session.auth.password", secret);
    }

    private void demandOf(String secret) throws Exception {
        linux.set(OurTarget.PORTAL, "node.session.auth.username_in", "target");
        linux.set(OurTarget.PORTAL, "node.session.auth.password_in", secret);
    }

    @Test
    void shouldServe_whenLinuxProvesItsSecret(@TempDir Path work) throws Exception {
        authenticate(LINUX_SECRET);
        linux.login(OurTarget.PORTAL);
        LinuxInitiatorTest.roundTrip(linux.awaitDisk(), work);
        assertEquals(OpenIscsi.TRANSPORT, linux.transport());
        linux.logout(OurTarget.PORTAL);
        assertEquals(0, target.counters().failedLogins());
    }

    @Test
    void shouldProveItself_whenLinuxAsksForMutualChap(@TempDir Path work) throws Exception {
        authenticate(LINUX_SECRET);
        demandOf(OUR_SECRET);
        linux.login(OurTarget.PORTAL);
        LinuxInitiatorTest.roundTrip(linux.awaitDisk(), work);
        linux.logout(OurTarget.PORTAL);
    }

    @Test
    void shouldRefuse_whenLinuxHasTheWrongSecret() throws Exception {
        authenticate("linux-has-another");
        refused("authorization failure"); // 0x0201: what iscsiadm makes of it
        assertTrue(target.counters().failedLogins() > 0);
    }

    @Test
    void shouldRefuse_whenLinuxDoesNotAuthenticate() throws Exception {
        refused("authorization failure");
        assertTrue(target.counters().failedLogins() > 0);
    }

    @Test
    void shouldBeRefused_whenLinuxExpectsAnotherSecretOfUs() throws Exception {
        authenticate(LINUX_SECRET);
        demandOf("not-the-one-we-have");
        refused("encountered non-retryable iSCSI login failure"); // it ends the login itself
    }

    private void refused(String reason) throws Exception {
        Program.Outcome login = linux.tryLogin(OurTarget.PORTAL);
        assertNotEquals(0, login.status(), login::output);
        assertTrue(login.output().contains(reason), login::output);
        target.awaitIdle();
        assertEquals(0, linux.sessionCount());
    }
}
