package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/** Device memory, null regions and advice, which software devices lack: against the C test library. */
class DeviceMemoryTest {
    private final Context context = Context.borrow(FakeVerbs.controlContext());

    private ProtectionDomain domain() {
        return ProtectionDomain.borrow(context, FakeVerbs.make("fake_pd", context.pointer()));
    }

    @Test
    void shouldComeBackFromTheDevice_whenBytesWereCopiedThere() {
        try (Arena arena = Arena.ofConfined();
                DeviceMemory memory = DeviceMemory.allocate(context, 4096, 6)) {
            FakeVerbs.Call call = FakeVerbs.call("alloc_dm");
            assertEquals(context.pointer().address(), call.argument(0));
            assertEquals(4096, call.argument(1));
            assertEquals(6, call.argument(2));
            assertEquals(0xD3, memory.handle());

            MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_LONG, 0x1122334455667788L);
            memory.write(64, from);
            MemorySegment to = arena.allocate(ValueLayout.JAVA_LONG);
            memory.read(64, to);
            assertEquals(0x1122334455667788L, to.get(ValueLayout.JAVA_LONG, 0));

            FakeVerbs.reset();
            FakeVerbs.failNext(Errno.EINVAL.number());
            assertEquals(Errno.EINVAL, DeviceTest.errnoOf(() -> memory.write(8, from)));
            FakeVerbs.reset();
        }
        FakeVerbs.call("free_dm");
    }

    @Test
    void shouldTellWhy_whenTheDeviceHasNoMoreMemory() {
        FakeVerbs.failNext(Errno.ENOMEM.number());

        var refused = assertThrows(VerbsException.class, () -> DeviceMemory.allocate(context, 1, 0));

        assertEquals("ibv_alloc_dm failed with ENOMEM for context of fake0", refused.getMessage());
    }

    @Test
    void shouldStayOpen_whenTheDeviceRefusesToFree() {
        DeviceMemory memory = DeviceMemory.allocate(context, 64, 0);
        FakeVerbs.failNext(Errno.EBUSY.number());

        assertEquals(Errno.EBUSY, DeviceTest.errnoOf(memory::close));
        assertFalse(memory.isClosed());
        assertThrows(IllegalStateException.class, context::close);

        memory.close();
        assertTrue(memory.isClosed());
        context.close();
    }

    @Test
    void shouldBeZeroBased_whenDeviceMemoryIsRegistered() {
        DeviceMemory memory = DeviceMemory.allocate(context, 64, 0);
        ProtectionDomain domain = domain();
        FakeVerbs.reset();

        MemoryRegion region = MemoryRegion.register(
                domain, memory, 16, 32, EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ));

        FakeVerbs.Call call = FakeVerbs.call("reg_dm_mr");
        assertEquals(domain.pointer().address(), call.argument(0));
        assertEquals(memory.pointer().address(), call.argument(1));
        assertEquals(16, call.argument(2));
        assertEquals(32, call.argument(3));
        assertEquals(1 | 1 << 2 | 1 << 5, call.argument(4));
        assertEquals(0xFEDCBA98, region.rkey());
        assertEquals(0x1234, region.lkey());
        assertEquals(0x44, region.handle());
        assertThrows(IllegalStateException.class, region::memory);
        assertThrows(IllegalStateException.class, memory::close);
        assertThrows(IllegalStateException.class, domain::close);
    }

    @Test
    void shouldHaveAKeyAndNoMemory_whenTheRegionIsNull() {
        ProtectionDomain domain = domain();

        MemoryRegion region = MemoryRegion.allocateNull(domain);

        assertEquals(domain.pointer().address(), FakeVerbs.call("alloc_null_mr").argument(0));
        assertEquals(0x1234, region.lkey());
        assertThrows(IllegalStateException.class, region::memory);
    }

    @Test
    void shouldNotHaveIt_whenTheLibraryIsOld() {
        Context old = Context.borrow(FakeVerbs.make("fake_old_context"));

        var refused = assertThrows(VerbsException.class, () -> DeviceMemory.allocate(old, 64, 0));

        assertEquals(Errno.EOPNOTSUPP, refused.errno());
        assertEquals("ibv_alloc_dm", refused.operation());
    }
}
