package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_gid;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/**
 * A global identifier of a port: 128 bits, written as an IPv6 address (IB specification 4.1.1; for RoCE v2 it is the IP address of the port,
 * IPv4 as an IPv4-mapped one).
 *
 * @param subnetPrefix the high 64 bits, in the machine's byte order
 * @param interfaceId the low 64 bits, in the machine's byte order
 */
public record Gid(long subnetPrefix, long interfaceId) {
    /** The GID of an unused table entry. */
    public static final Gid ZERO = new Gid(0, 0);

    private static final long IPV4_MAPPED = 0x0000_FFFF_0000_0000L;
    private static final ValueLayout.OfLong WIRE = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** The GID that a RoCE v2 port of this address has. */
    public static Gid of(InetAddress address) {
        MemorySegment bytes = MemorySegment.ofArray(address.getAddress());
        return address instanceof Inet4Address
                ? new Gid(
                        0,
                        IPV4_MAPPED
                                | Integer.toUnsignedLong(
                                        bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0)))
                : read(bytes);
    }

    /** Reads it as tools print it, such as {@code fe80::5054:ff:fe12:3456} or {@code ::ffff:10.9.0.1}; no name is looked up. */
    public static Gid parse(String text) {
        return of(InetAddress.ofLiteral(text));
    }

    /** From 16 bytes in network order, at the begin of a segment or of a {@code union ibv_gid}. */
    public static Gid read(MemorySegment from) {
        return new Gid(from.get(WIRE, 0), from.get(WIRE, Long.BYTES));
    }

    /** As 16 bytes in network order, at the begin of a segment or of a {@code union ibv_gid}. */
    public void writeTo(MemorySegment to) {
        to.get(ValueLayout.JAVA_BYTE, ibv_gid.sizeof() - 1);
        to.set(WIRE, 0, subnetPrefix);
        to.set(WIRE, Long.BYTES, interfaceId);
    }

    /** The IP address that these bits are; an {@link Inet4Address} where they are IPv4-mapped. */
    public InetAddress toInetAddress() {
        byte[] bytes = new byte[2 * Long.BYTES];
        writeTo(MemorySegment.ofArray(bytes));
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("16 bytes are an address", e);
        }
    }

    /** As sysfs and most tools print it: {@code fe80:0000:0000:0000:5054:00ff:fe12:3456}. */
    @Override
    public String toString() {
        return new Guid(subnetPrefix) + ":" + new Guid(interfaceId);
    }
}
