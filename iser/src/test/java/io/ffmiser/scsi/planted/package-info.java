/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.scsi.planted;

import org.jspecify.annotations.NullMarked;
