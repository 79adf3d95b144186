package io.ffmiser;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

class ArrowsTest {
    @Test
    void shouldFindClasses_whenImported() {
        JavaClasses classes = new ClassFileImporter().importPackages("io.ffmiser");
        assertTrue(classes.size() > 0);
    }
}
