/** The initiator: discover, log in, and do I/O from the caller's own memory. */
@NullMarked
package io.ffmiser.initiator;

import org.jspecify.annotations.NullMarked;
