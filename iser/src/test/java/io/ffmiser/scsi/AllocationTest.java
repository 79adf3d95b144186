package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.memory.PlainMemory;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.testkit.measure.ThreadAllocation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JVM's own count of what READ, WRITE and SYNCHRONIZE CACHE allocate. */
class AllocationTest {
    private static final int ROUNDS = 20_000;

    /** Answers at once and moves nothing: what is counted is the logical unit's. */
    private static final class IdleTransport implements TransportServices {
        private final RegisteredMemory memory = PlainMemory.allocate(65536);
        private final LogicalUnit unit;
        int completions;
        int failures;

        IdleTransport(LogicalUnit unit) {
            this.unit = unit;
        }

        @Override
        public void requestBuffer(ScsiCommand command, int length) {
            unit.bufferGranted(command, memory, 0, 65536);
        }

        @Override
        public boolean withdrawBuffer(ScsiCommand command) {
            return false;
        }

        @Override
        public int unanswered(ScsiCommand command) {
            return 0;
        }

        @Override
        public int chunkBytes() {
            return 65536;
        }

        @Override
        public void releaseBuffer(ScsiCommand command, RegisteredMemory released, long offset) {}

        @Override
        public void sendDataIn(ScsiCommand command, RegisteredMemory from, long offset, int length, long bufferOffset) {
            unit.dataInDelivered(command);
        }

        @Override
        public void receiveDataOut(
                ScsiCommand command, RegisteredMemory to, long offset, int length, long bufferOffset) {
            unit.dataOutReceived(command);
        }

        @Override
        public void sendCommandComplete(ScsiCommand command) {
            completions++;
            if (command.status() != ScsiCommand.GOOD) {
                failures++;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAllocateNothing_whenReadingWritingAndFlushing(boolean view) {
        MemoryStore store = new MemoryStore(1 << 20, 4096);
        @Nullable RegisteredMemory memory = view ? PlainMemory.of(store.memory()) : null;
        DiskLogicalUnit disk = new DiskLogicalUnit(store, DiskSettings.of("iqn.t/0"), new LunInventory() {
            @Override
            public int count(Nexus nexus) {
                return 0;
            }

            @Override
            public long lun(Nexus nexus, int index) {
                return 0;
            }
        });
        IdleTransport transport = new IdleTransport(disk);
        Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, memory);
        ScsiCommand command = new ScsiCommand();
        byte[][] cdbs = {
            TestTransport.hex("28 00 00 00 00 01 00 00 01 00"),
            TestTransport.hex("8a 00 00 00 00 00 00 00 00 01 00 00 00 12 00 00"),
            TestTransport.hex("35 00 00 00 00 00 00 00 00 00"),
        };
        run(disk, transport, nexus, command, cdbs);
        long before = ThreadAllocation.currentThreadBytes();
        run(disk, transport, nexus, command, cdbs);
        long allocated = ThreadAllocation.currentThreadBytes() - before;
        assertEquals(0, transport.failures);
        assertEquals(2 * ROUNDS * 3, transport.completions);
        // The measurement's own few objects, and nothing for 60,000 commands.
        assertEquals(0, allocated / ROUNDS, () -> allocated + " bytes for " + ROUNDS * 3 + " commands");
        store.close();
    }

    private static void run(
            DiskLogicalUnit disk, IdleTransport transport, Nexus nexus, ScsiCommand command, byte[][] cdbs) {
        for (int i = 0; i < ROUNDS; i++) {
            for (byte[] cdb : cdbs) {
                System.arraycopy(cdb, 0, command.cdb(), 0, cdb.length);
                command.begin(nexus, transport, 16, ScsiCommand.TaskAttribute.SIMPLE, 1 << 18, 1 << 18);
                disk.execute(command);
            }
        }
    }
}
