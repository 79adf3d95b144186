/**
 * iSCSI over a byte stream (RFC 7143): the target's datamover that moves data by Data-In, R2T and Data-Out. It is sans-IO: a driver asks
 * {@link io.ffmiser.datamover.tcp.TcpTargetConnection} where the next octets belong and which leave, and reads and writes them in place.
 */
@NullMarked
package io.ffmiser.datamover.tcp;

import org.jspecify.annotations.NullMarked;
