/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iscsi.auth.planted;

import org.jspecify.annotations.NullMarked;
