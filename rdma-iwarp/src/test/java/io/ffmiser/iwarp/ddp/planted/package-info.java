/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iwarp.ddp.planted;

import org.jspecify.annotations.NullMarked;
