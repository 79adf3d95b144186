package io.ffmiser.examples.verbs;

import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.DeviceAttributes;
import io.ffmiser.verbs.DeviceCapability;
import io.ffmiser.verbs.ExtendedDeviceAttributes;
import io.ffmiser.verbs.ExtendedDeviceAttributes.CompletionModeration;
import io.ffmiser.verbs.ExtendedDeviceAttributes.PacketPacing;
import io.ffmiser.verbs.ExtendedDeviceAttributes.ReceiveSideScaling;
import io.ffmiser.verbs.ExtendedDeviceAttributes.Segmentation;
import io.ffmiser.verbs.ExtendedDeviceAttributes.TagMatching;
import io.ffmiser.verbs.Flags;
import io.ffmiser.verbs.OdpTransportCapability;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.RawPacketCapability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a device is and how much it takes, field by field in the order and the words of {@code ibv_devinfo}. */
final class DeviceReport {
    private static final int VALUE = 40;
    private static final int WIDE_VALUE = 64;
    /** The capabilities of struct ibv_device_attr; struct ibv_device_attr_ex has them again, and later ones above. */
    private static final long FIRST_CAPABILITIES = 0xFFFF_FFFFL;

    private final Context context;
    private final ReportLines to;
    private final ExtendedDeviceAttributes all;
    private final DeviceAttributes first;

    DeviceReport(Context context, ReportLines to) {
        this.context = context;
        this.to = to;
        this.all = context.queryDeviceExtended();
        this.first = all.attributes();
    }

    /** How many ports there are to report on. */
    int ports() {
        return first.ports();
    }

    /** The identity of the device, and all the rest if wanted. */
    void print(boolean verbose) {
        to.line(0, "hca_id:\t" + context.device().name());
        field(
                "transport",
                "%s (%d)".formatted(transport(), context.device().transport().value()));
        if (!first.firmwareVersion().isEmpty()) {
            field("fw_ver", first.firmwareVersion());
        }
        field("node_guid", first.nodeGuid().toString());
        field("sys_image_guid", first.systemImageGuid().toString());
        field("vendor_id", "0x%04x".formatted(first.vendorId()));
        field("vendor_part_id", "%d".formatted((int) first.vendorPartId())); // printed signed
        field("hw_ver", "0x%X".formatted(first.hardwareVersion()));
        String board = boardId();
        if (!board.isEmpty()) {
            field("board_id", board);
        }
        number("phys_port_cnt", first.ports());
        if (verbose) {
            printLimits();
            printOnDemandPaging();
            printClock();
            printOffloads();
            number("num_comp_vectors", context.completionVectors());
        }
    }

    private String transport() {
        return switch (context.device().transport()) {
            case IB -> "InfiniBand";
            case IWARP -> "iWARP";
            case USNIC -> "usNIC";
            case USNIC_UDP -> "usNIC UDP";
            case UNSPECIFIED -> "unspecified";
            case UNKNOWN -> "invalid transport";
        };
    }

    /** The maker's number of the board, which libibverbs leaves to sysfs; empty where the driver tells none. */
    private String boardId() {
        try {
            return Files.readString(Path.of(context.device().sysfsPath(), "board_id"))
                    .stripTrailing();
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void printLimits() {
        field("max_mr_size", "0x%x".formatted(first.maxMemoryRegionBytes()));
        field("page_size_cap", "0x%x".formatted(first.pageSizes()));
        number("max_qp", first.maxQueuePairs());
        number("max_qp_wr", first.maxWorkRequests());
        field("device_cap_flags", "0x%08x".formatted(first.capabilities().bits()));
        to.flags(first.capabilities(), Enum::name);
        number("max_sge", first.maxSge());
        number("max_sge_rd", first.maxSgeRead());
        number("max_cq", first.maxCompletionQueues());
        number("max_cqe", first.maxCompletionQueueEntries());
        number("max_mr", first.maxMemoryRegions());
        number("max_pd", first.maxProtectionDomains());
        number("max_qp_rd_atom", first.maxReadAtomicAsTarget());
        number("max_ee_rd_atom", first.maxEndToEndReadAtomicAsTarget());
        number("max_res_rd_atom", first.maxReadAtomicResources());
        number("max_qp_init_rd_atom", first.maxReadAtomicAsInitiator());
        number("max_ee_init_rd_atom", first.maxEndToEndReadAtomicAsInitiator());
        field(
                "atomic_cap",
                "%s (%d)".formatted(atomics(), first.atomicCapability().value()));
        number("max_ee", first.maxEndToEndContexts());
        number("max_rdd", first.maxReliableDatagramDomains());
        number("max_mw", first.maxMemoryWindows());
        number("max_raw_ipv6_qp", first.maxRawIpv6QueuePairs());
        number("max_raw_ethy_qp", first.maxRawEthertypeQueuePairs());
        number("max_mcast_grp", first.maxMulticastGroups());
        number("max_mcast_qp_attach", first.maxMulticastQueuePairs());
        number("max_total_mcast_qp_attach", first.maxMulticastAttachments());
        number("max_ah", first.maxAddressHandles());
        number("max_fmr", first.maxFastMemoryRegions());
        if (first.maxFastMemoryRegions() != 0) {
            number("max_map_per_fmr", first.maxMapsPerFastMemoryRegion());
        }
        number("max_srq", first.maxSharedReceiveQueues());
        if (first.maxSharedReceiveQueues() != 0) {
            number("max_srq_wr", first.maxSharedReceiveQueueRequests());
            number("max_srq_sge", first.maxSharedReceiveQueueSge());
        }
        number("max_pkeys", first.maxPartitions());
        number("local_ca_ack_delay", first.localAckDelay());
    }

    private String atomics() {
        return switch (first.atomicCapability()) {
            case NONE -> "ATOMIC_NONE";
            case HCA -> "ATOMIC_HCA";
            case GLOBAL -> "ATOMIC_GLOB";
        };
    }

    private void printOnDemandPaging() {
        to.line(1, "general_odp_caps:");
        to.flags(all.onDemandPaging().general(), capability -> switch (capability) {
            case SUPPORT -> "ODP_SUPPORT";
            case IMPLICIT -> "ODP_SUPPORT_IMPLICIT";
        });
        onDemandPaging("rc", all.onDemandPaging().rc());
        onDemandPaging("uc", all.onDemandPaging().uc());
        onDemandPaging("ud", all.onDemandPaging().ud());
        onDemandPaging("xrc", all.xrcOnDemandPaging());
    }

    private void onDemandPaging(String transport, Flags<OdpTransportCapability> capabilities) {
        to.line(1, transport + "_odp_caps:");
        if (capabilities.bits() == 0) {
            to.flag("NO SUPPORT");
        }
        to.flags(
                capabilities,
                capability -> "SUPPORT_" + (capability == OdpTransportCapability.SRQ_RECV ? "SRQ" : capability.name()));
    }

    private void printClock() {
        if (all.completionTimestampMask() == 0) {
            to.line(1, "completion_timestamp_mask not supported");
        } else {
            to.field(1, "completion timestamp_mask", 56, "0x%016x".formatted(all.completionTimestampMask()));
        }
        if (all.coreClockKhz() == 0) {
            to.line(1, "core clock not supported");
        } else {
            field("hca_core_clock", "%skHZ".formatted(Long.toUnsignedString(all.coreClockKhz())));
        }
    }

    private void printOffloads() {
        if (all.rawPacket().bits() != 0) {
            to.line(1, "raw packet caps:");
            all.rawPacket().forEach(capability -> to.flag(rawPacket(capability)));
        }
        field("device_cap_flags_ex", "0x%X".formatted(all.capabilities().bits()));
        all.capabilities().stream()
                .filter(capability -> capability.value() > FIRST_CAPABILITIES)
                .map(DeviceCapability::name)
                .forEach(to::flag);
        to.unknown(all.capabilities().unnamedBits() & ~FIRST_CAPABILITIES);
        print(all.segmentation());
        print(all.receiveSideScaling());
        number("max_wq_type_rq", all.maxReceiveWorkQueues());
        print(all.packetPacing());
        print(all.tagMatching());
        print(all.completionModeration());
        if (all.maxDeviceMemoryBytes() != 0) {
            to.field(
                    1,
                    "maximum available device memory",
                    48,
                    "%sBytes\n".formatted(Long.toUnsignedString(all.maxDeviceMemoryBytes())));
        }
    }

    private static String rawPacket(RawPacketCapability capability) {
        return switch (capability) {
            case CVLAN_STRIPPING -> "C-VLAN stripping offload";
            case SCATTER_FCS -> "Scatter FCS offload";
            case IP_CSUM -> "IP csum offload";
            case DELAY_DROP -> "Delay drop";
        };
    }

    private void print(Segmentation segmentation) {
        to.line(1, "tso_caps:");
        to.field(2, "max_tso", 48, "%d".formatted((int) segmentation.maxBytes())); // printed signed
        if (segmentation.maxBytes() != 0) {
            printTypes(segmentation.queuePairTypes(), QueuePairType.RAW_PACKET, QueuePairType.UD);
        }
    }

    private void print(ReceiveSideScaling scaling) {
        to.line(1, "rss_caps:");
        to.field(2, "max_rwq_indirection_tables", WIDE_VALUE, "%d".formatted(scaling.maxTables()));
        to.field(2, "max_rwq_indirection_table_size", WIDE_VALUE, "%d".formatted(scaling.maxTableSize()));
        to.field(
                2,
                "rx_hash_function",
                WIDE_VALUE,
                "0x%x".formatted(scaling.functions().bits()));
        to.field(
                2,
                "rx_hash_fields_mask",
                WIDE_VALUE,
                "0x%X".formatted(scaling.fields().bits()));
        if (scaling.queuePairTypes().bits() != 0) {
            printTypes(scaling.queuePairTypes(), QueuePairType.RAW_PACKET, QueuePairType.UD);
        }
    }

    private void print(PacketPacing pacing) {
        to.line(1, "packet_pacing_caps:");
        to.field(2, "qp_rate_limit_min", VALUE, "%dkbps".formatted(pacing.minKbps()));
        to.field(2, "qp_rate_limit_max", VALUE, "%dkbps".formatted(pacing.maxKbps()));
        if (pacing.maxKbps() != 0) {
            printTypes(pacing.queuePairTypes(), QueuePairType.RAW_PACKET, QueuePairType.UD);
        }
    }

    /** Those types that the offload is for; any other is unknown to it. */
    private void printTypes(Flags<QueuePairType> types, QueuePairType... known) {
        to.line(2, "supported_qp:");
        long rest = types.bits();
        for (QueuePairType type : known) {
            if (types.contains(type)) {
                to.flag("SUPPORT_" + type);
                rest &= ~(1L << type.value());
            }
        }
        to.unknown(rest);
    }

    private void print(TagMatching matching) {
        if (matching.maxTags() == 0) {
            to.line(1, "tag matching not supported");
            return;
        }
        number("max_rndv_hdr_size", matching.maxRendezvousHeaderBytes());
        number("max_num_tags", matching.maxTags());
        number("max_ops", matching.maxOperations());
        number("max_sge", matching.maxSge());
        to.line(1, "flags:");
        if (matching.reliableConnection()) {
            to.flag("IBV_TM_CAP_RC");
        }
    }

    private void print(CompletionModeration moderation) {
        if (moderation.maxCount() == 0 || moderation.maxPeriodMicros() == 0) {
            return;
        }
        to.line(0, "");
        to.line(1, "cq moderation caps:");
        to.field(2, "max_cq_count", 32, "%d".formatted(moderation.maxCount()));
        to.field(2, "max_cq_period", 32, "%d us\n".formatted(moderation.maxPeriodMicros()));
    }

    private void number(String label, long value) {
        field(label, "%d".formatted(value));
    }

    private void field(String label, String value) {
        to.field(1, label, VALUE, value);
    }
}
