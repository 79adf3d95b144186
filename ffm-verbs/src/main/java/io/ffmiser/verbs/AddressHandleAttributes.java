package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_ah_attr;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The way to a peer: of an {@link AddressHandle}, and of the primary and alternate path of a connected queue pair (struct ibv_ah_attr,
 * ibv_create_ah(3)).
 *
 * @param route beyond the subnet, or null within one; RoCE always has one
 * @param destinationLid the peer's LID in the subnet, 16 bits; 0 on RoCE
 * @param serviceLevel 0 to 15
 * @param sourcePathBits the low bits of the source LID where the port has several, 8 bits
 * @param staticRate the most that is sent this way
 * @param port the local port, from 1 to 255; 0 in an answer of a device that has none to tell
 */
public record AddressHandleAttributes(
        @Nullable GlobalRoute route,
        int destinationLid,
        int serviceLevel,
        int sourcePathBits,
        Rate staticRate,
        int port) {
    /** Refuses what does not fit its field. */
    public AddressHandleAttributes {
        Ranges.require("LID", destinationLid, 0, 0xFFFF);
        Ranges.require("service level", serviceLevel, 0, 15);
        Ranges.require("source path bits", sourcePathBits, 0, 0xFF);
        Ranges.require("port", port, 0, 0xFF);
    }

    /** A way by GID from port 1 on, as RoCE needs. */
    public static AddressHandleAttributes byGid(int port, GlobalRoute route) {
        return new AddressHandleAttributes(route, 0, 0, 0, Rate.MAX, port);
    }

    /** A way within an InfiniBand subnet. */
    public static AddressHandleAttributes byLid(int port, int destinationLid) {
        return new AddressHandleAttributes(null, destinationLid, 0, 0, Rate.MAX, port);
    }

    /** Fills a {@code struct ibv_ah_attr}. */
    void writeTo(MemorySegment to) {
        to.asSlice(0, ibv_ah_attr.sizeof()).fill((byte) 0);
        if (route != null) {
            route.writeTo(ibv_ah_attr.grh(to));
            ibv_ah_attr.is_global(to, (byte) 1);
        }
        ibv_ah_attr.dlid(to, (short) destinationLid);
        ibv_ah_attr.sl(to, (byte) serviceLevel);
        ibv_ah_attr.src_path_bits(to, (byte) sourcePathBits);
        ibv_ah_attr.static_rate(to, (byte) staticRate.value());
        ibv_ah_attr.port_num(to, (byte) port);
    }

    /** What a {@code struct ibv_ah_attr} says that rdma-core wrote; nothing of it is kept. */
    public static AddressHandleAttributes readFrom(MemorySegment from) {
        return new AddressHandleAttributes(
                ibv_ah_attr.is_global(from) != 0 ? GlobalRoute.readFrom(ibv_ah_attr.grh(from)) : null,
                Short.toUnsignedInt(ibv_ah_attr.dlid(from)),
                ibv_ah_attr.sl(from) & 0xF,
                Byte.toUnsignedInt(ibv_ah_attr.src_path_bits(from)),
                Constants.find(Rate.class, Byte.toUnsignedInt(ibv_ah_attr.static_rate(from)), Rate.MAX),
                Byte.toUnsignedInt(ibv_ah_attr.port_num(from)));
    }
}
