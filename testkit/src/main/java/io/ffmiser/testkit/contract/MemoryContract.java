package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Registering and allocating memory, its rights, and who may close what when. */
interface MemoryContract extends RigUser {
    private ProtectionDomain domain() {
        return rig().newEnd(rig().resolve(rig().client).device()).domain;
    }

    @Test
    default void shouldGiveZeroedAlignedMemory_whenAllocating() {
        ProtectionDomain domain = domain();
        MemoryRegion region = domain.allocate(10_000, Access.LOCAL_WRITE);
        assertEquals(10_000, region.length());
        assertEquals(10_000, region.segment().byteSize());
        assertEquals(Access.LOCAL_WRITE, region.rights());
        assertSame(domain, region.domain());
        assertEquals(0, region.segment().address() % 4096, "page-aligned");
        for (long i = 0; i < region.length(); i++) {
            assertEquals(0, region.segment().get(ValueLayout.JAVA_BYTE, i));
        }
        assertTrue(region.segment().scope().isAlive());
        region.close();
        region.close();
    }

    @Test
    default void shouldKeepTheCallersMemory_whenRegistrationEnds() {
        ProtectionDomain domain = domain();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(100);
            MemoryRegion region = domain.register(memory, Access.ALL);
            MemoryRegion again = domain.register(memory, 0);
            assertEquals(100, region.length());
            assertEquals(memory.address(), region.segment().address());
            region.close();
            again.close();
            memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            assertTrue(memory.scope().isAlive());
        }
    }

    @Test
    default void shouldRefuseMemory_whenItCannotBeRegistered() {
        ProtectionDomain domain = domain();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(100);
            assertThrows(IllegalArgumentException.class, () -> domain.register(MemorySegment.ofArray(new byte[10]), 0));
            assertThrows(IllegalArgumentException.class, () -> domain.register(memory.asSlice(0, 0), 0));
            assertThrows(
                    IllegalArgumentException.class, () -> domain.register(memory.asReadOnly(), Access.LOCAL_WRITE));
            assertThrows(IllegalArgumentException.class, () -> domain.register(memory, Access.REMOTE_WRITE));
            assertThrows(IllegalArgumentException.class, () -> domain.register(memory, 1 << 20));
            assertThrows(IllegalArgumentException.class, () -> domain.allocate(0, 0));
            assertThrows(IllegalArgumentException.class, () -> domain.allocate(10, Access.REMOTE_WRITE));
            domain.register(memory.asReadOnly(), Access.REMOTE_READ).close();
        }
    }

    @Test
    default void shouldSend_whenMemoryIsReadOnlyAndWithoutRights() {
        Pair pair = rig().pair();
        pair.server().receive(1, 0, 100);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(100);
            memory.set(ValueLayout.JAVA_BYTE, 99, (byte) 5);
            MemoryRegion region = pair.client().domain.register(memory.asReadOnly(), 0);
            pair.client()
                    .connection()
                    .sendBatch()
                    .send(2, SendBatch.SIGNALED)
                    .sge(region, 0, 100)
                    .post();
            rig().until("delivered", () -> pair.server().has(1) && pair.client().has(2));
            region.close();
        }
        assertEquals(5, pair.server().region.segment().get(ValueLayout.JAVA_BYTE, 99));
    }

    @Test
    default void shouldThrowAndStayUsable_whenRegionIsClosedUnderAReceive() {
        Pair pair = rig().pair();
        MemoryRegion region = pair.server().domain.allocate(100, Access.LOCAL_WRITE);
        pair.server().connection().postReceive(1, region, 0, 100);
        assertThrows(IllegalStateException.class, region::close);
        assertTrue(region.segment().scope().isAlive());
        pair.client().fill(0, 100, 1);
        pair.client().send(2, 0, 100);
        rig().until("delivered", () -> pair.server().has(1));
        region.close();
    }

    @Test
    default void shouldThrowAndStayUsable_whenRegionIsClosedUnderAnExposure() {
        Pair pair = rig().pair();
        MemoryRegion region = pair.server().domain.allocate(100, Access.ALL);
        Exposure exposure = pair.server().connection().newExposure();
        exposure.expose(region, 0, 100, Access.REMOTE_READ);
        assertThrows(IllegalStateException.class, region::close);
        assertTrue(exposure.isExposed());
        pair.client()
                .connection()
                .sendBatch()
                .rdmaRead(1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(pair.client().region, 0, 100)
                .post();
        rig().until("read", () -> pair.client().has(1));
        pair.server().closeConnection();
        region.close();
    }

    @Test
    default void shouldThrow_whenClosedRegionIsUsed() {
        Pair pair = rig().pair();
        MemoryRegion region = pair.server().domain.allocate(100, Access.ALL);
        region.close();
        assertThrows(
                IllegalStateException.class, () -> pair.server().connection().postReceive(1, region, 0, 100));
        SendBatch batch = pair.server().connection().sendBatch().send(1, SendBatch.SIGNALED);
        assertThrows(IllegalStateException.class, () -> batch.sge(region, 0, 100));
        Exposure exposure = pair.server().connection().newExposure();
        assertThrows(IllegalStateException.class, () -> exposure.expose(region, 0, 100, Access.REMOTE_READ));
    }

    @Test
    default void shouldThrowAndStayUsable_whenDomainIsClosedWithLiveChildren() {
        Pair pair = rig().pair();
        ProtectionDomain domain = pair.server().domain;
        IllegalStateException thrown = assertThrows(IllegalStateException.class, domain::close);
        assertFalse(String.valueOf(thrown.getMessage()).isBlank());
        MemoryRegion region = domain.allocate(100, Access.LOCAL_WRITE);
        region.close();
        pair.server().receive(1, 0, 100);
        pair.client().send(2, 0, 100);
        rig().until("delivered", () -> pair.server().has(1));
        pair.server().closeConnection();
        assertThrows(IllegalStateException.class, domain::close, "the region is alive");
    }

    @Test
    default void shouldThrow_whenClosedDomainIsUsed() {
        ProtectionDomain domain = rig().resolve(rig().client).device().allocateProtectionDomain();
        domain.close();
        domain.close();
        assertThrows(IllegalStateException.class, () -> domain.allocate(10, 0));
    }

    @Test
    default void shouldTellTheDevice_whenAsked() {
        ProtectionDomain domain = domain();
        assertFalse(domain.device().name().isBlank());
        assertTrue(domain.device().capabilities().maxSge() >= 1);
        assertTrue(domain.device().capabilities().maxReadSge() >= 1);
        assertTrue(domain.device().capabilities().maxMessageBytes() >= 1 << 20);
        assertTrue(domain.device().capabilities().maxPrivateDataBytes() >= 4);
        assertTrue(domain.device().capabilities().maxReadDepth() >= 1);
        assertTrue(domain.device().capabilities().maxQueueDepth() >= 32);
    }
}
