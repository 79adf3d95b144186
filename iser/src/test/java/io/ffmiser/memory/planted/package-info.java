/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.memory.planted;

import org.jspecify.annotations.NullMarked;
