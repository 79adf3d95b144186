/** The arrows between packages, as rules that a module's tests check and see fail on a planted violation. */
@NullMarked
package io.ffmiser.testkit.arrows;

import org.jspecify.annotations.NullMarked;
