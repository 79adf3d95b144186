/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iwarp.rdmap.planted;

import org.jspecify.annotations.NullMarked;
