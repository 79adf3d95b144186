package io.ffmiser.scsi;

/**
 * START STOP UNIT, SBC-4 section 5.30. A stop flushes first, unless NO_FLUSH asks for none, and with IMMED status comes no earlier; if
 * the flush fails the unit stays started. The unit is stopped for every nexus, until any of them starts it, or a reset does. Of the power
 * conditions there is none but those two, and nothing can be ejected.
 */
final class StartStopUnitCommand implements CommandHandler {
    private static final int NO_FLUSH = 0x04;
    private static final int LOAD_EJECT = 0x02;
    private static final int START = 0x01;

    private final Disk disk;

    StartStopUnitCommand(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (Cdb.octet(cdb, 4) >> 4 != 0) {
            // POWER CONDITION other than START_VALID.
            task.invalidField(4, 7);
        } else if (Cdb.bit(cdb, 4, LOAD_EJECT)) {
            // The medium is not removable.
            task.invalidField(4, 1);
        } else if (Cdb.bit(cdb, 4, START)) {
            disk.stopped = false;
            task.good();
        } else if (Cdb.bit(cdb, 4, NO_FLUSH)) {
            disk.stopped = true;
            task.good();
        } else {
            task.first.flush(disk.store);
        }
    }

    @Override
    public void advance(Task task) {
        if (task.hasFlushed()) {
            disk.stopped = true;
            task.good();
        }
    }
}
