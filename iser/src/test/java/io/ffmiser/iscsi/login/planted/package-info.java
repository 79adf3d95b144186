/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iscsi.login.planted;

import org.jspecify.annotations.NullMarked;
