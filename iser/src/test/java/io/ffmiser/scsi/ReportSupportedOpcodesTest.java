package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.store.MemoryStore;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REPORT SUPPORTED OPERATION CODES (SPC-4 section 6.35): what the list of all says is what the question for one says. */
class ReportSupportedOpcodesTest {
    private static final LunInventory NONE = new LunInventory() {
        @Override
        public int count(Nexus nexus) {
            return 0;
        }

        @Override
        public long lun(Nexus nexus, int index) {
            throw new AssertionError();
        }
    };

    private final MemoryStore store = new MemoryStore(2048 * 512, 512);
    private final TestTransport transport =
            new TestTransport(2).serve(new DiskLogicalUnit(store, DiskSettings.of("iqn.t/0"), NONE));
    private final Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);

    @AfterEach
    void close() {
        transport.checkQuiet();
        store.close();
    }

    private byte[] ask(int option, int opcode, int serviceAction) {
        byte[] cdb = TestTransport.hex("a3 0c 00 00 00 00 00 00 10 00 00 00");
        cdb[2] = (byte) option;
        cdb[3] = (byte) opcode;
        Cdb.put16(cdb, 4, serviceAction);
        return transport.run(nexus, cdb, 4096).good().received();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAgree_whenAllAreListedAndEachIsAsked(boolean timeouts) {
        int returnTimeouts = timeouts ? 0x80 : 0;
        int each = timeouts ? 20 : 8;
        byte[] all = ask(returnTimeouts, 0, 0);
        Set<Integer> seen = new HashSet<>();
        for (int at = 4; at < all.length; at += each) {
            int opcode = all[at] & 0xFF;
            int serviceAction = Cdb.get16(all, at + 2);
            boolean hasServiceAction = (all[at + 5] & 0x01) != 0;
            assertEquals(timeouts, (all[at + 5] & 0x02) != 0, "CTDP");
            assertTrue(hasServiceAction || serviceAction == 0);
            assertTrue(seen.add(opcode << 16 | serviceAction), "twice");
            if (timeouts) {
                assertEquals(10, Cdb.get16(all, at + 8), "timeouts descriptor");
            }
            byte[] one = ask((hasServiceAction ? 2 : 1) | returnTimeouts, opcode, serviceAction);
            assertEquals(3 | returnTimeouts, one[1] & 0xFF, "supported as the standard has it");
            assertEquals(Cdb.get16(one, 2), Cdb.get16(all, at + 6), "CDB length");
            assertEquals(opcode, one[4] & 0xFF);
        }
        assertTrue(seen.contains(0x9E << 16 | 0x10), "READ CAPACITY (16)");
        assertTrue(seen.contains(0x28 << 16), "READ (10)");
    }

    /** A service action has five bits. */
    @Test
    void shouldNotSupport_whenTheServiceActionIsNoneThatACdbCanHold() {
        assertEquals(3, ask(3, 0x9E, 0x10)[1]);
        assertEquals(1, ask(3, 0x9E, 0x30)[1]);
        assertEquals(1, ask(3, 0x9E, 0x20)[1]);
    }
}
