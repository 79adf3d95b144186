/** DDP (RFC 5041), sans-IO: the two segment headers, and the state of one untagged queue in each direction. */
@NullMarked
package io.ffmiser.iwarp.ddp;

import org.jspecify.annotations.NullMarked;
