/** The device against a peer that writes every octet itself: the rules of RFC 5044, 5041 and 5040 that show on the wire. */
@NullMarked
package io.ffmiser.iwarp.wire;

import org.jspecify.annotations.NullMarked;
