/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iscsi.session.planted;

import org.jspecify.annotations.NullMarked;
