/** Violations that ArrowsTest must find. */
@NullMarked
package io.ffmiser.rdma.nativeverbs.planted;

import org.jspecify.annotations.NullMarked;
