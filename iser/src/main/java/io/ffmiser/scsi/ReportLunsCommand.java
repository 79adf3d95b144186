package io.ffmiser.scsi;

/** REPORT LUNS, SPC-4 section 6.33: the same answer from every LUN, of a disk or not. */
final class ReportLunsCommand implements CommandHandler {
    private static final int WELL_KNOWN_ONLY = 1;
    private static final int ALL = 2;

    private final LunInventory inventory;

    ReportLunsCommand(LunInventory inventory) {
        this.inventory = inventory;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        int select = Cdb.octet(cdb, 2);
        long allocationLength = Cdb.get32(cdb, 6);
        if (select > ALL) {
            task.invalidField(2);
            return;
        }
        if (allocationLength < 16) {
            task.invalidField(6);
            return;
        }
        // There are no well-known logical units.
        int count = select == WELL_KNOWN_ONLY ? 0 : inventory.count(task.nexus());
        byte[] data = new byte[8 + 8 * count];
        Cdb.put32(data, 0, 8L * count);
        for (int i = 0; i < count; i++) {
            Cdb.put64(data, 8 + 8 * i, inventory.lun(task.nexus(), i));
        }
        task.nexus().clearUnitAttention(UnitAttention.REPORTED_LUNS_DATA_HAS_CHANGED);
        task.reply(data, data.length, allocationLength);
    }
}
