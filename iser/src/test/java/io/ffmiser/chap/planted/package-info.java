/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.chap.planted;

import org.jspecify.annotations.NullMarked;
