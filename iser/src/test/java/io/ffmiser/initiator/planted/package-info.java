/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.initiator.planted;

import org.jspecify.annotations.NullMarked;
