package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.measure.LockLimitedJvm;
import io.ffmiser.verbs.ReregistrationException.Remains;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Registering memory of every kind, and what software devices say to the kinds that they lack. */
@Tag("rxe")
@Tag("siw")
class MemoryRegionTest {
    private static final Set<AccessFlag> LOCAL = EnumSet.of(AccessFlag.LOCAL_WRITE);
    private static final Set<AccessFlag> REMOTE =
            EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);

    private final Context context = DeviceUnderTest.open();
    private final ProtectionDomain domain = ProtectionDomain.allocate(context);

    @AfterEach
    void close() {
        domain.close();
        context.close();
    }

    @Test
    void shouldHaveKeys_whenMemoryIsRegistered() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(10_000);
            try (MemoryRegion one = MemoryRegion.registerBorrowed(domain, memory, REMOTE);
                    MemoryRegion other = MemoryRegion.registerBorrowed(domain, memory, REMOTE)) {
                assertEquals(memory, one.memory());
                assertEquals(domain, one.protectionDomain());
                assertNotEquals(one.rkey(), other.rkey());
                assertNotEquals(one.handle(), other.handle());
                assertNotEquals(0, one.lkey());
            }
        }
    }

    @Test
    void shouldFreeItsMemory_whenTheRegionOwnsIt() {
        MemoryRegion region = MemoryRegion.allocate(domain, 8192, LOCAL);
        MemorySegment memory = region.memory();
        assertEquals(8192, memory.byteSize());
        assertEquals(0, memory.address() % 4096);
        assertTrue(memory.isAccessibleBy(new Thread(() -> {})));
        memory.set(ValueLayout.JAVA_INT, 8188, 7);

        region.close();

        assertFalse(memory.scope().isAlive());
        assertThrows(IllegalStateException.class, region::memory);
        assertThrows(IllegalStateException.class, region::lkey);
        region.close();
    }

    @Test
    void shouldRefuseIt_whenTheMemoryIsOnTheHeap() {
        MemorySegment heap = MemorySegment.ofArray(new byte[64]);

        var refused = assertThrows(IllegalArgumentException.class, () -> MemoryRegion.register(domain, heap, LOCAL));

        assertTrue(String.valueOf(refused.getMessage()).contains("Arena"), refused.toString());
    }

    @Test
    void shouldTellEinval_whenRemoteWriteComesWithoutLocalWrite() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            assertEquals(
                    Errno.EINVAL,
                    DeviceTest.errnoOf(
                            () -> MemoryRegion.registerBorrowed(domain, memory, EnumSet.of(AccessFlag.REMOTE_WRITE))));
        }
    }

    @Test
    void shouldTakeOptionalFlags_whenTheDeviceKnowsThemOrNot() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096, 4096);
            Set<AccessFlag> relaxed = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.RELAXED_ORDERING);
            MemoryRegion.registerBorrowed(domain, memory, relaxed).close();
            try (MemoryRegion region = MemoryRegion.registerBorrowed(domain, memory, memory.address(), relaxed)) {
                assertNotEquals(0, region.lkey());
            }
        }
    }

    @Test
    void shouldTakeTheAddressesOfTheCaller_whenTheyAreAsFarIntoAPage() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096, 4096);
            try (MemoryRegion region = MemoryRegion.registerBorrowed(domain, memory, 0x7000_0000_0000L, REMOTE)) {
                assertEquals(memory, region.memory());
            }
        }
    }

    @Test
    void shouldNotBeSupported_whenTheDeviceCannotReachDmabufs() {
        Errno errno = DeviceTest.errnoOf(() -> MemoryRegion.registerDmabuf(domain, 0, 0, 4096, 0, LOCAL));

        assertEquals(Errno.EOPNOTSUPP, errno);
    }

    @Test
    void shouldNotBeSupported_whenTheDevicePagesNothingOnDemand() {
        assertThrows(VerbsException.class, () -> MemoryRegion.registerAddressSpace(domain, LOCAL));
        try (MemoryRegion region = MemoryRegion.allocate(domain, 4096, LOCAL)) {
            Errno errno = DeviceTest.errnoOf(() -> region.advise(MemoryAdvice.PREFETCH, true, 0, 4096));
            assertEquals(Errno.EOPNOTSUPP, errno);
            assertThrows(IndexOutOfBoundsException.class, () -> region.advise(MemoryAdvice.PREFETCH, true, 1, 4096));
        }
    }

    @Test
    void shouldNotBeSupported_whenThereIsNoNullRegion() {
        assertEquals(Errno.EOPNOTSUPP, DeviceTest.errnoOf(() -> MemoryRegion.allocateNull(domain)));
    }

    @Test
    void shouldSayWhatRemains_whenReregistrationFails() {
        try (MemoryRegion region = MemoryRegion.allocate(domain, 4096, LOCAL)) {
            MemorySegment memory = Arena.ofAuto().allocate(4096);
            var refused = assertThrows(ReregistrationException.class, () -> region.reregister(null, memory, null));

            assertEquals(Errno.EOPNOTSUPP, refused.errno());
            assertEquals(Remains.NOTHING, refused.remains());
            assertEquals(4096, region.memory().byteSize());
            assertTrue(region.memory().scope().isAlive());

            var empty = assertThrows(
                    ReregistrationException.class, () -> region.reregister(null, MemorySegment.NULL, null));
            assertEquals(Errno.EINVAL, empty.errno());
            assertEquals(Remains.OLD, empty.remains());
        }
    }

    @Test
    void shouldSayWhatToRaise_whenTheMemoryMayNotBeLocked() throws Exception {
        // a process without the capability and with 64 KiB that it may lock, which registers 1 MiB
        Process child = LockLimitedJvm.start(Locker.class, "-Dffmiser.device=" + System.getProperty("ffmiser.device"));
        String told = new String(child.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), told);

        assertTrue(told.contains("ibv_reg_mr failed with ENOMEM"), told);
        assertTrue(told.contains("RLIMIT_MEMLOCK"), told);
        assertTrue(told.contains("ulimit -l"), told);
    }

    /** Prints what comes of registering 1 MiB. */
    static final class Locker {
        private Locker() {}

        public static void main(String[] arguments) {
            try (Context context = DeviceUnderTest.open();
                    ProtectionDomain domain = ProtectionDomain.allocate(context)) {
                try (MemoryRegion region = MemoryRegion.allocate(domain, 1 << 20, LOCAL)) {
                    System.out.println("registered " + region);
                } catch (VerbsException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }
}
