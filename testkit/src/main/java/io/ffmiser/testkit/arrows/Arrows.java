package io.ffmiser.testkit.arrows;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes the rules. Packages are named without {@code io.ffmiser.}; a name means the package and those below it, but with a dot at its
 * end only the package itself (and {@code planted} below it, where violations stand that a rule must find).
 */
public final class Arrows {
    private static final String OURS = "io.ffmiser.";

    private Arrows() {}

    /** All classes of the module under test, without its tests. */
    public static JavaClasses main() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.ffmiser");
    }

    /** One class, such as a planted violation. */
    public static JavaClasses only(Class<?> type) {
        return new ClassFileImporter().importClasses(type);
    }

    /** Of our packages, the user depends on itself and these at most. */
    public static ArchRule mayUse(String user, List<String> used) {
        DescribedPredicate<JavaClass> allowed = DescribedPredicate.describe(
                "outside of ours, or in " + user + " or " + used,
                type -> !type.getPackageName().startsWith(OURS)
                        || isIn(type, user)
                        || used.stream().anyMatch(name -> isIn(type, name)));
        return classes().that(in(List.of(user))).should().onlyDependOnClassesThat(allowed);
    }

    /** The packages touch no socket, file, thread, lock, wall clock or unseeded randomness. */
    public static ArchRule sansIo(List<String> packages) {
        return noClasses()
                .that(in(packages))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.channels..", "java.nio.file..", "java.util.concurrent.locks..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Socket.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ThreadLocalRandom.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(SecureRandom.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callConstructor(Random.class);
    }

    /** How many of the classes the name means. */
    public static long count(JavaClasses classes, String name) {
        return classes.stream().filter(type -> isIn(type, name)).count();
    }

    private static DescribedPredicate<JavaClass> in(List<String> names) {
        return DescribedPredicate.describe("in " + names, type -> names.stream().anyMatch(name -> isIn(type, name)));
    }

    private static boolean isIn(JavaClass type, String name) {
        String packageName = type.getPackageName();
        if (name.endsWith(".")) {
            String exactly = OURS + name.substring(0, name.length() - 1);
            return packageName.equals(exactly) || packageName.equals(exactly + ".planted");
        }
        return packageName.equals(OURS + name) || packageName.startsWith(OURS + name + ".");
    }
}
