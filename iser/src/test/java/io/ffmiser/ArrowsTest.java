package io.ffmiser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.ffmiser.chap.planted.ChapKnowsAuth;
import io.ffmiser.datamover.iser.planted.IserKnowsSession;
import io.ffmiser.datamover.iser.planted.IserKnowsTcp;
import io.ffmiser.datamover.planted.DatamoverKnowsRdma;
import io.ffmiser.datamover.planted.DatamoverKnowsScsi;
import io.ffmiser.datamover.tcp.planted.TcpKnowsIser;
import io.ffmiser.initiator.planted.InitiatorKnowsTarget;
import io.ffmiser.iscsi.auth.planted.AuthKnowsLogin;
import io.ffmiser.iscsi.login.planted.LoginKnowsSession;
import io.ffmiser.iscsi.pdu.planted.PduKnowsText;
import io.ffmiser.iscsi.session.planted.SessionKnowsIser;
import io.ffmiser.iscsi.session.planted.SessionKnowsRdma;
import io.ffmiser.iscsi.session.planted.SessionReadsClock;
import io.ffmiser.iscsi.text.planted.TextKnowsLogin;
import io.ffmiser.memory.planted.MemoryKnowsRdma;
import io.ffmiser.scsi.planted.ScsiKnowsRdma;
import io.ffmiser.scsi.planted.ScsiKnowsSession;
import io.ffmiser.store.planted.StoreKnowsRdma;
import io.ffmiser.store.planted.StoreKnowsScsi;
import io.ffmiser.target.Target;
import io.ffmiser.target.planted.TargetKnowsInitiator;
import io.ffmiser.testkit.arrows.Arrows;
import io.ffmiser.text.planted.TextKnowsPdu;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The arrows of docs/architecture.md inside this module: each rule holds, and finds the violation planted for it. */
class ArrowsTest {
    /** Which of our packages a package may use, itself aside. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("chap", List.of("iscsi.text")),
            Map.entry("text", List.of()),
            Map.entry("iscsi.pdu", List.of("text")),
            Map.entry("iscsi.text", List.of("iscsi.pdu", "text")),
            Map.entry("iscsi.auth", List.of("chap", "iscsi.text", "iscsi.pdu")),
            Map.entry("iscsi.login", List.of("iscsi.text", "iscsi.auth", "iscsi.pdu", "datamover.", "text")),
            Map.entry(
                    "iscsi.session",
                    List.of("iscsi.login", "iscsi.text", "iscsi.auth", "iscsi.pdu", "datamover.", "memory", "quota")),
            Map.entry("datamover.iser", List.of("datamover.", "iscsi.pdu", "memory", "quota", "rdma")),
            Map.entry("datamover.tcp", List.of("datamover.", "iscsi.pdu", "memory", "quota")),
            Map.entry("datamover.", List.of("memory")),
            Map.entry("memory", List.of()),
            Map.entry("store", List.of()),
            Map.entry("scsi", List.of("store", "memory", "quota")),
            Map.entry(
                    "target",
                    List.of(
                            "iscsi.session",
                            "iscsi.login",
                            "iscsi.text",
                            "iscsi.auth",
                            "iscsi.pdu",
                            "datamover",
                            "scsi",
                            "store",
                            "chap",
                            "memory",
                            "text",
                            "quota",
                            "rdma")),
            Map.entry(
                    "initiator",
                    List.of(
                            "iscsi.session",
                            "iscsi.login",
                            "iscsi.text",
                            "iscsi.auth",
                            "iscsi.pdu",
                            "datamover",
                            "chap",
                            "memory",
                            "text",
                            "rdma")));

    private static final Map<String, List<Class<?>>> PLANTED = Map.ofEntries(
            Map.entry("chap", List.of(ChapKnowsAuth.class)),
            Map.entry("text", List.of(TextKnowsPdu.class)),
            Map.entry("iscsi.pdu", List.of(PduKnowsText.class)),
            Map.entry("iscsi.text", List.of(TextKnowsLogin.class)),
            Map.entry("iscsi.auth", List.of(AuthKnowsLogin.class)),
            Map.entry("iscsi.login", List.of(LoginKnowsSession.class)),
            Map.entry("iscsi.session", List.of(SessionKnowsIser.class, SessionKnowsRdma.class)),
            Map.entry("datamover.iser", List.of(IserKnowsSession.class, IserKnowsTcp.class)),
            Map.entry("datamover.tcp", List.of(TcpKnowsIser.class)),
            Map.entry("datamover.", List.of(DatamoverKnowsScsi.class, DatamoverKnowsRdma.class)),
            Map.entry("memory", List.of(MemoryKnowsRdma.class)),
            Map.entry("store", List.of(StoreKnowsScsi.class, StoreKnowsRdma.class)),
            Map.entry("scsi", List.of(ScsiKnowsSession.class, ScsiKnowsRdma.class)),
            Map.entry("target", List.of(TargetKnowsInitiator.class)),
            Map.entry("initiator", List.of(InitiatorKnowsTarget.class)));

    private static final List<String> SANS_IO =
            List.of("iscsi.pdu", "iscsi.text", "iscsi.auth", "iscsi.login", "iscsi.session", "datamover.tcp");

    private final JavaClasses main = Arrows.main();

    @Test
    void shouldFollowTheArrows_whenPackagesUseEachOther() {
        List<Executable> checks = new ArrayList<>();
        MAY_USE.forEach(
                (user, used) -> checks.add(() -> Arrows.mayUse(user, used).check(main)));
        MAY_USE.keySet().forEach(user -> checks.add(() -> assertTrue(Arrows.count(main, user) > 0, user)));
        packagesOfThisModule()
                .forEach(name -> checks.add(() -> assertTrue(
                        MAY_USE.containsKey(name) || MAY_USE.containsKey(name + "."), name + " has no rule")));
        assertAll(checks);
    }

    /** Other modules' classes may be in jars, whose URIs have no path. */
    private static boolean isBelow(String folder, URI source) {
        return source.getPath() != null && source.getPath().startsWith(folder);
    }

    private Stream<String> packagesOfThisModule() {
        String here =
                Target.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return main.stream()
                .filter(type -> isBelow(here, type.getSource().orElseThrow().getUri()))
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith("io.ffmiser."))
                .map(name -> name.substring("io.ffmiser.".length()))
                .distinct();
    }

    @Test
    void shouldFindThePlantedViolation_whenAPackageUsesAnother() {
        List<Executable> checks = new ArrayList<>();
        MAY_USE.forEach((user, used) -> Objects.requireNonNull(PLANTED.get(user), user)
                .forEach(planted -> checks.add(() -> assertTrue(
                        Arrows.mayUse(user, used).evaluate(Arrows.only(planted)).hasViolation(),
                        planted.getSimpleName()))));
        assertAll(checks);
    }

    @Test
    void shouldTouchNoSocketThreadClockOrRandomness_whenSansIo() {
        Arrows.sansIo(SANS_IO).check(main);
    }

    @Test
    void shouldFindThePlantedClock_whenSansIo() {
        assertTrue(Arrows.sansIo(SANS_IO)
                .evaluate(Arrows.only(SessionReadsClock.class))
                .hasViolation());
    }
}
