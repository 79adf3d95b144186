package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The octets of struct sockaddr_in and sockaddr_in6 on x86-64, as gcc has them. */
class SockaddrTest {
    private static final String IPV4 = "0200" + "1d2f" + "0a090001" + "0000000000000000";
    private static final String IPV6 = "0a00" + "1d2f" + "00000000" + "fe800000000000000000000000000001" + "07000000";

    private static InetSocketAddress at(String address, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(address), port);
    }

    private static byte[] written(InetSocketAddress address) {
        try (Arena arena = Arena.ofConfined()) {
            return Sockaddr.write(address, arena).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static InetSocketAddress read(byte[] octets) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment storage = arena.allocate(128, 8).copyFrom(MemorySegment.ofArray(octets));
            return Objects.requireNonNull(Sockaddr.read(storage));
        }
    }

    @Test
    void shouldBeAsInC_whenIpv4IsWritten() throws Exception {
        assertArrayEquals(HexFormat.of().parseHex(IPV4), written(at("10.9.0.1", 7471)));
    }

    @Test
    void shouldBeAsInC_whenIpv6WithScopeIsWritten() throws Exception {
        byte[] octets = InetAddress.getByName("fe80::1").getAddress();
        InetSocketAddress address = new InetSocketAddress(Inet6Address.getByAddress(null, octets, 7), 7471);
        assertArrayEquals(HexFormat.of().parseHex(IPV6), written(address));
    }

    @Test
    void shouldReadWhatWasWritten_whenIpv4() throws Exception {
        assertEquals(at("10.9.0.1", 65535), read(written(at("10.9.0.1", 65535))));
    }

    @Test
    void shouldReadWhatWasWritten_whenIpv6() throws Exception {
        assertEquals(at("fd09::1", 1), read(written(at("fd09::1", 1))));
    }

    @Test
    void shouldKeepTheScope_whenIpv6IsRead() {
        InetSocketAddress address = read(HexFormat.of().parseHex(IPV6));
        assertEquals(7, ((Inet6Address) address.getAddress()).getScopeId());
        assertEquals(7471, address.getPort());
    }

    @Test
    void shouldStayIpv6_whenAnIpv4MappedAddressIsRead() throws Exception {
        byte[] octets =
                HexFormat.of().parseHex("0a00" + "1d2f" + "00000000" + "00000000000000000000ffff0a090001" + "00000000");
        assertArrayEquals(
                HexFormat.of().parseHex("00000000000000000000ffff0a090001"),
                read(octets).getAddress().getAddress());
    }

    @Test
    void shouldBeNull_whenTheFamilyIsNotIp() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment storage = arena.allocate(128, 8);
            assertNull(Sockaddr.read(storage), "AF_UNSPEC");
            storage.set(ValueLayout.JAVA_SHORT, 0, (short) 27);
            assertNull(Sockaddr.read(storage), "AF_IB");
        }
    }

    @Test
    void shouldRefuse_whenTheNameIsUnresolved() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        assertThrows(IllegalArgumentException.class, () -> written(name));
    }
}
