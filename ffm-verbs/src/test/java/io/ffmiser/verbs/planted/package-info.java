/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.verbs.planted;

import org.jspecify.annotations.NullMarked;
