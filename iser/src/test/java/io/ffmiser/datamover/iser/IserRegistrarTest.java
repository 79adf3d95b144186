package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.PlainMemory;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.rdma.Access;
import io.ffmiser.testkit.sim.SimOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class IserRegistrarTest {
    private final MemorySegment segment = Arena.ofAuto().allocate(8192);

    private void check(SimOptions options, MemorySegment memory, MemoryRole role, int rights, boolean receivable) {
        try (IserFixture fixture = new IserFixture(options);
                RegisteredMemory registered = new IserRegistrar(fixture.targetDomain).register(memory, role)) {
            assertEquals(rights, IserMemory.region(registered).rights());
            assertEquals(receivable, registered.isReceivable());
            assertEquals(memory, registered.segment());
        }
    }

    @Test
    void shouldLetNoPeerWriteToAStore_whenTheReadSinkNeedsRemoteWrite() {
        check(SimOptions.HARDWARE_IWARP, segment, MemoryRole.STORE, 0, false);
        check(
                SimOptions.HARDWARE_IWARP,
                segment,
                MemoryRole.BUFFER_POOL,
                Access.LOCAL_WRITE | Access.REMOTE_WRITE,
                true);
    }

    @Test
    void shouldLetDataLand_whenTheReadSinkNeedsNoMoreThanLocalWrite() {
        check(SimOptions.IWARP, segment, MemoryRole.STORE, Access.LOCAL_WRITE, true);
        check(SimOptions.IWARP, segment, MemoryRole.BUFFER_POOL, Access.LOCAL_WRITE, true);
    }

    @Test
    void shouldOnlySend_whenTheMemoryIsReadOnly() {
        check(SimOptions.IWARP, segment.asReadOnly(), MemoryRole.STORE, 0, false);
        check(SimOptions.IWARP, segment.asReadOnly(), MemoryRole.APPLICATION_CLIENT, Access.REMOTE_READ, false);
    }

    @Test
    void shouldLetThePeerToIt_whenItIsAnApplicationClients() {
        check(SimOptions.IWARP, segment, MemoryRole.APPLICATION_CLIENT, Access.ALL, true);
    }

    @Test
    void shouldRefuse_whenTheMemoryIsAnotherTransports() {
        RegisteredMemory other = PlainMemory.allocate(512);
        assertTrue(other.isReceivable());
        assertFalse(PlainMemory.of(segment.asReadOnly()).isReceivable());
        assertThrows(IllegalArgumentException.class, () -> IserMemory.region(other));
    }
}
