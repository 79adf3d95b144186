package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Unit attention conditions: what is told to whom, with which code (SAM-5 section 5.14, SPC-4 annex D.2). */
class UnitAttentionTest {
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

    private final TestTransport transport = new TestTransport(2);
    private final DiskLogicalUnit disk = new DiskLogicalUnit(new RecordingStore(), DiskSettings.of("iqn.t/0"), NONE);
    private final Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);
    private final Nexus other = new Nexus("iqn.o,i,0x1", "iqn.t,t,0x0001", 1, null);

    UnitAttentionTest() {
        transport.serve(disk);
        disk.nexusEstablished(nexus);
        disk.nexusEstablished(other);
        assertEquals(0x062900, testUnitReady(nexus), "power on");
        assertEquals(0x062900, testUnitReady(other), "power on");
    }

    /** The condition that is told, or 0. */
    private int testUnitReady(Nexus from) {
        TestTransport.Io io = transport.run(from, "00 00 00 00 00 00", 0);
        return io.command.status() == ScsiCommand.GOOD ? 0 : io.condition();
    }

    @Test
    void shouldTellEveryNexus_whenTheUnitIsReset() {
        disk.reset();
        assertEquals(0x062903, testUnitReady(nexus), "BUS DEVICE RESET FUNCTION OCCURRED");
        assertEquals(0x062903, testUnitReady(other));
        assertEquals(0, testUnitReady(nexus), "once");
    }

    @Test
    void shouldTellTheOthers_whenAModePageIsChanged() {
        byte[] cacheOff = TestTransport.hex("00000000" + "0812" + "00".repeat(18));
        transport.run(nexus, "15 10 00 00 18 00", 0, cacheOff).good();
        assertEquals(0x062A01, testUnitReady(other), "MODE PARAMETERS CHANGED");
        assertEquals(0, testUnitReady(nexus), "it knows");
        transport.run(nexus, "15 10 00 00 18 00", 0, cacheOff).good();
        assertEquals(0, testUnitReady(other), "nothing has changed");
    }

    @Test
    void shouldTellTheOldestFirst_whenSeveralArePending() {
        for (int i = 0; i < 8; i++) {
            nexus.addUnitAttention(0x3F00 + i);
            nexus.addUnitAttention(0x3F00 + i);
        }
        for (int i = 0; i < 8; i++) {
            assertEquals(0x063F00 + i, testUnitReady(nexus));
        }
        assertEquals(0, testUnitReady(nexus));
    }

    @Test
    void shouldDropTheOldest_whenTooManyArePending() {
        for (int i = 0; i < 9; i++) {
            nexus.addUnitAttention(0x3F00 + i);
        }
        assertEquals(0x063F01, testUnitReady(nexus));
        nexus.addUnitAttention(UnitAttention.BUS_DEVICE_RESET_FUNCTION_OCCURRED);
        assertEquals(0x062903, testUnitReady(nexus), "a reset takes the place of all others");
        assertEquals(0, testUnitReady(nexus));
    }
}
