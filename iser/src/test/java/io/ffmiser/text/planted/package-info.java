/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.text.planted;

import org.jspecify.annotations.NullMarked;
