/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.target.planted;

import org.jspecify.annotations.NullMarked;
