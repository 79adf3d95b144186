package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.store.MemoryStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.testkit.log.CapturedLog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a command says when one of its steps fails at the store: a step at a block names the block (SBC-3 section 4.18), a flush names
 * none, and nothing follows it.
 */
class CommandFailureTest {
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

    private static final String WRITE_AND_VERIFY = "2e 00 00 00 00 10 00 00 10 00";
    private static final String WRITE_SAME = "41 00 00 00 00 10 00 00 20 00";
    private static final String UNMAP = "42 00 00 00 00 00 00 00 28 00";
    private static final String UNMAP_LIST =
            "0026002000000000" + "0000000000000008" + "0000000400000000" + "0000000000000010" + "0000000200000000";

    /** A store's failure is a line of the log. */
    private final CapturedLog log = new CapturedLog();

    private final DiskSettings settings = DiskSettings.of("iqn.t/0");
    private final RecordingStore store = new RecordingStore();
    private final TestTransport transport = new TestTransport(2);
    private final Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, null);
    private DiskLogicalUnit disk = serve(settings.withWriteCache(false));

    @BeforeEach
    void hold() {
        store.holding = true;
    }

    @AfterEach
    void check() {
        log.close();
        transport.checkQuiet();
    }

    private DiskLogicalUnit serve(DiskSettings newSettings) {
        DiskLogicalUnit unit = new DiskLogicalUnit(store, newSettings, NONE);
        unit.nexusEstablished(nexus);
        nexus.takeUnitAttention();
        transport.serve(unit);
        return unit;
    }

    private static byte[] ones(int length) {
        byte[] data = new byte[length];
        Arrays.fill(data, (byte) 1);
        return data;
    }

    private TestTransport.Io begin(String cdb, byte... out) {
        store.calls.clear();
        int inLength = cdb.startsWith("28") ? 32 * 512 : 0;
        return transport.begin(nexus, ScsiCommand.TaskAttribute.SIMPLE, TestTransport.hex(cdb), inLength, out);
    }

    private void assertSteps(List<String> steps, String cdb, byte... out) {
        TestTransport.Io io = begin(cdb, out);
        List<String> seen = new ArrayList<>();
        while (store.pending() > 0) {
            assertEquals(0, io.completions);
            assertTrue(disk.isInStore(io.command));
            seen.add(store.calls.getLast());
            store.completeOne();
        }
        io.good();
        assertFalse(disk.isInStore(io.command));
        assertEquals(steps, seen);
    }

    /** The sense of the command when a step fails; the block is -1 where none is named. */
    private void assertFails(int step, int condition, int block, String cdb, byte... out) {
        TestTransport.Io io = begin(cdb, out);
        for (int i = 0; i < step; i++) {
            store.completeOne();
        }
        store.failNext(new StoreException("bad block"));
        store.completeOne();
        assertEquals(0, store.pending(), "nothing follows");
        assertEquals(condition, io.condition());
        byte[] sense = io.command.sense();
        assertEquals(block, (sense[0] & 0x80) == 0 ? -1 : (int) Cdb.get32(sense, 3), cdb);
        assertEquals(step + 1, store.calls.size());
    }

    /** SBC-3 section 5.36: what was written is read back from the medium. */
    @Test
    void shouldNameTheBlock_whenWritingOrReadingBackFails() {
        disk = serve(settings);
        byte[] data = ones(16 * 512);
        assertSteps(
                List.of("write 16+8", "read 16+8", "write 24+8", "read 24+8", "flush 0+1024"), WRITE_AND_VERIFY, data);
        assertFails(0, Sense.WRITE_ERROR, 16, WRITE_AND_VERIFY, data);
        assertFails(1, Sense.READ_ERROR, 16, WRITE_AND_VERIFY, data);
        assertFails(2, Sense.WRITE_ERROR, 24, WRITE_AND_VERIFY, data);
        assertFails(3, Sense.READ_ERROR, 24, WRITE_AND_VERIFY, data);
        assertFails(4, Sense.WRITE_ERROR, -1, WRITE_AND_VERIFY, data);
    }

    @Test
    void shouldNameTheBlock_whenWriteSameFails() {
        assertSteps(List.of("write 16+16", "write 32+16", "flush 0+1024"), WRITE_SAME, ones(512));
        assertFails(0, Sense.WRITE_ERROR, 16, WRITE_SAME, ones(512));
        assertFails(1, Sense.WRITE_ERROR, 32, WRITE_SAME, ones(512));
        assertFails(2, Sense.WRITE_ERROR, -1, WRITE_SAME, ones(512));
        assertSteps(List.of("unmap 16+32", "flush 0+1024"), WRITE_SAME, new byte[512]);
        assertFails(0, Sense.WRITE_ERROR, -1, WRITE_SAME, new byte[512]);
    }

    /** SBC-3 section 5.9: what the cache has newer than the medium is written first. */
    @Test
    void shouldReadNothing_whenTheFlushOfAForcedReadFails() {
        String read = "28 08 00 00 00 10 00 00 08 00";
        assertSteps(List.of("flush 0+1024", "read 16+8"), read);
        assertFails(0, Sense.WRITE_ERROR, -1, read);
        assertFails(1, Sense.READ_ERROR, 16, read);
    }

    @Test
    void shouldNameTheBlock_whenAWriteFails() {
        String write = "2a 00 00 00 00 10 00 00 08 00";
        assertSteps(List.of("write 16+8", "flush 0+1024"), write, ones(8 * 512));
        assertFails(0, Sense.WRITE_ERROR, 16, write, ones(8 * 512));
        assertFails(1, Sense.WRITE_ERROR, -1, write, ones(8 * 512));
    }

    @Test
    void shouldFlushWhatItUnmapped_whenThereIsNoWriteCache() {
        byte[] list = TestTransport.hex(UNMAP_LIST);
        assertSteps(List.of("unmap 8+4", "unmap 16+2", "flush 0+1024"), UNMAP, list);
        for (int step = 0; step < 3; step++) {
            assertFails(step, Sense.WRITE_ERROR, -1, UNMAP, list);
        }
        disk = serve(settings);
        assertSteps(List.of("unmap 8+4", "unmap 16+2"), UNMAP, list);
    }

    /** SBC-3 section 5.28: a parameter list length of zero is no error. */
    @Test
    void shouldUnmapNothing_whenThereIsNoList() {
        assertSteps(List.of(), "42 00 00 00 00 00 00 00 00 00");
    }

    @Test
    void shouldFailOnlyThatCommand_whenTheStoreRefuses() {
        MemoryStore closed = new MemoryStore(1024 * 512, 512);
        DiskLogicalUnit unit = new DiskLogicalUnit(closed, settings, NONE);
        transport.serve(unit);
        closed.close();
        assertEquals(
                Sense.READ_ERROR,
                transport.run(nexus, "28 00 00 00 00 00 00 00 01 00", 512).condition());
        assertEquals(
                Sense.WRITE_ERROR,
                transport
                        .run(nexus, "2a 00 00 00 00 00 00 00 01 00", 0, new byte[512])
                        .condition());
        transport.run(nexus, "00 00 00 00 00 00", 0).good();
    }

    /** A transport may bring fewer octets of CDB than the operation code calls for. */
    @Test
    void shouldRefuse_whenTheCdbIsShort() {
        TestTransport.Io io = new TestTransport.Io(new byte[512], new byte[0]);
        io.command.cdb()[0] = 0x28;
        io.command.setTransportContext(io);
        io.command.begin(nexus, transport, 6, ScsiCommand.TaskAttribute.SIMPLE, 512, 0);

        disk.execute(io.command);

        assertEquals(Sense.INVALID_FIELD_IN_CDB, io.condition());
        assertEquals(List.of(), store.calls);
    }

    @Test
    void shouldSayAtOnceThatItIsAborted_whenTheCommandHasEnded() {
        TestTransport.Io io = begin("00 00 00 00 00 00");
        io.good();
        List<ScsiCommand> aborted = new ArrayList<>();

        disk.abort(io.command, aborted::add);

        assertEquals(List.of(io.command), aborted);
    }
}
