package io.ffmiser.scsi;

/** READ CAPACITY (10) and (16), SBC-3 sections 5.13 and 5.14. */
final class ReadCapacityCommand implements CommandHandler {
    private static final int READ_CAPACITY_10 = 0x25;

    private final Disk disk;

    ReadCapacityCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        long last = disk.blocks - 1;
        if (Cdb.octet(task.cdb(), 0) == READ_CAPACITY_10) {
            byte[] data = new byte[8];
            Cdb.put32(data, 0, Math.min(last, 0xFFFF_FFFFL));
            Cdb.put32(data, 4, disk.blockSize);
            task.reply(data, data.length, data.length);
            return;
        }
        byte[] data = new byte[32];
        Cdb.put64(data, 0, last);
        Cdb.put32(data, 8, disk.blockSize);
        // Physical blocks of 4096 octets, a page.
        data[13] = (byte) Integer.numberOfTrailingZeros(4096 / disk.blockSize);
        if (disk.thin) {
            // LBPME and LBPRZ.
            data[14] = (byte) 0xC0;
        }
        task.reply(data, data.length, Cdb.get32(task.cdb(), 10));
    }
}
