package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.internal.Constants;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Enums and the numbers they stand for; what libibverbs calls them. */
class NamesTest {
    @Test
    void shouldBeAsTheLibraryWordsThem_whenTypesAndStatesAreDescribed() {
        assertEquals("InfiniBand channel adapter", NodeType.CA.description());
        assertEquals("iWARP NIC", NodeType.RNIC.description());
        assertEquals("active", PortState.ACTIVE.description());
        assertEquals("down", PortState.DOWN.description());
        assertEquals("local catastrophic error", AsyncEventType.DEVICE_FATAL.description());
        assertEquals("remote access error", WorkCompletionStatus.REM_ACCESS_ERR.description());
        assertEquals("GID table change", AsyncEventType.GID_CHANGE.description());
    }

    @Test
    void shouldConvertBothWays_whenARateIsANumber() {
        assertEquals(Rate.GBPS_100, Rate.ofMegabitsPerSecond(Rate.GBPS_100.megabitsPerSecond()));
        assertEquals(103125, Rate.GBPS_100.megabitsPerSecond());
        assertEquals(Rate.MAX, Rate.ofMegabitsPerSecond(12345));
        assertEquals(4, Rate.GBPS_10.multiple());
        assertEquals(Rate.GBPS_10, Rate.ofMultiple(4));
        assertEquals(Rate.MAX, Rate.ofMultiple(3));
    }

    @Test
    void shouldHaveBytes_whenAnMtuIsANumber() {
        assertEquals(
                Set.of(256, 512, 1024, 2048, 4096),
                Set.copyOf(Arrays.stream(Mtu.values()).map(Mtu::bytes).toList()));
    }

    @Test
    void shouldKeepWhatItHasNoNameFor_whenBitsBecomeFlags() {
        long bits = AccessFlag.LOCAL_WRITE.value() | AccessFlag.RELAXED_ORDERING.value() | 1L << 40;

        Flags<AccessFlag> flags = Flags.of(AccessFlag.class, bits);

        assertEquals(EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.RELAXED_ORDERING), flags);
        assertEquals(1 | 1L << 20, Constants.bits(flags));
        assertEquals(bits, flags.bits());
        assertEquals(1L << 40, flags.unnamedBits());
        assertEquals("[LOCAL_WRITE, RELAXED_ORDERING] and 0x10000000000", flags.toString());
        assertThrows(UnsupportedOperationException.class, () -> flags.remove(AccessFlag.LOCAL_WRITE));
        assertEquals(PortState.UNKNOWN, Constants.find(PortState.class, 99, PortState.UNKNOWN));
    }

    @Test
    void shouldHaveTheTypeOfEachBit_whenQueuePairTypesAreBits() {
        Flags<QueuePairType> types = Flags.types(1 << QueuePairType.UD.value() | 1 << 31);

        assertEquals(EnumSet.of(QueuePairType.UD), types);
        assertEquals(1L << 31, types.unnamedBits());
    }

    @Test
    void shouldWidenIt_whenTheHighestBitIsAFlag() {
        assertEquals(1L << 31, RxHashField.INNER.value());
        assertEquals(1L << 34, DeviceCapability.RAW_SCATTER_FCS.value());
    }

    @Test
    void shouldSayWhetherAForkIsSafe_whenAsked() {
        ForkStatus before = Verbs.forkStatus();
        Verbs.prepareForFork();
        ForkStatus after = Verbs.forkStatus();

        assertTrue(after == ForkStatus.ENABLED || after == ForkStatus.UNNEEDED, before + " then " + after);
    }

    @Test
    void shouldBeAReceive_whenDataArrived() {
        assertEquals(
                EnumSet.of(
                        WorkCompletionOpcode.RECV,
                        WorkCompletionOpcode.RECV_RDMA_WITH_IMM,
                        WorkCompletionOpcode.TM_RECV,
                        WorkCompletionOpcode.TM_NO_TAG),
                Stream.of(WorkCompletionOpcode.values())
                        .filter(WorkCompletionOpcode::isReceive)
                        .collect(Collectors.toSet()));
    }
}
