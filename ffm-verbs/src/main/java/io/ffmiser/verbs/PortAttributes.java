package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_port_attr;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.MemorySegment;

/**
 * The state and the limits of a port (struct ibv_port_attr, ibv_query_port(3)).
 *
 * @param state its logical state
 * @param maxMtu that it could have; the smallest where a later library tells one that has no constant here
 * @param activeMtu that it has: what a path MTU may be at most; the smallest where it has no constant here
 * @param gidTableLength entries of its GID table, used or not
 * @param capabilities what it can do
 * @param maxMessageBytes of one message
 * @param badPartitionKeys packets that came with a wrong P_Key
 * @param queueKeyViolations packets that came with a wrong Q_Key
 * @param partitionTableLength entries of its P_Key table
 * @param lid its address in an InfiniBand subnet; 0 on Ethernet
 * @param subnetManagerLid of the subnet manager
 * @param lidMaskControl how many low bits of the LID select a path
 * @param maxVirtualLanes coded as in PortInfo.VLCap
 * @param subnetManagerServiceLevel of the subnet manager
 * @param subnetTimeout 4.096 us times 2 to this power
 * @param initTypeReply how the subnet manager initialised it
 * @param activeWidth lanes, coded: 1 is 1x, 2 is 4x, 4 is 8x, 8 is 12x, 16 is 2x
 * @param activeSpeed of a lane, coded as in PortInfo.LinkSpeedActive and its extensions
 * @param physicalState coded as in PortInfo.PortPhysicalState: 5 is link up, 3 is disabled
 * @param linkLayer what it is connected to
 * @param requiresGrh whether every address needs a {@link GlobalRoute}
 * @param capabilities2 what else it can do
 * @param activeSpeedExtended of a lane, coded as {@code activeSpeed} with more bits: 256 is XDR; 0 where the device or an rdma-core before 49
 *     does not tell it
 */
public record PortAttributes(
        PortState state,
        Mtu maxMtu,
        Mtu activeMtu,
        int gidTableLength,
        Flags<PortCapability> capabilities,
        long maxMessageBytes,
        long badPartitionKeys,
        long queueKeyViolations,
        int partitionTableLength,
        int lid,
        int subnetManagerLid,
        int lidMaskControl,
        int maxVirtualLanes,
        int subnetManagerServiceLevel,
        int subnetTimeout,
        int initTypeReply,
        int activeWidth,
        int activeSpeed,
        int physicalState,
        LinkLayer linkLayer,
        boolean requiresGrh,
        Flags<PortCapability2> capabilities2,
        int activeSpeedExtended) {
    static PortAttributes readFrom(MemorySegment from) {
        return new PortAttributes(
                Constants.find(PortState.class, ibv_port_attr.state(from), PortState.UNKNOWN),
                Constants.find(Mtu.class, ibv_port_attr.max_mtu(from), Mtu.BYTES_256),
                Constants.find(Mtu.class, ibv_port_attr.active_mtu(from), Mtu.BYTES_256),
                ibv_port_attr.gid_tbl_len(from),
                Flags.of(PortCapability.class, Integer.toUnsignedLong(ibv_port_attr.port_cap_flags(from))),
                Integer.toUnsignedLong(ibv_port_attr.max_msg_sz(from)),
                Integer.toUnsignedLong(ibv_port_attr.bad_pkey_cntr(from)),
                Integer.toUnsignedLong(ibv_port_attr.qkey_viol_cntr(from)),
                Short.toUnsignedInt(ibv_port_attr.pkey_tbl_len(from)),
                Short.toUnsignedInt(ibv_port_attr.lid(from)),
                Short.toUnsignedInt(ibv_port_attr.sm_lid(from)),
                Byte.toUnsignedInt(ibv_port_attr.lmc(from)),
                Byte.toUnsignedInt(ibv_port_attr.max_vl_num(from)),
                Byte.toUnsignedInt(ibv_port_attr.sm_sl(from)),
                Byte.toUnsignedInt(ibv_port_attr.subnet_timeout(from)),
                Byte.toUnsignedInt(ibv_port_attr.init_type_reply(from)),
                Byte.toUnsignedInt(ibv_port_attr.active_width(from)),
                Byte.toUnsignedInt(ibv_port_attr.active_speed(from)),
                Byte.toUnsignedInt(ibv_port_attr.phys_state(from)),
                Constants.find(LinkLayer.class, Byte.toUnsignedInt(ibv_port_attr.link_layer(from)), LinkLayer.UNKNOWN),
                (ibv_port_attr.flags(from) & LibIbverbs.IBV_QPF_GRH_REQUIRED()) != 0,
                Flags.of(PortCapability2.class, Short.toUnsignedLong(ibv_port_attr.port_cap_flags2(from))),
                ibv_port_attr.active_speed_ex(from));
    }
}
