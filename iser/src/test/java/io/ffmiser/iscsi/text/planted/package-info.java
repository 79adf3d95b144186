/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iscsi.text.planted;

import org.jspecify.annotations.NullMarked;
