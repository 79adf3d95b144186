/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.datamover.planted;

import org.jspecify.annotations.NullMarked;
