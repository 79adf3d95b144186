/** What the JVM counts, for tests in modules that do not read {@code java.management}. */
@NullMarked
package io.ffmiser.testkit.measure;

import org.jspecify.annotations.NullMarked;
