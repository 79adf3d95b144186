package io.ffmiser.scsi;

/**
 * Commands that have nothing to do on this disk: TEST UNIT READY (SPC-4 section 6.47), PREVENT ALLOW MEDIUM REMOVAL (SBC-3 section 5.6;
 * nothing can be removed), and SEND DIAGNOSTIC's default self-test (SPC-4 section 6.42).
 */
final class AcceptCommand implements CommandHandler {
    private static final int SEND_DIAGNOSTIC = 0x1D;

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (Cdb.octet(cdb, 0) == SEND_DIAGNOSTIC) {
            if (Cdb.octet(cdb, 1) >> 5 != 0) {
                // Self-test codes: background and extended ones are not there.
                task.invalidField(1, 7);
                return;
            }
            if (Cdb.get16(cdb, 3) != 0) {
                task.invalidField(3);
                return;
            }
        }
        task.good();
    }
}
