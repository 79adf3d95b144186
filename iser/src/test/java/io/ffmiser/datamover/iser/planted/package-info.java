/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.datamover.iser.planted;

import org.jspecify.annotations.NullMarked;
