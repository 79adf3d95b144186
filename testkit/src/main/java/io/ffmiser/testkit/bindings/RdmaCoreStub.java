package io.ffmiser.testkit.bindings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test runs in a JVM of its own, in which libibverbs and librdmacm are stubs that gcc builds: they export what those of the named release
 * export, and each function fails with ENOSYS and 0, but for those that the C sources define. A method's annotation goes before its class's.
 *
 * <p>The test class has a constructor without parameters and the method none; what runs before and after each method does not run there.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(StubbedJvm.class)
public @interface RdmaCoreStub {
    /** Which rdma-core; 0 for files that are no libraries. */
    int release();

    /** C files of the module that define some of the functions. */
    String[] sources() default {};
}
