/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iwarp.mpa.planted;

import org.jspecify.annotations.NullMarked;
