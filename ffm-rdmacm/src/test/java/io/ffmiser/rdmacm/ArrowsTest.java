package io.ffmiser.rdmacm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.ffmiser.rdmacm.planted.RdmacmKnowsOthers;
import io.ffmiser.rdmacm.planted.StrangerKnowsGen;
import io.ffmiser.testkit.arrows.Arrows;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows of this module: each rule holds, and finds the violation planted for it. */
class ArrowsTest {
    private static final String GEN = "io.ffmiser.rdmacm.gen";
    private static final ArchRule GEN_STAYS_HERE = noClasses()
            .that()
            .resideOutsideOfPackages("io.ffmiser.rdmacm", GEN)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(GEN);
    private static final ArchRule USES_THE_VERBS_ALONE = Arrows.mayUse("rdmacm", List.of("verbs.", "verbs.internal"));

    private final JavaClasses main = Arrows.main();

    @Test
    void shouldFollowTheArrows_whenPackagesUseEachOther() {
        GEN_STAYS_HERE.allowEmptyShould(true).check(main);
        USES_THE_VERBS_ALONE.check(main);
        assertTrue(Arrows.count(main, "rdmacm.gen") > 20, "the generated classes are not looked at");
    }

    @Test
    void shouldFindThePlantedViolation_whenAStrangerUsesTheBindings() {
        assertTrue(GEN_STAYS_HERE.evaluate(Arrows.only(StrangerKnowsGen.class)).hasViolation());
        assertTrue(USES_THE_VERBS_ALONE
                .evaluate(Arrows.only(RdmacmKnowsOthers.class))
                .hasViolation());
    }
}
