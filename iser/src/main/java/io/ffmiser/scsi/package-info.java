/**
 * A SCSI device server for a disk (SPC-4, SBC-3): {@link io.ffmiser.scsi.LogicalUnit} executes commands that a transport brings, and
 * moves their data through the transport protocol services of SAM-5 section 5.4.3, {@link io.ffmiser.scsi.TransportServices}.
 */
@NullMarked
package io.ffmiser.scsi;

import org.jspecify.annotations.NullMarked;
