package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.ffmiser.rdma.nativeverbs.planted.NativeKnowsBindings;
import io.ffmiser.rdma.nativeverbs.planted.NativeKnowsTestkit;
import io.ffmiser.testkit.arrows.Arrows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows of this module: each rule holds, and finds the violation planted for it. */
class ArrowsTest {
    private static final ArchRule USES_SPI_AND_PUBLIC_VERBS =
            Arrows.mayUse("rdma.nativeverbs", List.of("rdma.", "rdma.provider", "quota", "verbs.", "rdmacm."));

    private static final Pattern DEPENDENCY =
            Pattern.compile("<dependency>\\s*<groupId>io.ffmiser</groupId>\\s*<artifactId>rdma-native</artifactId>");

    private final JavaClasses main = Arrows.main();

    @Test
    void shouldUseTheSpiAndThePublicVerbsAlone_whenItUsesOthers() {
        USES_SPI_AND_PUBLIC_VERBS.check(main);
        assertTrue(Arrows.count(main, "rdma.nativeverbs") > 20, "the provider's classes are not looked at");
    }

    @Test
    void shouldFindThePlantedViolation_whenItUsesWhatItMayNot() {
        assertTrue(USES_SPI_AND_PUBLIC_VERBS
                .evaluate(Arrows.only(NativeKnowsTestkit.class))
                .hasViolation());
        assertTrue(USES_SPI_AND_PUBLIC_VERBS
                .evaluate(Arrows.only(NativeKnowsBindings.class))
                .hasViolation());
    }

    /** Upper layers ask for a provider by name: only programs that bring one along name its module. */
    @Test
    void shouldBeNamedByProgramsAndTestsAlone_whenOtherModulesAreBuilt() throws IOException {
        assertEquals(List.of("examples", "interop"), dependents(Path.of("..")));
    }

    private static List<String> dependents(Path root) throws IOException {
        TreeSet<String> found = new TreeSet<>();
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.toList()) {
                Path pom = module.resolve("pom.xml");
                if (Files.exists(pom)
                        && DEPENDENCY.matcher(Files.readString(pom)).find()) {
                    found.add(module.getFileName().toString());
                }
            }
        }
        return List.copyOf(found);
    }
}
