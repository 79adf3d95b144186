package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.store.MemoryStore;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a disk does that was stopped, for two initiators. */
class StartStopUnitTest {
    private static final String STOP = "1b 00 00 00 00 00";
    private static final String STOP_WITHOUT_FLUSH = "1b 00 00 00 04 00";
    private static final String START = "1b 00 00 00 01 00";
    private static final String TEST_UNIT_READY = "00 00 00 00 00 00";

    private static final LunInventory LUNS = new LunInventory() {
        @Override
        public int count(Nexus nexus) {
            return 1;
        }

        @Override
        public long lun(Nexus nexus, int index) {
            return LunInventory.encode(index);
        }
    };

    private final MemoryStore store = new MemoryStore(2048 * 512, 512);
    private final Nexus nexus = new Nexus("iqn.2026-11.t:i,i,0x400000000001", "iqn.2026-11.t:t,t,0x0001", 1, null);
    private final Nexus other = new Nexus("iqn.2026-11.t:j,i,0x400000000002", "iqn.2026-11.t:t,t,0x0001", 1, null);
    private final DiskLogicalUnit disk = new DiskLogicalUnit(store, DiskSettings.of("iqn.2026-11.t:t/0"), LUNS);
    private final TestTransport transport = new TestTransport(4).serve(disk);

    @BeforeEach
    void establish() {
        for (Nexus each : new Nexus[] {nexus, other}) {
            disk.nexusEstablished(each);
            each.takeUnitAttention();
        }
    }

    @AfterEach
    void close() {
        transport.checkQuiet();
        store.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TEST_UNIT_READY,
                "08 00 00 00 01 00",
                "28 00 00 00 00 00 00 00 01 00",
                "2a 00 00 00 00 00 00 00 01 00",
                "2f 00 00 00 00 00 00 00 01 00",
                "35 00 00 00 00 00 00 00 00 00",
                "41 00 00 00 00 00 00 00 01 00",
                "42 00 00 00 00 00 00 00 18 00",
                "88 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00",
                "8e 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00",
                "9e 12 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
                "aa 00 00 00 00 00 00 00 00 01 00 00"
            })
    void shouldNotBeReady_whenItIsStopped(String cdb) {
        transport.run(nexus, STOP, 0).good();
        for (Nexus each : new Nexus[] {nexus, other}) {
            TestTransport.Io refused = transport.run(each, cdb, 512, new byte[512]);
            assertEquals(Sense.INITIALIZING_COMMAND_REQUIRED, refused.condition());
            assertEquals(0, refused.moved);
        }
        transport.run(other, START, 0).good();
        transport.run(nexus, TEST_UNIT_READY, 0).good();
        transport.run(nexus, "28 00 00 00 00 00 00 00 01 00", 512).good();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12 00 00 00 24 00",
                "1a 00 08 00 ff 00",
                "1d 04 00 00 00 00",
                "1e 00 00 00 00 00",
                "25 00 00 00 00 00 00 00 00 00",
                "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
                "a0 00 00 00 00 00 00 00 10 00 00 00",
                "a3 0c 00 00 00 00 00 00 10 00 00 00",
                STOP
            })
    void shouldAnswerAllTheSame_whenTheMediumIsNotUsed(String cdb) {
        transport.run(nexus, STOP_WITHOUT_FLUSH, 0).good();
        transport.run(other, cdb, 4096).good();
        assertEquals(
                Sense.INITIALIZING_COMMAND_REQUIRED,
                transport.run(nexus, TEST_UNIT_READY, 0).condition(),
                "it is stopped still");
    }

    @Test
    void shouldTellIt_whenSenseIsRequested() {
        transport.run(nexus, STOP, 0).good();
        byte[] sense = transport.run(other, "03 00 00 00 12 00", 18).good().received();
        assertEquals("700002000000000a00000000" + "0402", HexFormat.of().formatHex(Arrays.copyOf(sense, 14)));
    }

    @Test
    void shouldReportTheUnitAttentionFirst_whenOneIsPending() {
        transport.run(nexus, STOP, 0).good();
        other.addUnitAttention(UnitAttention.MODE_PARAMETERS_CHANGED);
        assertEquals(
                Sense.unitAttention(UnitAttention.MODE_PARAMETERS_CHANGED),
                transport.run(other, TEST_UNIT_READY, 0).condition());
        assertEquals(
                Sense.INITIALIZING_COMMAND_REQUIRED,
                transport.run(other, TEST_UNIT_READY, 0).condition());
    }

    @Test
    void shouldBeStarted_whenItIsReset() {
        transport.run(nexus, STOP, 0).good();
        disk.reset();
        nexus.takeUnitAttention();
        transport.run(nexus, TEST_UNIT_READY, 0).good();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1b 00 00 00 02 00",
                "1b 00 00 00 03 00",
                "1b 00 00 00 10 00",
                "1b 00 00 00 30 00",
                "1b 00 00 00 70 00"
            })
    void shouldStayAsItIs_whenAnotherPowerConditionOrAnEjectIsAsked(String cdb) {
        assertEquals(Sense.INVALID_FIELD_IN_CDB, transport.run(nexus, cdb, 0).condition());
        transport.run(nexus, TEST_UNIT_READY, 0).good();
        transport.run(nexus, STOP, 0).good();
        assertEquals(Sense.INVALID_FIELD_IN_CDB, transport.run(nexus, cdb, 0).condition());
        assertEquals(
                Sense.INITIALIZING_COMMAND_REQUIRED,
                transport.run(nexus, TEST_UNIT_READY, 0).condition());
    }
}
