/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.datamover.tcp.planted;

import org.jspecify.annotations.NullMarked;
