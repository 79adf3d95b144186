package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_device_attr;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.MemorySegment;

/**
 * What a device is and how much it takes (struct ibv_device_attr, ibv_query_device(3)). A limit is what the device could do at best: what is
 * left of it, or allowed to this process, may be less.
 *
 * @param firmwareVersion the firmware, as its maker writes it; empty on software devices
 * @param nodeGuid the node
 * @param systemImageGuid shared by the nodes of one adapter
 * @param maxMemoryRegionBytes of one memory region, unsigned
 * @param pageSizes the page sizes that it can register, one bit a size
 * @param vendorId the IEEE OUI
 * @param vendorPartId the model
 * @param hardwareVersion its revision
 * @param maxQueuePairs how many there may be
 * @param maxWorkRequests of one work queue
 * @param capabilities what it can do
 * @param maxSge scatter/gather elements of one work request
 * @param maxSgeRead of one RDMA Read
 * @param maxCompletionQueues how many there may be
 * @param maxCompletionQueueEntries of one completion queue
 * @param maxMemoryRegions how many there may be
 * @param maxProtectionDomains how many there may be
 * @param maxReadAtomicAsTarget RDMA Reads and atomics that one queue pair answers at a time
 * @param maxEndToEndReadAtomicAsTarget of one end-to-end context (RD)
 * @param maxReadAtomicResources for the answers of the whole device
 * @param maxReadAtomicAsInitiator RDMA Reads and atomics that one queue pair has under way
 * @param maxEndToEndReadAtomicAsInitiator of one end-to-end context (RD)
 * @param atomicCapability how far its atomics are atomic
 * @param maxEndToEndContexts (RD)
 * @param maxReliableDatagramDomains (RD)
 * @param maxMemoryWindows how many there may be
 * @param maxRawIpv6QueuePairs how many there may be
 * @param maxRawEthertypeQueuePairs how many there may be
 * @param maxMulticastGroups how many there may be
 * @param maxMulticastQueuePairs attached to one group
 * @param maxMulticastAttachments of all groups together
 * @param maxAddressHandles how many there may be
 * @param maxFastMemoryRegions how many there may be
 * @param maxMapsPerFastMemoryRegion before it must be unmapped
 * @param maxSharedReceiveQueues how many there may be
 * @param maxSharedReceiveQueueRequests of one shared receive queue
 * @param maxSharedReceiveQueueSge of one receive in a shared receive queue
 * @param maxPartitions P_Keys of a port
 * @param localAckDelay that it adds to an acknowledgement: 4.096 us times 2 to this power
 * @param ports physical ports, numbered from 1
 */
public record DeviceAttributes(
        String firmwareVersion,
        Guid nodeGuid,
        Guid systemImageGuid,
        long maxMemoryRegionBytes,
        long pageSizes,
        long vendorId,
        long vendorPartId,
        long hardwareVersion,
        int maxQueuePairs,
        int maxWorkRequests,
        Flags<DeviceCapability> capabilities,
        int maxSge,
        int maxSgeRead,
        int maxCompletionQueues,
        int maxCompletionQueueEntries,
        int maxMemoryRegions,
        int maxProtectionDomains,
        int maxReadAtomicAsTarget,
        int maxEndToEndReadAtomicAsTarget,
        int maxReadAtomicResources,
        int maxReadAtomicAsInitiator,
        int maxEndToEndReadAtomicAsInitiator,
        AtomicCapability atomicCapability,
        int maxEndToEndContexts,
        int maxReliableDatagramDomains,
        int maxMemoryWindows,
        int maxRawIpv6QueuePairs,
        int maxRawEthertypeQueuePairs,
        int maxMulticastGroups,
        int maxMulticastQueuePairs,
        int maxMulticastAttachments,
        int maxAddressHandles,
        int maxFastMemoryRegions,
        int maxMapsPerFastMemoryRegion,
        int maxSharedReceiveQueues,
        int maxSharedReceiveQueueRequests,
        int maxSharedReceiveQueueSge,
        int maxPartitions,
        int localAckDelay,
        int ports) {
    static DeviceAttributes readFrom(MemorySegment from) {
        return new DeviceAttributes(
                ibv_device_attr.fw_ver(from).getString(0),
                new Guid(Long.reverseBytes(ibv_device_attr.node_guid(from))),
                new Guid(Long.reverseBytes(ibv_device_attr.sys_image_guid(from))),
                ibv_device_attr.max_mr_size(from),
                ibv_device_attr.page_size_cap(from),
                Integer.toUnsignedLong(ibv_device_attr.vendor_id(from)),
                Integer.toUnsignedLong(ibv_device_attr.vendor_part_id(from)),
                Integer.toUnsignedLong(ibv_device_attr.hw_ver(from)),
                ibv_device_attr.max_qp(from),
                ibv_device_attr.max_qp_wr(from),
                Flags.of(DeviceCapability.class, Integer.toUnsignedLong(ibv_device_attr.device_cap_flags(from))),
                ibv_device_attr.max_sge(from),
                ibv_device_attr.max_sge_rd(from),
                ibv_device_attr.max_cq(from),
                ibv_device_attr.max_cqe(from),
                ibv_device_attr.max_mr(from),
                ibv_device_attr.max_pd(from),
                ibv_device_attr.max_qp_rd_atom(from),
                ibv_device_attr.max_ee_rd_atom(from),
                ibv_device_attr.max_res_rd_atom(from),
                ibv_device_attr.max_qp_init_rd_atom(from),
                ibv_device_attr.max_ee_init_rd_atom(from),
                Constants.find(AtomicCapability.class, ibv_device_attr.atomic_cap(from), AtomicCapability.NONE),
                ibv_device_attr.max_ee(from),
                ibv_device_attr.max_rdd(from),
                ibv_device_attr.max_mw(from),
                ibv_device_attr.max_raw_ipv6_qp(from),
                ibv_device_attr.max_raw_ethy_qp(from),
                ibv_device_attr.max_mcast_grp(from),
                ibv_device_attr.max_mcast_qp_attach(from),
                ibv_device_attr.max_total_mcast_qp_attach(from),
                ibv_device_attr.max_ah(from),
                ibv_device_attr.max_fmr(from),
                ibv_device_attr.max_map_per_fmr(from),
                ibv_device_attr.max_srq(from),
                ibv_device_attr.max_srq_wr(from),
                ibv_device_attr.max_srq_sge(from),
                Short.toUnsignedInt(ibv_device_attr.max_pkeys(from)),
                Byte.toUnsignedInt(ibv_device_attr.local_ca_ack_delay(from)),
                Byte.toUnsignedInt(ibv_device_attr.phys_port_cnt(from)));
    }
}
