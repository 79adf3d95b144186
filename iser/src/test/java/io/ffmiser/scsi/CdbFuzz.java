package io.ffmiser.scsi;

import io.ffmiser.store.MemoryStore;
import java.util.Arrays;

/** Any CDB and any parameter list end with one status, throw nothing and leave the pool whole. */
public final class CdbFuzz {
    private static final LunInventory INVENTORY = new LunInventory() {
        @Override
        public int count(Nexus nexus) {
            return 3;
        }

        @Override
        public long lun(Nexus nexus, int index) {
            return LunInventory.encode(index);
        }
    };
    private static final MemoryStore STORE = new MemoryStore(2048 * 512, 512);
    private static final DiskSettings SETTINGS =
            DiskSettings.of("iqn.fuzz/0").withMaxTransferBytes(64 << 10).withMaxTasks(8);

    private CdbFuzz() {}

    /** The first octet chooses buffers and attribute, 16 are the CDB, the rest is what the client sends. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 17) {
            return;
        }
        int choice = input[0];
        TestTransport transport = new TestTransport(2);
        LogicalUnit unit =
                (choice & 1) == 0 ? new DiskLogicalUnit(STORE, SETTINGS, INVENTORY) : new TargetCommands(INVENTORY);
        transport.serve(unit);
        transport.holding = (choice & 2) != 0;
        Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);
        byte[] cdb = Arrays.copyOfRange(input, 1, 17);
        int inLength = (choice & 4) != 0 ? 0 : (choice & 8) != 0 ? 100 : 70_000;
        byte[] out = Arrays.copyOfRange(input, 17, input.length);
        if ((choice & 16) != 0) {
            out = Arrays.copyOf(out, 70_000);
        }
        ScsiCommand.TaskAttribute[] attributes = ScsiCommand.TaskAttribute.values();
        TestTransport.Io io = transport.begin(nexus, attributes[choice >> 5 & 3], cdb, inLength, out);
        if ((choice & 0x80) != 0 && io.completions == 0) {
            transport.abort(io);
            while (transport.answerOne()) {
                // Until the abort is told.
            }
        } else {
            transport.await(io);
        }
        transport.checkQuiet();
        if (io.completions == 1 && io.status() == ScsiCommand.CHECK_CONDITION && io.command.senseLength() < 8) {
            throw new AssertionError("CHECK CONDITION without sense");
        }
    }
}
