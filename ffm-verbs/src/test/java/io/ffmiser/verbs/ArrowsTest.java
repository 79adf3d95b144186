package io.ffmiser.verbs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.ffmiser.testkit.arrows.Arrows;
import io.ffmiser.verbs.planted.StrangerKnowsGen;
import io.ffmiser.verbs.planted.VerbsKnowOthers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows of this module: each rule holds, and finds the violation planted for it. */
class ArrowsTest {
    private static final String GEN = "io.ffmiser.verbs.gen";
    private static final ArchRule GEN_STAYS_HERE = noClasses()
            .that()
            .resideOutsideOfPackages("io.ffmiser.verbs", "io.ffmiser.verbs.internal", GEN)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(GEN);
    private static final ArchRule VERBS_STAND_ALONE = Arrows.mayUse("verbs", List.of());

    private final JavaClasses main = Arrows.main();

    @Test
    void shouldFollowTheArrows_whenPackagesUseEachOther() {
        GEN_STAYS_HERE.allowEmptyShould(true).check(main);
        VERBS_STAND_ALONE.check(main);
        assertTrue(Arrows.count(main, "verbs.gen") > 100, "the generated classes are not looked at");
        assertTrue(Arrows.count(main, "verbs.internal") > 3, "the native boundary is not looked at");
    }

    @Test
    void shouldFindThePlantedViolation_whenAStrangerUsesTheBindings() {
        assertTrue(GEN_STAYS_HERE.evaluate(Arrows.only(StrangerKnowsGen.class)).hasViolation());
        assertTrue(
                VERBS_STAND_ALONE.evaluate(Arrows.only(VerbsKnowOthers.class)).hasViolation());
    }
}
