/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.rdmacm.planted;

import org.jspecify.annotations.NullMarked;
