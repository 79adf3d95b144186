/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.store.planted;

import org.jspecify.annotations.NullMarked;
