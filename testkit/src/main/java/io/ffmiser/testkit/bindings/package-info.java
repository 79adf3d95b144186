/** Checks of generated bindings that every module with a {@code gen} package makes: layouts against a C compiler, files against checksums. */
@NullMarked
package io.ffmiser.testkit.bindings;

import org.jspecify.annotations.NullMarked;
