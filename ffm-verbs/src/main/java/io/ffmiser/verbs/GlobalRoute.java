package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_global_route;
import java.lang.foreign.MemorySegment;

/**
 * Where a packet goes beyond its subnet; what RoCE and any routed network need (struct ibv_global_route, ibv_create_ah(3)).
 *
 * @param destination the peer's GID
 * @param flowLabel 20 bits; RoCE v2 makes its UDP source port of it
 * @param sourceGidIndex which GID of the port's table is the source
 * @param hopLimit how many routers it may pass
 * @param trafficClass its class of service
 */
public record GlobalRoute(Gid destination, int flowLabel, int sourceGidIndex, int hopLimit, int trafficClass) {
    private static final int HIGH_BITS = 14;

    /** Refuses what does not fit its field. */
    public GlobalRoute {
        check("flow label", flowLabel, LibIbverbs.IB_GRH_FLOWLABEL_MASK());
        check("index of the source GID", sourceGidIndex, 0xFF);
        check("hop limit", hopLimit, 0xFF);
        check("traffic class", trafficClass, 0xFF);
    }

    private static void check(String what, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("the " + what + " is " + value + ", which is not in 0 to " + max);
        }
    }

    /** A route with hop limit 64 and nothing else of its own. */
    public static GlobalRoute to(Gid destination, int sourceGidIndex) {
        return new GlobalRoute(destination, 0, sourceGidIndex, 64, 0);
    }

    /** The UDP source port that RoCE v2 sends from, for ECMP to spread flows (ibv_flow_label_to_udp_sport). */
    public int udpSourcePort() {
        int low = flowLabel & ((1 << HIGH_BITS) - 1);
        return (low ^ (flowLabel >>> HIGH_BITS)) | LibIbverbs.IB_ROCE_UDP_ENCAP_VALID_PORT_MIN();
    }

    void writeTo(MemorySegment to) {
        destination.writeTo(ibv_global_route.dgid(to));
        ibv_global_route.flow_label(to, flowLabel);
        ibv_global_route.sgid_index(to, (byte) sourceGidIndex);
        ibv_global_route.hop_limit(to, (byte) hopLimit);
        ibv_global_route.traffic_class(to, (byte) trafficClass);
    }

    static GlobalRoute readFrom(MemorySegment from) {
        return new GlobalRoute(
                Gid.read(ibv_global_route.dgid(from)),
                ibv_global_route.flow_label(from) & LibIbverbs.IB_GRH_FLOWLABEL_MASK(),
                Byte.toUnsignedInt(ibv_global_route.sgid_index(from)),
                Byte.toUnsignedInt(ibv_global_route.hop_limit(from)),
                Byte.toUnsignedInt(ibv_global_route.traffic_class(from)));
    }
}
