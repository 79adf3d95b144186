/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.iscsi.pdu.planted;

import org.jspecify.annotations.NullMarked;
