/**
 * RDMAP (RFC 5040), sans-IO: opcodes and what they may travel in, Read Requests, Terminate, and the receiver of segments that a
 * device drives ({@link io.ffmiser.iwarp.rdmap.SegmentReceiver}).
 */
@NullMarked
package io.ffmiser.iwarp.rdmap;

import org.jspecify.annotations.NullMarked;
