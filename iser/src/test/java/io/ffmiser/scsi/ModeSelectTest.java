package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.store.MemoryStore;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MODE SELECT of a disk of 2048 blocks of 512 octets: which parameter lists it takes (SPC-4 sections 6.9, 6.10 and 7.5). */
class ModeSelectTest {
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
    private final DiskLogicalUnit disk = new DiskLogicalUnit(store, DiskSettings.of("iqn.t/0"), NONE);
    private final TestTransport transport = new TestTransport(2).serve(disk);
    private final Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);

    @BeforeEach
    void establish() {
        disk.nexusEstablished(nexus);
        nexus.takeUnitAttention();
    }

    @AfterEach
    void close() {
        transport.checkQuiet();
        store.close();
    }

    private TestTransport.Io select(String cdb, String list) {
        return transport.run(nexus, cdb, 0, TestTransport.hex(list));
    }

    /** A block descriptor that changes nothing: as many blocks as there are, all that fit, or none named. */
    @ParameterizedTest
    @CsvSource({
        "15 10 00 00 04 00, 00000000",
        "15 10 00 00 0c 00, 00000008 00000800 00000200",
        "15 10 00 00 0c 00, 00000008 00000000 00000200",
        "15 10 00 00 0c 00, 00000008 ffffffff 00000200",
        "55 10 00 00 00 00 00 00 08 00, 0000000000000000",
        "55 10 00 00 00 00 00 00 10 00, 0000000000000008 00000800 00000200",
        "55 10 00 00 00 00 00 00 18 00, 0000000001000010 0000000000000800 00000000 00000200",
        "55 10 00 00 00 00 00 00 18 00, 0000000001000010 0000000000000000 00000000 00000200",
        "55 10 00 00 00 00 00 00 18 00, 0000000001000010 ffffffffffffffff 00000000 00000200",
        "55 10 00 00 00 00 00 00 24 00, 0000000001000010 0000000000000800 00000000 00000200 0a0a2010 00000000 ffff0000"
    })
    void shouldTakeTheList_whenItSaysWhatIsSo(String cdb, String list) {
        select(cdb, list).good();
    }

    @ParameterizedTest
    @CsvSource({
        // where the field pointer points, CDB, parameter list
        "3, 15 10 00 00 08 00, 00000004 00000800",
        "4, 15 10 00 00 0c 00, 00000008 00000801 00000200",
        "9, 15 10 00 00 0c 00, 00000008 00000800 00000400",
        "7, 55 10 00 00 00 00 00 00 10 00, 0000000001000008 00000800 00000200",
        "7, 55 10 00 00 00 00 00 00 18 00, 0000000000000010 0000000000000800 00000000 00000200",
        "8, 55 10 00 00 00 00 00 00 18 00, 0000000001000010 0000000000000801 00000000 00000200",
        "8, 55 10 00 00 00 00 00 00 18 00, 0000000001000010 00000000ffffffff 00000000 00000200",
        "20, 55 10 00 00 00 00 00 00 18 00, 0000000001000010 0000000000000800 00000000 00000400",
        "16, 55 10 00 00 00 00 00 00 1c 00, 0000000000000008 00000800 00000200 4a0a2010 00000000 ffff0000"
    })
    void shouldPointAtTheField_whenItSaysOtherwise(int octet, String cdb, String list) {
        TestTransport.Io io = select(cdb, list);

        assertEquals(Sense.INVALID_FIELD_IN_PARAMETER_LIST, io.condition());
        assertEquals(0x800000 | octet, Cdb.get24(io.command.sense(), 15));
    }

    @ParameterizedTest
    @CsvSource({
        "55 10 00 00 00 00 00 00 04 00, 00000000",
        "15 10 00 00 06 00, 00000008 0000",
        "15 10 00 00 05 00, 00000000 0a",
        "15 10 00 00 0c 00, 00000000 0a0a2010 00000000"
    })
    void shouldSayThatTheLengthIsWrong_whenTheListEndsEarly(String cdb, String list) {
        assertEquals(Sense.PARAMETER_LIST_LENGTH_ERROR, select(cdb, list).condition());
    }

    /** SPC-4 section 6.9: a parameter list length of zero is no error. */
    @ParameterizedTest
    @ValueSource(strings = {"15 10 00 00 00 00", "55 10 00 00 00 00 00 00 00 00"})
    void shouldDoNothing_whenThereIsNoList(String cdb) {
        transport.run(nexus, cdb, 0).good();
    }

    @Test
    void shouldRefuse_whenTheListIsLongerThanAllPages() {
        TestTransport.Io io = transport.run(nexus, "55 10 00 00 00 00 00 02 01 00", 0, new byte[513]);

        assertEquals(Sense.INVALID_FIELD_IN_CDB, io.condition());
        assertEquals(0xC00007, Cdb.get24(io.command.sense(), 15));
        assertEquals(0, transport.run(nexus, "55 10 00 00 00 00 00 02 00 00", 0, new byte[512]).moved);
    }

    /** SPC-4 section 4.5.2.4.2: the field pointer as a descriptor. */
    @Test
    void shouldPointAtTheField_whenSenseDataHasDescriptors() {
        select("15 10 00 00 10 00", "00000000 0a0a2410 00000000 ffff0000").good();

        TestTransport.Io io = transport.run(nexus, "12 00 80 00 ff 00", 255);

        assertEquals(
                "72052400" + "00000008" + "02060000" + "c0000200",
                HexFormat.of().formatHex(io.command.sense(), 0, io.command.senseLength()));
    }
}
