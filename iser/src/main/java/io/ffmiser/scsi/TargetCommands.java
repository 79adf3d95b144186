package io.ffmiser.scsi;

import io.ffmiser.rdma.MemoryRegion;

/** Skeleton. */
public final class TargetCommands implements LogicalUnit {
    /** Makes it. */
    public TargetCommands(LunInventory inventory) {}

    @Override
    public void execute(ScsiCommand command) {}

    @Override
    public void bufferGranted(ScsiCommand command, MemoryRegion region, long offset, int length) {}

    @Override
    public void dataInDelivered(ScsiCommand command) {}

    @Override
    public void dataOutReceived(ScsiCommand command) {}

    @Override
    public void abort(ScsiCommand command, AbortListener listener) {}

    @Override
    public void nexusEstablished(Nexus nexus) {}

    @Override
    public void nexusLost(Nexus nexus) {}

    @Override
    public void reset() {}
}
