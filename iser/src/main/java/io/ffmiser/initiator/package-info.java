/**
 * The iSER initiator: {@link io.ffmiser.initiator.Initiator} discovers targets and logs in, {@link io.ffmiser.initiator.Session}
 * reads, writes and runs any other SCSI command, {@link io.ffmiser.initiator.ScsiRequest} is the reusable command of the hot path.
 *
 * <p>This package is the initiator's composition root: here, and nowhere else, the datamover is chosen.
 */
@NullMarked
package io.ffmiser.initiator;

import org.jspecify.annotations.NullMarked;
