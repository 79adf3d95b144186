package io.ffmiser.scsi;

/**
 * GET LBA STATUS, SBC-3 section 5.3: which blocks have space. A {@link io.ffmiser.store.BlockStore} does not tell, so that all that follow
 * the given one are "mapped or unknown" (provisioning status 0h), which lets nobody skip data.
 */
final class GetLbaStatusCommand implements CommandHandler {
    private static final int HEADER = 8;
    private static final int DESCRIPTOR = 16;

    private final Disk disk;

    GetLbaStatusCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        long lba = Cdb.get64(task.cdb(), 2);
        if (!disk.admitRange(task, lba, 1)) {
            return;
        }
        byte[] data = new byte[HEADER + DESCRIPTOR];
        // PARAMETER DATA LENGTH counts what follows it.
        Cdb.put32(data, 0, data.length - Integer.BYTES);
        Cdb.put64(data, HEADER, lba);
        Cdb.put32(data, HEADER + 8, Math.min(disk.blocks - lba, 0xFFFF_FFFFL));
        task.reply(data, data.length, Cdb.get32(task.cdb(), 10));
    }
}
