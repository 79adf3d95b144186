/**
 * MPA, the framing of iWARP on TCP (RFC 5044, and RFC 6581 for the enhanced set-up), sans-IO: the start-up frames and their two
 * state machines, FPDU arithmetic, and the sending and receiving ends of the FPDU stream with CRC32c and markers.
 */
@NullMarked
package io.ffmiser.iwarp.mpa;

import org.jspecify.annotations.NullMarked;
