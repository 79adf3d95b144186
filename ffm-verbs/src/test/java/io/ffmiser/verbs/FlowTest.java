package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.FlowSpecification.Act;
import io.ffmiser.verbs.FlowSpecification.Count;
import io.ffmiser.verbs.FlowSpecification.Drop;
import io.ffmiser.verbs.FlowSpecification.Match;
import io.ffmiser.verbs.FlowSpecification.Tag;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Flows, ESP actions and counters, which software devices lack: what the C test library was given, byte by byte. */
class FlowTest {
    private final Context context = Context.borrow(FakeVerbs.controlContext());
    private final QueuePair queuePair =
            QueuePair.borrow(FakeVerbs.make("fake_qp", context.pointer(), (int) QueuePairType.RAW_PACKET.value()));

    private static Flow.Attributes attributes(FlowSpecification... specifications) {
        return new Flow.Attributes(FlowType.NORMAL, 3, 2, Set.of(FlowFlag.DONT_TRAP), List.of(specifications));
    }

    @SuppressWarnings("restricted") // the size of the C array
    private static MemorySegment given() {
        return FakeVerbs.make("fake_last_flow").reinterpret(1024);
    }

    private static byte[] bytes(long offset, long count) {
        return given().asSlice(offset, count).toArray(ValueLayout.JAVA_BYTE);
    }

    private static Inet4Address ip(String text) {
        return (Inet4Address) InetAddress.ofLiteral(text);
    }

    @Test
    void shouldBeAsInTheManual_whenAFlowMatchesEthernetAndIpv4() {
        MacAddress none = new MacAddress(0);
        try (Flow flow = Flow.create(
                queuePair,
                attributes(
                        new Match<>(
                                new FlowFilter.Ethernet(MacAddress.parse("66:11:22:33:44:55"), none, 0x0800, 0x2005),
                                new FlowFilter.Ethernet(MacAddress.parse("ff:ff:ff:ff:ff:ff"), none, 0xFFFF, 0xFFFF)),
                        new Match<>(
                                new FlowFilter.Ipv4(ip("11.134.200.6"), ip("0.0.0.0")),
                                new FlowFilter.Ipv4(ip("255.255.255.255"), ip("0.0.0.0")))))) {
            FakeVerbs.Call call = FakeVerbs.call("ibv_create_flow");
            assertEquals(queuePair.pointer().address(), call.argument(0));
            assertEquals(2, call.argument(2));
            assertEquals(20 + 40 + 24, call.argument(3));
            // struct ibv_flow_attr: type, size, priority, specifications, port, flags
            assertArrayEquals(new byte[] {0, 0, 0, 0, 84, 0, 3, 0, 2, 2}, bytes(4, 10));
            assertEquals(2, given().get(ValueLayout.JAVA_INT, 16));
            // Ethernet: type 0x20, 40 bytes, then value and mask in network order
            assertArrayEquals(new byte[] {0x20, 0, 0, 0, 40, 0}, bytes(20, 6));
            assertArrayEquals(
                    new byte[] {0x66, 0x11, 0x22, 0x33, 0x44, 0x55, 0, 0, 0, 0, 0, 0, 8, 0, 0x20, 5}, bytes(26, 16));
            assertArrayEquals(new byte[] {-1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1}, bytes(42, 16));
            // IPv4: type 0x30, 24 bytes
            assertArrayEquals(new byte[] {0x30, 0, 0, 0, 24, 0}, bytes(60, 6));
            assertArrayEquals(new byte[] {11, (byte) 134, (byte) 200, 6, 0, 0, 0, 0}, bytes(68, 8));
            assertArrayEquals(new byte[] {-1, -1, -1, -1, 0, 0, 0, 0}, bytes(76, 8));
            assertEquals("flow to RAW_PACKET QP 4711", flow.toString());
            FakeVerbs.reset();
        }
        FakeVerbs.call("ibv_destroy_flow");
    }

    private void expect(FlowFilter filter, int type, int... value) {
        try (Flow flow = Flow.create(queuePair, attributes(new Match<>(filter, filter, true)))) {
            assertFalse(flow.isClosed());
            FlowFilter.Shape shape = filter.shape();
            assertEquals(type | 0x100, given().get(ValueLayout.JAVA_INT, 20));
            assertEquals(shape.specificationSize(), given().get(ValueLayout.JAVA_SHORT, 24));
            byte[] expected = new byte[value.length];
            for (int i = 0; i < value.length; i++) {
                expected[i] = (byte) value[i];
            }
            assertArrayEquals(expected, bytes(20 + shape.valueOffset(), value.length));
            assertArrayEquals(expected, bytes(20 + shape.maskOffset(), value.length));
        }
    }

    @Test
    void shouldBeInNetworkOrder_whenOtherHeadersAreMatched() {
        expect(
                new FlowFilter.Ipv4Extended(ip("1.2.3.4"), ip("5.6.7.8"), 9, 10, 11, 12),
                0x32,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                9,
                10,
                11,
                12);
        expect(
                new FlowFilter.Ipv6(Gid.parse("102::"), Gid.parse("::304"), 0x0A0B0C0D, 1, 2, 3),
                0x31,
                1,
                2,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                3,
                4,
                10,
                11,
                12,
                13,
                1,
                2,
                3);
        expect(new FlowFilter.Tcp(0x0102, 0x0304), 0x40, 3, 4, 1, 2);
        expect(new FlowFilter.Udp(0x0102, 0x0304), 0x41, 3, 4, 1, 2);
        expect(new FlowFilter.Esp(0x01020304, 0x05060708), 0x34, 1, 2, 3, 4, 5, 6, 7, 8);
        expect(new FlowFilter.Gre(0x0102, 0x0304, 0x05060708), 0x51, 1, 2, 3, 4, 5, 6, 7, 8);
        expect(new FlowFilter.Mpls(0x01020304), 0x60, 1, 2, 3, 4);
        expect(new FlowFilter.Vxlan(0x01020304), 0x50, 1, 2, 3, 4);
    }

    @Test
    void shouldOutliveTheFlow_whenItNamesAnActionAndCounters() {
        FlowAction action = FlowAction.createEsp(context, key());
        Counters counters = Counters.create(context);
        Flow flow =
                Flow.create(queuePair, attributes(new Tag(0xABCDEF), new Drop(), new Act(action), new Count(counters)));

        assertEquals(0x1000, given().get(ValueLayout.JAVA_INT, 20));
        assertEquals(0xABCDEF, given().get(ValueLayout.JAVA_INT, 28));
        assertEquals(0x1001, given().get(ValueLayout.JAVA_INT, 32));
        assertEquals(0x1002, given().get(ValueLayout.JAVA_INT, 40));
        assertEquals(action.pointer().address(), given().get(ValueLayout.JAVA_LONG_UNALIGNED, 48));
        assertEquals(0x1003, given().get(ValueLayout.JAVA_INT, 56));
        assertEquals(counters.pointer().address(), given().get(ValueLayout.JAVA_LONG_UNALIGNED, 64));
        assertThrows(IllegalStateException.class, action::close);
        assertThrows(IllegalStateException.class, counters::close);
        assertThrows(IllegalStateException.class, queuePair::close);

        flow.close();
        counters.close();
        action.close();
        queuePair.close();
    }

    private static EspAttributes key() {
        return new EspAttributes(
                new EspAttributes.Association(1, 2, 3, EnumSet.of(EspFlag.FULL_OFFLOAD, EspFlag.ENCRYPT), 4L << 32),
                new EspAttributes.AesGcmKey(5L << 32, 6, 16, MemorySegment.ofArray(new byte[16])));
    }

    @Test
    void shouldReachTheDevice_whenAnEspActionIsCreatedAndModified() {
        byte[] secret = new byte[32];
        secret[0] = 0x77;
        EspAttributes attributes = new EspAttributes(
                key().association(),
                new EspAttributes.AesGcmKey(5L << 32, 6, 16, MemorySegment.ofArray(secret)),
                OptionalInt.of(64),
                OptionalInt.of(9),
                List.of(new FlowFilter.Vxlan(0x01000000), new FlowFilter.Mpls(0x02000000)));

        FlowAction action = FlowAction.createEsp(context, attributes);

        assertEquals(
                List.of("create_flow_action_esp", "esn", "esp", "keymat", "replay", "encap", "encap"),
                FakeVerbs.calls().stream().map(FakeVerbs.Call::name).toList());
        assertEquals(List.of(1L, 9L), FakeVerbs.calls().get(1).arguments().subList(0, 2));
        assertEquals(
                List.of(1L, 2L, 3L, 5L, 4L << 32),
                FakeVerbs.calls().get(2).arguments().subList(0, 5));
        assertEquals(
                List.of(0L, 56L, 5L << 32, 0L, 6L, 16L, 32L, 0x77L),
                FakeVerbs.calls().get(3).arguments());
        assertEquals(List.of(1L, 4L, 64L), FakeVerbs.calls().get(4).arguments().subList(0, 3));
        assertEquals(
                List.of(0x50L, 4L, 1L), FakeVerbs.calls().get(5).arguments().subList(0, 3));
        assertEquals(
                List.of(0x60L, 4L, 2L), FakeVerbs.calls().get(6).arguments().subList(0, 3));
        assertTrue(attributes.toString().contains("key=AES-256-GCM key,"), "a key is never printed");

        FakeVerbs.reset();
        action.modifyEsp(new EspAttributes(null, null, OptionalInt.empty(), OptionalInt.of(10), List.of()));
        assertEquals(
                List.of("modify_flow_action_esp", "esn"),
                FakeVerbs.calls().stream().map(FakeVerbs.Call::name).toList());
        assertEquals(10, FakeVerbs.calls().get(1).argument(1));

        FakeVerbs.reset();
        action.close();
        FakeVerbs.call("destroy_flow_action");
    }

    @Test
    void shouldRefuseTheKey_whenItHasNoLengthOfAes() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new EspAttributes.AesGcmKey(0, 0, 16, MemorySegment.ofArray(new byte[17])));
    }

    @Test
    void shouldReadWhatWasAttached_whenCountersAreRead() {
        try (Counters counters = Counters.create(context);
                Flow flow = Flow.create(queuePair, attributes(new Drop()))) {
            FakeVerbs.reset();
            counters.attach(CounterDescription.BYTES, 1, flow);
            FakeVerbs.Call call = FakeVerbs.call("attach_counters_point_flow");
            assertEquals(1, call.argument(1));
            assertEquals(1, call.argument(2));
            assertEquals(flow.pointer().address(), call.argument(4));

            FakeVerbs.failNext(Errno.EBUSY.number());
            assertEquals(Errno.EBUSY, DeviceTest.errnoOf(() -> counters.attach(CounterDescription.PACKETS, 0, null)));

            FakeVerbs.reset();
            assertArrayEquals(new long[] {1000, 1001, 1002}, counters.read(3, true));
            assertEquals(1, FakeVerbs.call("read_counters").argument(2));
            FakeVerbs.reset();
        }
        assertEquals(
                List.of("ibv_destroy_flow", "destroy_counters"),
                FakeVerbs.calls().stream().map(FakeVerbs.Call::name).toList());
    }

    @Test
    void shouldNotBeSupported_whenTheDeviceSteersNothing() {
        QueuePair plain = QueuePair.borrow(
                FakeVerbs.make("fake_qp", FakeVerbs.context(), (int) QueuePairType.RAW_PACKET.value()));

        assertEquals(Errno.EOPNOTSUPP, DeviceTest.errnoOf(() -> Flow.create(plain, attributes(new Drop()))));
        assertTrue(FakeVerbs.calls().isEmpty());
    }
}
