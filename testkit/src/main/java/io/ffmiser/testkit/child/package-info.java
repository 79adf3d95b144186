/** Programs in a JVM of their own, for what must not end the JVM and might. */
@NullMarked
package io.ffmiser.testkit.child;

import org.jspecify.annotations.NullMarked;
