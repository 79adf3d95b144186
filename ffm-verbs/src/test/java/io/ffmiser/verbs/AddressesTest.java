package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.gen.ibv_ah_attr;
import io.ffmiser.verbs.gen.ibv_global_route;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GIDs, GUIDs, Ethernet addresses and ways, as text and as C structs. */
class AddressesTest {
    @Test
    void shouldKeepTheBytes_whenAGidIsReadAndWritten() {
        Gid gid = Gid.parse("fe80::5054:ff:fe12:3456");
        byte[] bytes = new byte[16];

        gid.writeTo(MemorySegment.ofArray(bytes));

        assertEquals((byte) 0xFE, bytes[0]);
        assertEquals((byte) 0x56, bytes[15]);
        assertEquals(gid, Gid.read(MemorySegment.ofArray(bytes)));
        assertEquals(0xFE80_0000_0000_0000L, gid.subnetPrefix());
        assertEquals("fe80:0000:0000:0000:5054:00ff:fe12:3456", gid.toString());
    }

    @Test
    void shouldBeMapped_whenAGidStandsForAnIpv4Address() throws Exception {
        InetAddress address = InetAddress.getByName("10.9.0.1");

        Gid gid = Gid.of(address);

        assertEquals(new Gid(0, 0x0000_FFFF_0A09_0001L), gid);
        assertEquals(address, gid.toInetAddress());
        assertEquals(gid, Gid.parse("::ffff:10.9.0.1"));
    }

    @Test
    void shouldRefuseIt_whenAGidIsNoAddress() {
        assertThrows(IllegalArgumentException.class, () -> Gid.parse("mlx5_0"));
        assertThrows(IndexOutOfBoundsException.class, () -> Gid.ZERO.writeTo(MemorySegment.ofArray(new byte[15])));
    }

    @Test
    void shouldPrintFourGroups_whenAGuidIsShown() {
        assertEquals("0011:2233:4455:6677", new Guid(0x0011_2233_4455_6677L).toString());
        assertEquals("ffff:ffff:ffff:ffff", new Guid(-1).toString());
    }

    @Test
    void shouldKeepItsBytes_whenAnEthernetAddressIsParsed() {
        MacAddress mac = MacAddress.parse("52:54:00:12:34:f6");
        byte[] bytes = new byte[6];
        mac.writeTo(MemorySegment.ofArray(bytes));

        assertEquals(0x5254_0012_34F6L, mac.value());
        assertEquals((byte) 0xF6, bytes[5]);
        assertEquals("52:54:00:12:34:f6", mac.toString());
        assertEquals(mac, MacAddress.read(MemorySegment.ofArray(bytes)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "52:54:00:12:34", "52:54:00:12:34:f6:00", "52-54-00-12-34-f6", "gg:54:00:12:34:f6"})
    void shouldRefuseIt_whenItIsNoEthernetAddress(String text) {
        assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
    }

    @Test
    void shouldBeAsTheCompilersMacro_whenAFlowLabelBecomesAUdpPort() {
        // ibv_flow_label_to_udp_sport: the high 6 bits are folded into the low 14, above 0xC000
        assertEquals(0xC000, route(0).udpSourcePort());
        assertEquals(0xC001, route(1).udpSourcePort());
        assertEquals(0xFFFF, route(0x03FFF).udpSourcePort());
        assertEquals(0xC001, route(0x04000).udpSourcePort());
        assertEquals(0xC000 | (0x3FFF ^ 0x3F), route(0xFFFFF).udpSourcePort());
    }

    private static GlobalRoute route(int flowLabel) {
        return new GlobalRoute(Gid.ZERO, flowLabel, 0, 1, 0);
    }

    @Test
    void shouldNameTheField_whenARouteDoesNotFit() {
        var tooBig = assertThrows(IllegalArgumentException.class, () -> route(0x100000));
        assertTrue(String.valueOf(tooBig.getMessage()).contains("flow label"), tooBig.toString());
        assertThrows(IllegalArgumentException.class, () -> new GlobalRoute(Gid.ZERO, 0, 256, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new GlobalRoute(Gid.ZERO, 0, 0, -1, 0));
    }

    @Test
    void shouldComeBackEqual_whenAWayGoesThroughTheStruct() {
        var routed = new AddressHandleAttributes(
                new GlobalRoute(Gid.parse("fd09::2"), 0xABCDE, 0xFE, 0xFD, 0xFC),
                0xFFFE,
                15,
                0x7F,
                Rate.GBPS_100,
                0xFF);
        var local = AddressHandleAttributes.byLid(1, 0x1234);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_ah_attr.allocate(arena);

            routed.writeTo(attr);
            assertEquals(routed, AddressHandleAttributes.readFrom(attr));
            assertEquals(0xABCDE, ibv_global_route.flow_label(ibv_ah_attr.grh(attr)));

            local.writeTo(attr);
            assertEquals(local, AddressHandleAttributes.readFrom(attr));
            assertEquals(0, ibv_ah_attr.is_global(attr));
            assertNull(local.route());
        }
    }

    @Test
    void shouldCountInTheLowByteOnly_whenAWindowsKeyIsIncremented() {
        assertEquals(0x12345601, MemoryWindow.incrementKey(0x12345600));
        assertEquals(0xFFFFFF00, MemoryWindow.incrementKey(0xFFFFFFFF));
    }
}
