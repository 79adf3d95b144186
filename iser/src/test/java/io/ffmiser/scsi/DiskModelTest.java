package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.ffmiser.memory.PlainMemory;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.FileStore;
import io.ffmiser.store.MemoryStore;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random READ, WRITE, WRITE SAME and UNMAP of every size against an array that does the same. */
class DiskModelTest {
    private static final int BLOCKS = 300;
    private static final int STEPS = 1500;
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

    @TempDir
    @Nullable
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "memory, 512, 1, false",
        "memory, 4096, 2, false",
        "view, 512, 3, false",
        "view, 4096, 4, false",
        "read-only view, 512, 5, false",
        "file, 512, 6, false",
        "file, 4096, 7, false",
        "file, 512, 8, true",
        "view, 512, 9, true",
    })
    void shouldHoldWhatAnArrayHolds_whenBlocksAreWrittenAndUnmapped(
            String kind, int blockSize, long seed, boolean holding) {
        TestTransport transport = new TestTransport(3);
        transport.holding = holding;
        BlockStore store = kind.equals("file")
                ? FileStore.create(directory().resolve("disk"), (long) BLOCKS * blockSize, blockSize, transport)
                : new MemoryStore((long) BLOCKS * blockSize, blockSize);
        @Nullable MemorySegment own = store.memory();
        @Nullable
        RegisteredMemory memory =
                own == null || kind.equals("memory") ? null : new PlainMemory(own, !kind.startsWith("read-only"));
        DiskLogicalUnit disk = new DiskLogicalUnit(store, DiskSettings.of("iqn.t/0"), NONE);
        transport.serve(disk);
        Nexus nexus = new Nexus("iqn.i,i,0x1", "iqn.t,t,0x0001", 1, memory);
        try {
            run(new Random(seed), blockSize, transport, nexus);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
        transport.checkQuiet();
        store.close();
    }

    private Path directory() {
        if (directory == null) {
            throw new IllegalStateException("no directory");
        }
        return directory;
    }

    private static void run(Random random, int blockSize, TestTransport transport, Nexus nexus) {
        byte[] model = new byte[BLOCKS * blockSize];
        for (int step = 0; step < STEPS; step++) {
            int lba = random.nextInt(BLOCKS);
            int count = 1 + random.nextInt(Math.min(BLOCKS - lba, random.nextBoolean() ? 4 : 200));
            int from = lba * blockSize;
            int length = count * blockSize;
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    byte[] data = new byte[length];
                    random.nextBytes(data);
                    transport.run(nexus, cdb(random, 0x0A, lba, count), 0, data).good();
                    System.arraycopy(data, 0, model, from, length);
                }
                case 2, 3 -> {
                    byte[] data = transport
                            .run(nexus, cdb(random, 0x08, lba, count), length)
                            .good()
                            .received();
                    assertArrayEquals(Arrays.copyOfRange(model, from, from + length), data, "step " + step);
                }
                case 4 -> {
                    byte[] cdb = cdb16(random.nextBoolean() ? 0x93 : 0x41, lba, count);
                    byte[] block = new byte[blockSize];
                    if (random.nextBoolean()) {
                        random.nextBytes(block);
                    }
                    cdb[1] = (byte) (random.nextBoolean() ? 0x08 : 0x00);
                    boolean none = cdb[0] == (byte) 0x93 && random.nextBoolean();
                    if (none) {
                        cdb[1] |= 0x01;
                        Arrays.fill(block, (byte) 0);
                    }
                    transport.run(nexus, cdb, 0, none ? new byte[0] : block).good();
                    for (int i = 0; i < count; i++) {
                        System.arraycopy(block, 0, model, from + i * blockSize, blockSize);
                    }
                }
                default -> {
                    byte[] list = new byte[8 + 32];
                    Cdb.put16(list, 0, 38);
                    Cdb.put16(list, 2, 32);
                    Cdb.put64(list, 8, lba);
                    Cdb.put32(list, 16, count);
                    int second = random.nextInt(BLOCKS);
                    Cdb.put64(list, 24, second);
                    Cdb.put32(list, 32, 1);
                    transport
                            .run(nexus, "42 00 00 00 00 00 00 00 28 00", 0, list)
                            .good();
                    Arrays.fill(model, from, from + length, (byte) 0);
                    Arrays.fill(model, second * blockSize, (second + 1) * blockSize, (byte) 0);
                }
            }
        }
        int most = Math.min(BLOCKS, 256);
        byte[] rest = transport
                .run(nexus, cdb16(0x88, 0, most), most * blockSize)
                .good()
                .received();
        assertArrayEquals(Arrays.copyOf(model, most * blockSize), rest);
    }

    /** READ or WRITE in one of its four forms. */
    private static byte[] cdb(Random random, int six, int lba, int count) {
        int form = random.nextInt(4);
        if (form == 0 && count <= 256) {
            byte[] cdb = new byte[6];
            cdb[0] = (byte) six;
            Cdb.put16(cdb, 2, lba);
            cdb[4] = (byte) count;
            return cdb;
        }
        return cdb16((form == 1 ? 0x20 : form == 2 ? 0xA0 : 0x80) | six, lba, count);
    }

    private static byte[] cdb16(int opcode, int lba, int count) {
        byte[] cdb = new byte[16];
        cdb[0] = (byte) opcode;
        switch (Cdb.lengthOf(opcode)) {
            case 10 -> {
                Cdb.put32(cdb, 2, lba);
                Cdb.put16(cdb, 7, count);
            }
            case 12 -> {
                Cdb.put32(cdb, 2, lba);
                Cdb.put32(cdb, 6, count);
            }
            default -> {
                Cdb.put64(cdb, 2, lba);
                Cdb.put32(cdb, 10, count);
            }
        }
        return cdb;
    }
}
