package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.store.MemoryStore;
import io.ffmiser.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Octet by octet what a disk of 2048 blocks of 512 octets answers. */
class DiskCommandsTest {
    private static final LunInventory LUNS = new LunInventory() {
        @Override
        public int count(Nexus nexus) {
            return 2;
        }

        @Override
        public long lun(Nexus nexus, int index) {
            return LunInventory.encode(index * 300);
        }
    };

    private final MemoryStore store = new MemoryStore(2048 * 512, 512);
    private final Nexus nexus = new Nexus("iqn.2026-11.t:i,i,0x400000000001", "iqn.2026-11.t:t,t,0x0001", 1, null);
    private final DiskSettings settings =
            new DiskSettings("FFMISER", "DISK", "0001", "SER1", "3123456789abcdef", true, true, 1 << 20, 16);
    private final DiskLogicalUnit disk = new DiskLogicalUnit(store, settings, LUNS);
    private final TestTransport transport = new TestTransport(4).serve(disk);

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

    private String ask(String cdb, int length) {
        return HexFormat.of().formatHex(transport.run(nexus, cdb, length).good().received());
    }

    private static String text(String ascii) {
        return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldDescribeADisk_whenInquired() {
        assertEquals(
                "00000612" + "5b000002" + text("FFMISER DISK            0001") + "00".repeat(22) + "00a0"
                        + "0960046004c0" + "00".repeat(30),
                ask("12 00 00 00 ff 00", 255));
        assertEquals("00000612" + "5b", ask("12 00 00 00 05 00", 255), "allocation length");
    }

    @Test
    void shouldAnswerVpdPages_whenInquired() {
        assertEquals("00000007" + "00808386b0b1b2", ask("12 01 00 00 ff 00", 255));
        assertEquals("00800004" + text("SER1"), ask("12 01 80 00 ff 00", 255));
        assertEquals(
                "00830068"
                        + "01030008" + "3123456789abcdef"
                        + "0201001c" + text("FFMISER DISK            SER1")
                        + "51940004" + "00000001"
                        + "5398001c" + text("iqn.2026-11.t:t,t,0x0001") + "00000000"
                        + "53a80010" + text("iqn.2026-11.t:t") + "00",
                ask("12 01 83 00 ff 00", 255));
        assertEquals("0086003c" + "0007" + "00".repeat(58), ask("12 01 86 00 ff 00", 255));
        assertEquals(
                "00b0003c" + "01000008" + "00000800" + "00000800" + "00000000" + "00020000" + "000000ff" + "00000008"
                        + "80000000" + "0000000000020000" + "00".repeat(20),
                ask("12 01 b0 00 ff 00", 255));
        assertEquals("00b1003c" + "0001" + "00".repeat(58), ask("12 01 b1 00 ff 00", 255));
        assertEquals("00b20004" + "00e40200", ask("12 01 b2 00 ff 00", 255));
    }

    @Test
    void shouldTellCapacity_whenAsked() {
        assertEquals("000007ff00000200", ask("25 00 00 00 00 00 00 00 00 00", 8));
        assertEquals(
                "00000000000007ff" + "00000200" + "0003c000" + "00".repeat(16),
                ask("9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", 32));
    }

    @Test
    void shouldTellThatTheRestIsMapped_whenLbaStatusIsAsked() {
        assertEquals(
                "00000014" + "00000000" + "0000000000000700" + "00000100" + "00000000",
                ask("9e 12 00 00 00 00 00 00 07 00 00 00 10 00 00 00", 4096));
        assertEquals("00000014", ask("9e 12 00 00 00 00 00 00 00 00 00 00 00 04 00 00", 4), "allocation length");
    }

    @Test
    void shouldTellWhatIsDeallocated_whenTheStoreKnows() {
        RecordingStore known = new RecordingStore();
        transport.serve(new DiskLogicalUnit(known, settings, LUNS));
        String ask = "9e 12 00 00 00 00 00 00 00 10 00 00 10 00 00 00";
        known.hole = 5 * 512;
        assertEquals("00000014" + "00000000" + "0000000000000010" + "00000005" + "01000000", ask(ask, 4096));
        assertEquals(List.of("locate 16+1008"), known.calls);
        known.failNext(new StoreException("bad disk"));
        assertEquals(Sense.READ_ERROR, transport.run(nexus, ask, 4096).condition());
        transport.checkQuiet();
    }

    @Test
    void shouldFlushTheStore_whenARangeOfTheCacheIsSynchronized() {
        RecordingStore cached = new RecordingStore();
        transport.serve(new DiskLogicalUnit(cached, settings, LUNS));
        for (String cdb : List.of(
                "35 00 00 00 00 00 00 00 00 00",
                "35 00 00 00 00 10 00 00 08 00",
                "35 02 00 00 00 10 00 00 08 00",
                "91 00 00 00 00 00 00 00 00 10 00 00 00 08 00 00")) {
            transport.run(nexus, cdb, 0).good();
        }
        assertEquals(List.of("flush 0+1024", "flush 0+1024", "flush 0+1024", "flush 0+1024"), cached.calls);
        transport.checkQuiet();
    }

    /** An UNMAP of a disk of 1024 blocks; each pair is a first block and how many. */
    private TestTransport.Io unmap(long... pairs) {
        int length = 8 + 8 * pairs.length;
        byte[] list = new byte[length];
        Cdb.put16(list, 0, length - 2);
        Cdb.put16(list, 2, length - 8);
        for (int i = 0; i < pairs.length; i += 2) {
            Cdb.put64(list, 8 + 8 * i, pairs[i]);
            Cdb.put32(list, 16 + 8 * i, pairs[i + 1]);
        }
        byte[] cdb = new byte[10];
        cdb[0] = 0x42;
        Cdb.put16(cdb, 7, length);
        return transport.run(nexus, cdb, 0, list);
    }

    @Test
    void shouldUnmapNothing_whenAnyDescriptorIsWrongOrTheyAreTooMuchTogether() {
        RecordingStore thin = new RecordingStore();
        transport.serve(new DiskLogicalUnit(thin, settings.withWriteCache(true), LUNS));
        assertEquals(Sense.LBA_OUT_OF_RANGE, unmap(0, 8, 1000, 25).condition());
        assertEquals(Sense.LBA_OUT_OF_RANGE, unmap(0, 8, 8, 8, 1025, 0).condition());
        assertEquals(Sense.LBA_OUT_OF_RANGE, unmap(0, 8, -8, 8).condition());
        // each is within the disk, and together they are more than the MAXIMUM UNMAP LBA COUNT of 131072
        long[] all = new long[2 * 129];
        for (int i = 0; i < all.length; i += 2) {
            all[i + 1] = 1024;
        }
        assertEquals(Sense.INVALID_FIELD_IN_PARAMETER_LIST, unmap(all).condition());
        assertEquals(List.of(), thin.calls);
        unmap(0, 8, 1000, 24).good();
        assertEquals(List.of("unmap 0+8", "unmap 1000+24"), thin.calls);
        transport.checkQuiet();
    }

    @Test
    void shouldListLuns_whenAskedAtADiskOrAtNone() {
        String luns = "0000001000000000" + "0000000000000000" + "412c000000000000";
        assertEquals(luns, ask("a0 00 00 00 00 00 00 00 10 00 00 00", 4096));
        assertEquals("0000000000000000", ask("a0 00 01 00 00 00 00 00 10 00 00 00", 4096), "well-known only");
        TargetCommands none = new TargetCommands(LUNS);
        none.nexusEstablished(nexus);
        transport.serve(none);
        assertEquals(luns, ask("a0 00 02 00 00 00 00 00 10 00 00 00", 4096));
        assertEquals("7f000612", ask("12 00 00 00 04 00", 4));
        assertEquals("7f00000100", ask("12 01 00 00 ff 00", 255));
        assertEquals("700005000000000a00000000" + "250000000000", ask("03 00 00 00 12 00", 18));
        assertEquals(
                Sense.LUN_NOT_SUPPORTED,
                transport.run(nexus, "00 00 00 00 00 00", 0).condition());
        assertEquals(
                Sense.LUN_NOT_SUPPORTED,
                transport.run(nexus, "28 00 00 00 00 00 00 00 01 00", 512).condition());
    }

    @Test
    void shouldDecodeLuns_whenTheyHaveOneLevel() {
        for (int number : new int[] {0, 1, 255, 256, 300, 16383}) {
            assertEquals(number, LunInventory.decode(LunInventory.encode(number)));
        }
        assertEquals(5, LunInventory.decode(0x4005L << 48), "flat space below 256");
        assertEquals(-1, LunInventory.decode(0x0105L << 48), "bus 1");
        assertEquals(-1, LunInventory.decode(1), "second level");
        assertEquals(-1, LunInventory.decode(0xC101L << 48), "well-known");
    }

    @Test
    void shouldAnswerModePages_whenSensed() {
        // A memory store has no volatile cache: WCE is zero and cannot be changed.
        String caching = "0812" + "00".repeat(18);
        String control = "0a0a" + "2010" + "00000000" + "ffff" + "0000";
        String exceptions = "1c0a" + "08" + "00".repeat(9);
        String descriptor = "00000800" + "00000200";
        assertEquals("37001008" + descriptor + caching + control + exceptions, ask("1a 00 3f 00 ff 00", 255));
        assertEquals("17001000" + caching, ask("1a 08 08 00 ff 00", 255));
        assertEquals("0f001000" + "0a0a04" + "00".repeat(9), ask("1a 08 4a 00 ff 00", 255), "changeable");
        assertEquals("0f001000" + control, ask("1a 08 8a 00 ff 00", 255), "default");
        assertEquals("17001000", ask("1a 08 08 00 04 00", 255), "Linux reads the header first");
        assertEquals(
                "002a" + "0010" + "0100" + "0010" + "0000000000000800" + "00000000" + "00000200" + caching,
                ask("5a 10 08 00 00 00 00 00 ff 00", 255));
    }

    @Test
    void shouldUseDescriptorSense_whenModeSelectSaysSo() {
        Nexus other = new Nexus("iqn.o,i,0x1", "iqn.t,t,0x0001", 1, null);
        disk.nexusEstablished(other);
        other.takeUnitAttention();
        byte[] list = TestTransport.hex("00000000" + "0a0a" + "2410" + "00000000" + "ffff" + "0000");
        transport.run(nexus, "15 10 00 00 10 00", 0, list).good();
        byte[] read = TestTransport.hex("88 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00");
        TestTransport.Io io = transport.run(nexus, read, 512);
        assertEquals(Sense.LBA_OUT_OF_RANGE, io.condition());
        assertEquals(
                "72052100" + "0000000c" + "000a8000" + "0000000100000000",
                HexFormat.of().formatHex(io.command.sense(), 0, io.command.senseLength()));
        assertEquals(
                0x06 << 16 | UnitAttention.MODE_PARAMETERS_CHANGED,
                transport.run(other, "00 00 00 00 00 00", 0).condition());
        disk.reset();
        TestTransport.Io reset = transport.run(nexus, "00 00 00 00 00 00", 0);
        assertEquals(0x70, reset.command.sense()[0]);
        assertEquals(0x06 << 16 | UnitAttention.BUS_DEVICE_RESET_FUNCTION_OCCURRED, reset.condition());
    }

    @Test
    void shouldReportOpcodes_whenAsked() {
        byte[] all = transport
                .run(nexus, "a3 0c 00 00 00 00 00 00 40 00 00 00", 0x4000)
                .good()
                .received();
        assertEquals(all.length - 4, Cdb.get32(all, 0));
        assertEquals(disk.table().entries().size(), (all.length - 4) / 8);
        byte[] timed = transport
                .run(nexus, "a3 0c 80 00 00 00 00 00 40 00 00 00", 0x4000)
                .good()
                .received();
        assertEquals(disk.table().entries().size(), (timed.length - 4) / 20);
        assertEquals("0003000a" + "2818ffffffff1fffff00", ask("a3 0c 01 28 00 00 00 00 10 00 00 00", 4096));
        assertEquals(
                "0083000a" + "2818ffffffff1fffff00" + "000a" + "00".repeat(10),
                ask("a3 0c 81 28 00 00 00 00 10 00 00 00", 4096));
        assertEquals("00030010" + "9e100000000000000000ffffffff0000", ask("a3 0c 02 9e 00 10 00 00 10 00 00 00", 4096));
        assertEquals("00010000", ask("a3 0c 01 5f 00 00 00 00 10 00 00 00", 4096), "not supported");
        assertEquals("00010000", ask("a3 0c 03 9e 00 13 00 00 10 00 00 00", 4096));
        assertEquals(
                "0003000a", ask("a3 0c 03 28 00 00 00 00 10 00 00 00", 4096).substring(0, 8));
    }

    @Test
    void shouldAnswerEachCommandOfItsTable_whenItsCdbIsAllZeros() {
        int good = 0;
        for (CommandTable.Entry entry : disk.table().entries()) {
            byte[] cdb = new byte[16];
            cdb[0] = (byte) entry.opcode();
            cdb[1] = (byte) Math.max(0, entry.serviceAction());
            transport.run(nexus, "1b 00 00 00 01 00", 0).good(); // one of them stops it
            TestTransport.Io io = transport.run(nexus, cdb, 4096, new byte[512 * 256]);
            if (io.status() != ScsiCommand.GOOD) {
                assertEquals(
                        Sense.INVALID_FIELD_IN_CDB,
                        io.condition(),
                        () -> HexFormat.of().toHexDigits((byte) entry.opcode()));
            }
            good += io.status() == ScsiCommand.GOOD ? 1 : 0;
        }
        assertTrue(good > 10, good + " were good");
    }

    @ParameterizedTest
    @CsvSource({
        // condition, first octets of SENSE KEY SPECIFIC, INFORMATION or empty, CDB
        "052000, c00000, '', ff 00 00 00 00 00",
        "052000, c00000, '', 5e 00 00 00 00 00 00 00 10 00",
        "052000, c00000, '', 16 00 00 00 00 00",
        "052400, cc0001, '', a3 1f 00 00 00 00 00 00 10 00 00 00",
        "052400, c00002, '', 12 00 80 00 ff 00",
        "052400, c00002, '', 12 01 99 00 ff 00",
        "052400, c90001, '', 12 02 00 00 ff 00",
        "052400, cf0001, '', 28 80 00 00 00 00 00 00 01 00",
        "052400, ca0009, '', 28 00 00 00 00 00 00 00 01 04",
        "052400, c00002, '', a0 00 03 00 00 00 00 00 10 00 00 00",
        "052400, c00006, '', a0 00 00 00 00 00 00 00 00 0f 00 00",
        "052100, 000000, 00000800, 28 00 00 00 08 00 00 00 01 00",
        "052100, 000000, 00000800, 28 00 00 00 07 ff 00 00 02 00",
        "052100, 000000, 00000801, 28 00 00 00 08 01 00 00 00 00",
        "052100, 000000, 001fffff, 08 1f ff ff 01 00",
        "052100, 000000, 00000800, 2a 00 00 00 08 00 00 00 01 00",
        "052100, 000000, ffffffff, a8 00 ff ff ff ff 00 00 00 01 00 00",
        "052100, 000000, '', 88 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00",
        "052100, 000000, '', 8a 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00",
        "052100, 000000, 00000800, 9e 12 00 00 00 00 00 00 08 00 00 00 10 00 00 00",
        "052400, ca000e, '', 9e 12 00 00 00 00 00 00 00 00 00 00 10 00 04 00",
        "052100, 000000, 00000800, 35 00 00 00 07 ff 00 00 02 00",
        "052100, 000000, 00000800, 2f 00 00 00 07 ff 00 00 02 00",
        "052100, 000000, 00000800, 91 00 00 00 00 00 00 00 07 ff 00 00 00 02 00 00",
        // Longer than the MAXIMUM TRANSFER LENGTH of 2048 blocks is out of range here first; WRITE SAME of none,
        // ANCHOR, EVPD and so on.
        "052400, c00007, '', 41 00 00 00 00 00 00 00 00 00",
        "052400, cc0001, '', 93 10 00 00 00 00 00 00 00 00 00 00 00 01 00 00",
        "052400, c80001, '', 42 01 00 00 00 00 00 00 18 00",
        "051a00, 000000, '', 42 00 00 00 00 00 00 00 07 00",
        "052400, c00007, '', 42 00 00 00 00 00 00 20 00 00",
        "053900, cf0002, '', 1a 00 c8 00 ff 00",
        "052400, cd0002, '', 1a 00 02 00 ff 00",
        "052400, c00003, '', 1a 00 08 01 ff 00",
        "052400, cc0001, '', 15 00 00 00 10 00",
        "052400, c80001, '', 15 11 00 00 10 00",
        "052400, ca0001, '', 2f 04 00 00 00 00 00 00 01 00",
        "052400, ca0001, '', 2e 06 00 00 00 00 00 00 01 00",
        "052400, cf0004, '', 1b 00 00 00 30 00",
        "052400, c90004, '', 1b 00 00 00 02 00",
        "052400, cf0001, '', 1d 20 00 00 00 00",
        "052400, c00003, '', 1d 04 00 00 08 00",
        "052400, ca0002, '', a3 0c 04 00 00 00 00 00 10 00 00 00",
        "052400, ca0002, '', a3 0c 01 9e 00 00 00 00 10 00 00 00",
        "052400, ca0002, '', a3 0c 02 28 00 00 00 00 10 00 00 00",
        "052400, c80008, '', 25 00 00 00 00 00 00 00 01 00",
    })
    void shouldSaySoInSense_whenTheCdbIsWrong(String condition, String specific, String information, String cdb) {
        TestTransport.Io io = transport.run(nexus, cdb, 4096, new byte[4096]);
        assertEquals(Integer.parseInt(condition, 16), io.condition());
        byte[] sense = Arrays.copyOf(io.command.sense(), io.command.senseLength());
        boolean valid = !information.isEmpty();
        String expected = (valid ? "f0" : "70") + "00" + condition.substring(0, 2) + (valid ? information : "00000000")
                + "0a" + "00000000" + condition.substring(2) + "00" + specific;
        assertEquals(expected, HexFormat.of().formatHex(sense));
        assertEquals(0, io.moved);
        assertEquals(0, io.command.transferLength());
    }

    @ParameterizedTest
    @CsvSource({
        // condition, field pointer, CDB, parameter list
        "051a00, 000000, 15 10 00 00 03 00, 000000",
        "052600, 800004, 15 10 00 00 0c 00, 00000000 02060000 00000000",
        "052600, 800005, 15 10 00 00 10 00, 00000000 0a0b2010 00000000 ffff0000",
        "052600, 800006, 15 10 00 00 10 00, 00000000 0a0a0010 00000000 ffff0000",
        "052600, 800007, 15 10 00 00 10 00, 00000000 0a0a2020 00000000 ffff0000",
        "052600, 800006, 15 10 00 00 18 00, 00000000 08120400 00000000 00000000 00000000 00000000",
        "051a00, 000000, 15 10 00 00 0c 00, 00000000 0a0a2010 00000000",
        "052600, 800009, 15 10 00 00 0c 00, 00000008 00000000 00001000",
        "052100, 000000, 42 00 00 00 00 00 00 00 18 00, 00160010 00000000 0000000000000800 00000001 00000000",
        "051a00, 000000, 42 00 00 00 00 00 00 00 04 00, 00160010",
    })
    void shouldSaySoInSense_whenTheParameterListIsWrong(String condition, String specific, String cdb, String list) {
        TestTransport.Io io = transport.run(nexus, cdb, 0, TestTransport.hex(list));
        assertEquals(Integer.parseInt(condition, 16), io.condition());
        assertEquals(Integer.parseInt(specific, 16), Cdb.get24(io.command.sense(), 15));
    }

    @Test
    void shouldGiveSense_whenRequested() {
        assertEquals("70" + "00".repeat(6) + "0a" + "00".repeat(10), ask("03 00 00 00 ff 00", 255));
        nexus.addUnitAttention(UnitAttention.POWER_ON_OR_RESET);
        nexus.addUnitAttention(UnitAttention.SOME_COMMANDS_CLEARED_BY_ISCSI_PROTOCOL_EVENT);
        assertEquals("7206290000000000", ask("03 01 00 00 ff 00", 255));
        assertEquals("700006000000000a00000000" + "477f00000000", ask("03 00 00 00 12 00", 18));
        ask("00 00 00 00 00 00", 0);
    }

    @Test
    void shouldReportEachUnitAttentionOnce_whenACommandComesThatIsNotExempt() {
        nexus.addUnitAttention(UnitAttention.NEXUS_LOSS_OCCURRED);
        nexus.addUnitAttention(UnitAttention.REPORTED_LUNS_DATA_HAS_CHANGED);
        nexus.addUnitAttention(UnitAttention.NEXUS_LOSS_OCCURRED);
        ask("12 00 00 00 24 00", 36);
        ask("a0 00 00 00 00 00 00 00 10 00 00 00", 4096);
        assertEquals(
                0x06 << 16 | UnitAttention.NEXUS_LOSS_OCCURRED,
                transport.run(nexus, "28 00 00 00 00 00 00 00 01 00", 512).condition());
        // REPORT LUNS told the other one already.
        ask("00 00 00 00 00 00", 0);
    }

    @Test
    void shouldHavePowerOnPending_whenANexusBegins() {
        Nexus fresh = new Nexus("iqn.f,i,0x1", "iqn.t,t,0x0001", 1, null);
        disk.nexusEstablished(fresh);
        assertEquals(
                0x06 << 16 | UnitAttention.POWER_ON_OR_RESET,
                transport.run(fresh, "00 00 00 00 00 00", 0).condition());
        transport.run(fresh, "00 00 00 00 00 00", 0).good();
    }

    @Test
    void shouldWriteNothing_whenTheClientHasLessDataThanTheCommandCallsFor() {
        byte[] two = new byte[1024];
        Arrays.fill(two, (byte) 7);
        int refused = Sense.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT;
        assertEquals(
                refused,
                transport.run(nexus, "2a 00 00 00 00 00 00 00 03 00", 0, two).condition());
        assertEquals(
                refused,
                transport.run(nexus, "2a 00 00 00 00 00 00 00 03 00", 0).condition());
        assertEquals(
                refused,
                transport.run(nexus, "2e 00 00 00 00 00 00 00 03 00", 0, two).condition());
        assertEquals(
                refused,
                transport.run(nexus, "2f 02 00 00 00 00 00 00 03 00", 0, two).condition());
        byte[] part = Arrays.copyOf(two, 511);
        assertEquals(
                refused,
                transport.run(nexus, "2f 06 00 00 00 00 00 00 03 00", 0, part).condition());
        assertEquals(
                refused,
                transport.run(nexus, "41 00 00 00 00 00 00 00 03 00", 0, part).condition());
        byte[] list = new byte[23];
        assertEquals(
                refused,
                transport.run(nexus, "42 00 00 00 00 00 00 00 18 00", 0, list).condition());
        assertEquals(refused, transport.run(nexus, "15 10 00 00 18 00", 0, list).condition());
        byte[] read = transport
                .run(nexus, "28 00 00 00 00 00 00 00 03 00", 3 * 512)
                .good()
                .received();
        assertArrayEquals(new byte[3 * 512], read);
    }

    @Test
    void shouldMoveWhatFits_whenTheClientsBufferIsShort() {
        byte[] two = new byte[1024];
        Arrays.fill(two, (byte) 7);
        transport.run(nexus, "2a 00 00 00 00 00 00 00 02 00", 0, two).good();
        TestTransport.Io read =
                transport.run(nexus, "28 00 00 00 00 00 00 00 03 00", 700).good();
        assertEquals(3 * 512, read.command.transferLength());
        assertArrayEquals(Arrays.copyOf(two, 700), read.received());
        TestTransport.Io third =
                transport.run(nexus, "28 00 00 00 00 02 00 00 01 00", 512).good();
        assertArrayEquals(new byte[512], third.received());
        transport.run(nexus, "28 00 00 00 00 00 00 00 01 00", 0).good();
    }

    @Test
    void shouldCompare_whenByteCheckSaysSo() {
        byte[] data = new byte[20 * 512];
        new Random(5).nextBytes(data);
        transport.run(nexus, "2a 00 00 00 00 64 00 00 14 00", 0, data).good();
        transport.run(nexus, "2f 00 00 00 00 64 00 00 14 00", 0).good();
        transport.run(nexus, "2f 02 00 00 00 64 00 00 14 00", 0, data).good();
        data[17 * 512 + 3]++;
        TestTransport.Io differs = transport.run(nexus, "2f 02 00 00 00 64 00 00 14 00", 0, data);
        assertEquals(Sense.MISCOMPARE_DURING_VERIFY, differs.condition());
        assertEquals(0x64 + 17, Cdb.get32(differs.command.sense(), 3));
        byte[] block = new byte[512];
        Arrays.fill(block, (byte) 9);
        transport.run(nexus, "41 00 00 00 01 00 00 00 40 00", 0, block).good();
        transport.run(nexus, "2f 06 00 00 01 00 00 00 40 00", 0, block).good();
        TestTransport.Io beyond = transport.run(nexus, "2f 06 00 00 01 00 00 00 41 00", 0, block);
        assertEquals(Sense.MISCOMPARE_DURING_VERIFY, beyond.condition());
        assertEquals(0x140, Cdb.get32(beyond.command.sense(), 3));
        transport
                .run(nexus, "8e 02 00 00 00 00 00 00 00 64 00 00 00 14 00 00", 0, data)
                .good();
        transport
                .run(nexus, "8f 02 00 00 00 00 00 00 00 64 00 00 00 14 00 00", 0, data)
                .good();
    }

    @Test
    void shouldRefuse_whenTheTransferIsLongerThanTheLimit() {
        try (MemoryStore big = new MemoryStore(8 << 20, 512)) {
            transport.serve(new DiskLogicalUnit(big, settings.withMaxTransferBytes(1 << 20), LUNS));
            TestTransport.Io io = transport.run(nexus, "28 00 00 00 00 00 00 08 01 00", 4096);
            assertEquals(Sense.INVALID_FIELD_IN_CDB, io.condition());
            assertEquals(0xC00007, Cdb.get24(io.command.sense(), 15));
            transport.run(nexus, "28 00 00 00 00 00 00 08 00 00", 1 << 20).good();
        }
    }

    @Test
    void shouldNotOfferUnmap_whenNotThin() {
        transport.serve(new DiskLogicalUnit(store, settings.withThin(false), LUNS));
        assertEquals(
                Sense.INVALID_OPERATION_CODE,
                transport
                        .run(nexus, "42 00 00 00 00 00 00 00 18 00", 0, new byte[24])
                        .condition());
        assertEquals("00000006" + "00808386b0b1", ask("12 01 00 00 ff 00", 255));
        assertEquals(
                Sense.INVALID_FIELD_IN_CDB,
                transport
                        .run(nexus, "41 08 00 00 00 00 00 00 01 00", 0, new byte[512])
                        .condition());
    }
}
