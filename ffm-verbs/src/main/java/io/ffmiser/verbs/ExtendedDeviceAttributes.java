package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_cq_moderation_caps;
import io.ffmiser.verbs.gen.ibv_device_attr_ex;
import io.ffmiser.verbs.gen.ibv_odp_caps;
import io.ffmiser.verbs.gen.ibv_packet_pacing_caps;
import io.ffmiser.verbs.gen.ibv_pci_atomic_caps;
import io.ffmiser.verbs.gen.ibv_rss_caps;
import io.ffmiser.verbs.gen.ibv_tm_caps;
import io.ffmiser.verbs.gen.ibv_tso_caps;
import java.lang.foreign.MemorySegment;

/**
 * What later devices tell beside {@link DeviceAttributes} (struct ibv_device_attr_ex, ibv_query_device_ex(3)); zero and empty where a device
 * says nothing.
 *
 * @param attributes what every device tells
 * @param onDemandPaging which memory may be paged in when it is needed
 * @param completionTimestampMask the bits of a completion's timestamp that count; 0 without timestamps
 * @param coreClockKhz the frequency of the clock behind those timestamps
 * @param capabilities the capabilities of the attributes, and those that came later
 * @param segmentation TCP segmentation offload
 * @param receiveSideScaling spreading of packets over receive queues
 * @param maxReceiveWorkQueues how many work queues of receives there may be
 * @param packetPacing rate limits of a queue pair
 * @param rawPacket what raw packet queue pairs can do
 * @param tagMatching matching of tags by shared receive queues
 * @param completionModeration how far events of a completion queue may be held back
 * @param maxDeviceMemoryBytes memory on the device itself
 * @param pciAtomics operand sizes of atomics over PCI
 * @param xrcOnDemandPaging what XRC may do with memory that is paged on demand
 * @param ports physical ports, also where there are more than 255
 */
public record ExtendedDeviceAttributes(
        DeviceAttributes attributes,
        OnDemandPaging onDemandPaging,
        long completionTimestampMask,
        long coreClockKhz,
        Flags<DeviceCapability> capabilities,
        Segmentation segmentation,
        ReceiveSideScaling receiveSideScaling,
        long maxReceiveWorkQueues,
        PacketPacing packetPacing,
        Flags<RawPacketCapability> rawPacket,
        TagMatching tagMatching,
        CompletionModeration completionModeration,
        long maxDeviceMemoryBytes,
        PciAtomics pciAtomics,
        Flags<OdpTransportCapability> xrcOnDemandPaging,
        long ports) {

    /**
     * On-demand paging (struct ibv_odp_caps).
     *
     * @param general whether at all
     * @param rc what reliable connections may do with it
     * @param uc unreliable connections
     * @param ud datagrams
     */
    public record OnDemandPaging(
            Flags<OdpCapability> general,
            Flags<OdpTransportCapability> rc,
            Flags<OdpTransportCapability> uc,
            Flags<OdpTransportCapability> ud) {
        private static OnDemandPaging readFrom(MemorySegment from) {
            MemorySegment transports = ibv_odp_caps.per_transport_caps(from);
            return new OnDemandPaging(
                    Flags.of(OdpCapability.class, ibv_odp_caps.general_caps(from)),
                    transport(ibv_odp_caps.per_transport_caps.rc_odp_caps(transports)),
                    transport(ibv_odp_caps.per_transport_caps.uc_odp_caps(transports)),
                    transport(ibv_odp_caps.per_transport_caps.ud_odp_caps(transports)));
        }

        private static Flags<OdpTransportCapability> transport(int bits) {
            return Flags.of(OdpTransportCapability.class, Integer.toUnsignedLong(bits));
        }
    }

    /**
     * TCP segmentation offload (struct ibv_tso_caps).
     *
     * @param maxBytes of one request; 0 without the offload
     * @param queuePairTypes which types of queue pair have it
     */
    public record Segmentation(long maxBytes, Flags<QueuePairType> queuePairTypes) {
        private static Segmentation readFrom(MemorySegment from) {
            return new Segmentation(
                    Integer.toUnsignedLong(ibv_tso_caps.max_tso(from)), Flags.types(ibv_tso_caps.supported_qpts(from)));
        }
    }

    /**
     * Receive side scaling (struct ibv_rss_caps).
     *
     * @param queuePairTypes which types of queue pair have it
     * @param maxTables how many indirection tables there may be
     * @param maxTableSize work queues of one table
     * @param fields what may be hashed
     * @param functions how it may be hashed
     */
    public record ReceiveSideScaling(
            Flags<QueuePairType> queuePairTypes,
            long maxTables,
            long maxTableSize,
            Flags<RxHashField> fields,
            Flags<RxHashFunction> functions) {
        private static ReceiveSideScaling readFrom(MemorySegment from) {
            return new ReceiveSideScaling(
                    Flags.types(ibv_rss_caps.supported_qpts(from)),
                    Integer.toUnsignedLong(ibv_rss_caps.max_rwq_indirection_tables(from)),
                    Integer.toUnsignedLong(ibv_rss_caps.max_rwq_indirection_table_size(from)),
                    Flags.of(RxHashField.class, ibv_rss_caps.rx_hash_fields_mask(from)),
                    Flags.of(RxHashFunction.class, Byte.toUnsignedLong(ibv_rss_caps.rx_hash_function(from))));
        }
    }

    /**
     * Packet pacing (struct ibv_packet_pacing_caps).
     *
     * @param minKbps the lowest limit
     * @param maxKbps the highest limit; 0 without pacing
     * @param queuePairTypes which types of queue pair have it
     */
    public record PacketPacing(long minKbps, long maxKbps, Flags<QueuePairType> queuePairTypes) {
        private static PacketPacing readFrom(MemorySegment from) {
            return new PacketPacing(
                    Integer.toUnsignedLong(ibv_packet_pacing_caps.qp_rate_limit_min(from)),
                    Integer.toUnsignedLong(ibv_packet_pacing_caps.qp_rate_limit_max(from)),
                    Flags.types(ibv_packet_pacing_caps.supported_qpts(from)));
        }
    }

    /**
     * Tag matching (struct ibv_tm_caps).
     *
     * @param maxRendezvousHeaderBytes of a rendezvous request
     * @param maxTags buffers in a list; 0 without tag matching
     * @param reliableConnection whether reliable connections have it
     * @param maxOperations list operations under way
     * @param maxSge scatter/gather elements of a buffer
     */
    public record TagMatching(
            long maxRendezvousHeaderBytes, long maxTags, boolean reliableConnection, long maxOperations, long maxSge) {
        private static TagMatching readFrom(MemorySegment from) {
            return new TagMatching(
                    Integer.toUnsignedLong(ibv_tm_caps.max_rndv_hdr_size(from)),
                    Integer.toUnsignedLong(ibv_tm_caps.max_num_tags(from)),
                    (ibv_tm_caps.flags(from) & LibIbverbs.IBV_TM_CAP_RC()) != 0,
                    Integer.toUnsignedLong(ibv_tm_caps.max_ops(from)),
                    Integer.toUnsignedLong(ibv_tm_caps.max_sge(from)));
        }
    }

    /**
     * Moderation of completion events (struct ibv_cq_moderation_caps).
     *
     * @param maxCount completions that may gather before an event
     * @param maxPeriodMicros time that may pass before an event
     */
    public record CompletionModeration(int maxCount, int maxPeriodMicros) {
        private static CompletionModeration readFrom(MemorySegment from) {
            return new CompletionModeration(
                    Short.toUnsignedInt(ibv_cq_moderation_caps.max_cq_count(from)),
                    Short.toUnsignedInt(ibv_cq_moderation_caps.max_cq_period(from)));
        }
    }

    /**
     * Atomics over PCI (struct ibv_pci_atomic_caps).
     *
     * @param fetchAndAdd sizes of fetch and add
     * @param swap sizes of swap
     * @param compareAndSwap sizes of compare and swap
     */
    public record PciAtomics(
            Flags<PciAtomicSize> fetchAndAdd, Flags<PciAtomicSize> swap, Flags<PciAtomicSize> compareAndSwap) {
        private static PciAtomics readFrom(MemorySegment from) {
            return new PciAtomics(
                    Flags.of(PciAtomicSize.class, ibv_pci_atomic_caps.fetch_add(from)),
                    Flags.of(PciAtomicSize.class, ibv_pci_atomic_caps.swap(from)),
                    Flags.of(PciAtomicSize.class, ibv_pci_atomic_caps.compare_swap(from)));
        }
    }

    static ExtendedDeviceAttributes readFrom(MemorySegment from) {
        DeviceAttributes attributes = DeviceAttributes.readFrom(ibv_device_attr_ex.orig_attr(from));
        long capabilities = ibv_device_attr_ex.device_cap_flags_ex(from);
        long ports = Integer.toUnsignedLong(ibv_device_attr_ex.phys_port_cnt_ex(from));
        return new ExtendedDeviceAttributes(
                attributes,
                OnDemandPaging.readFrom(ibv_device_attr_ex.odp_caps(from)),
                ibv_device_attr_ex.completion_timestamp_mask(from),
                ibv_device_attr_ex.hca_core_clock(from),
                capabilities == 0 ? attributes.capabilities() : Flags.of(DeviceCapability.class, capabilities),
                Segmentation.readFrom(ibv_device_attr_ex.tso_caps(from)),
                ReceiveSideScaling.readFrom(ibv_device_attr_ex.rss_caps(from)),
                Integer.toUnsignedLong(ibv_device_attr_ex.max_wq_type_rq(from)),
                PacketPacing.readFrom(ibv_device_attr_ex.packet_pacing_caps(from)),
                Flags.of(RawPacketCapability.class, Integer.toUnsignedLong(ibv_device_attr_ex.raw_packet_caps(from))),
                TagMatching.readFrom(ibv_device_attr_ex.tm_caps(from)),
                CompletionModeration.readFrom(ibv_device_attr_ex.cq_mod_caps(from)),
                ibv_device_attr_ex.max_dm_size(from),
                PciAtomics.readFrom(ibv_device_attr_ex.pci_atomic_caps(from)),
                Flags.of(OdpTransportCapability.class, Integer.toUnsignedLong(ibv_device_attr_ex.xrc_odp_caps(from))),
                ports == 0 ? attributes.ports() : ports);
    }
}
