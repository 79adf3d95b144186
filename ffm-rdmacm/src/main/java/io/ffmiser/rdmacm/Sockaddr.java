package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.in6_addr;
import io.ffmiser.rdmacm.gen.in_addr;
import io.ffmiser.rdmacm.gen.sockaddr;
import io.ffmiser.rdmacm.gen.sockaddr_in;
import io.ffmiser.rdmacm.gen.sockaddr_in6;
import io.ffmiser.rdmacm.gen.sockaddr_storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** {@code struct sockaddr_in} and {@code struct sockaddr_in6} (ip(7), ipv6(7)): port and address in network byte order, scope in the host's. */
final class Sockaddr {
    static final short AF_INET = 2;
    static final short AF_INET6 = 10;

    private Sockaddr() {}

    /**
     * The address as C has it, exactly as long as its family asks for.
     *
     * @throws IllegalArgumentException for a name that was not resolved
     */
    static MemorySegment write(InetSocketAddress from, SegmentAllocator allocator) {
        InetAddress address = resolved(from).getAddress();
        short port = swap((short) from.getPort());
        byte[] octets = address.getAddress();
        if (address instanceof Inet4Address) {
            MemorySegment to = sockaddr_in.allocate(allocator).fill((byte) 0);
            sockaddr_in.sin_family(to, AF_INET);
            sockaddr_in.sin_port(to, port);
            MemorySegment.copy(octets, 0, sockaddr_in.sin_addr(to), ValueLayout.JAVA_BYTE, 0, octets.length);
            return to;
        }
        MemorySegment to = sockaddr_in6.allocate(allocator).fill((byte) 0);
        sockaddr_in6.sin6_family(to, AF_INET6);
        sockaddr_in6.sin6_port(to, port);
        MemorySegment.copy(octets, 0, sockaddr_in6.sin6_addr(to), ValueLayout.JAVA_BYTE, 0, octets.length);
        if (address instanceof Inet6Address six) {
            sockaddr_in6.sin6_scope_id(to, six.getScopeId());
        }
        return to;
    }

    /** The address, which is one and not a name. */
    static InetSocketAddress resolved(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(
                    address + " is unresolved: RDMA connects to addresses, look the name up first");
        }
        return address;
    }

    /**
     * The address that C wrote; null for one that is not set, or of another family than IP.
     *
     * @param from bounded, at least {@code struct sockaddr}, and as long as its family asks for
     */
    static @Nullable InetSocketAddress read(MemorySegment from) {
        try {
            return switch (sockaddr.sa_family(from)) {
                case AF_INET -> {
                    byte[] octets = sockaddr_in
                            .sin_addr(from)
                            .asSlice(0, in_addr.sizeof())
                            .toArray(ValueLayout.JAVA_BYTE);
                    yield new InetSocketAddress(InetAddress.getByAddress(octets), port(sockaddr_in.sin_port(from)));
                }
                case AF_INET6 -> {
                    byte[] octets = sockaddr_in6
                            .sin6_addr(from)
                            .asSlice(0, in6_addr.sizeof())
                            .toArray(ValueLayout.JAVA_BYTE);
                    int scope = sockaddr_in6.sin6_scope_id(from);
                    yield new InetSocketAddress(
                            Inet6Address.getByAddress(null, octets, scope == 0 ? -1 : scope),
                            port(sockaddr_in6.sin6_port(from)));
                }
                default -> null;
            };
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 octets", e);
        }
    }

    /** As {@link #read}, from a pointer that may be NULL. */
    @SuppressWarnings("restricted")
    static @Nullable InetSocketAddress readPointer(MemorySegment pointer, int length) {
        if (pointer.equals(MemorySegment.NULL) || length < sockaddr.sizeof()) {
            return null;
        }
        MemorySegment bounded = pointer.reinterpret(Math.min(length, sockaddr_storage.sizeof()));
        return sockaddr.sa_family(bounded) == AF_INET6 && bounded.byteSize() < sockaddr_in6.sizeof()
                ? null
                : read(bounded);
    }

    /** A port, out of or into network byte order. */
    static int port(short networkOrder) {
        return Short.toUnsignedInt(swap(networkOrder));
    }

    private static short swap(short value) {
        return Short.reverseBytes(value);
    }
}
