package io.ffmiser.examples.verbs;

import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.Gid;
import io.ffmiser.verbs.GidEntry;
import io.ffmiser.verbs.GidType;
import io.ffmiser.verbs.LinkLayer;
import io.ffmiser.verbs.Mtu;
import io.ffmiser.verbs.PortAttributes;
import io.ffmiser.verbs.Transport;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The state and the limits of a port and its GIDs, in the order and the words of {@code ibv_devinfo}. */
final class PortReport {
    private static final int VALUE = 48;
    /** Two or more groups of zeros of an IPv6 address, which may become two colons (RFC 5952 section 4.2). */
    private static final Pattern ZEROS = Pattern.compile("(?:^|:)0(?::0)+(?::|$)");

    private final Context context;
    private final int port;
    private final ReportLines to;
    private final PortAttributes attributes;

    PortReport(Context context, int port, ReportLines to) {
        this.context = context;
        this.port = port;
        this.to = to;
        this.attributes = context.queryPort(port);
    }

    /** The addresses of the port, and all the rest if wanted. */
    void print(boolean verbose) {
        to.line(2, "port:\t" + port);
        field("state", "%s (%d)".formatted(state(), attributes.state().value()));
        mtu("max_mtu", attributes.maxMtu());
        mtu("active_mtu", attributes.activeMtu());
        number("sm_lid", attributes.subnetManagerLid());
        number("port_lid", attributes.lid());
        field("port_lmc", "0x%02x".formatted(attributes.lidMaskControl()));
        field("link_layer", linkLayer());
        if (verbose) {
            printLimits();
            for (GidEntry entry : context.queryGidTable()) {
                if (entry.port() == port && entry.gid().interfaceId() != 0) {
                    print(entry);
                }
            }
        }
        to.line(0, "");
    }

    private String state() {
        return switch (attributes.state()) {
            case DOWN -> "PORT_DOWN";
            case INIT -> "PORT_INIT";
            case ARMED -> "PORT_ARMED";
            case ACTIVE -> "PORT_ACTIVE";
            case NOP, ACTIVE_DEFER, UNKNOWN -> "invalid state";
        };
    }

    private String linkLayer() {
        return switch (attributes.linkLayer()) {
            case UNSPECIFIED, UNKNOWN -> "Unspecified";
            case INFINIBAND -> "InfiniBand";
            case ETHERNET -> "Ethernet";
        };
    }

    private void printLimits() {
        field("max_msg_sz", "0x%x".formatted(attributes.maxMessageBytes()));
        field("port_cap_flags", "0x%08x".formatted(attributes.capabilities().bits()));
        field("port_cap_flags2", "0x%04x".formatted(attributes.capabilities2().bits()));
        field(
                "max_vl_num",
                "%s (%d)".formatted(virtualLanes(attributes.maxVirtualLanes()), attributes.maxVirtualLanes()));
        field("bad_pkey_cntr", "0x%x".formatted(attributes.badPartitionKeys()));
        field("qkey_viol_cntr", "0x%x".formatted(attributes.queueKeyViolations()));
        number("sm_sl", attributes.subnetManagerServiceLevel());
        number("pkey_tbl_len", attributes.partitionTableLength());
        number("gid_tbl_len", attributes.gidTableLength());
        number("subnet_timeout", attributes.subnetTimeout());
        number("init_type_reply", attributes.initTypeReply());
        field("active_width", "%sX (%d)".formatted(lanes(attributes.activeWidth()), attributes.activeWidth()));
        field("active_speed", "%s (%d)".formatted(speed(attributes.activeSpeed()), attributes.activeSpeed()));
        if (context.device().transport() == Transport.IB) {
            field(
                    "phys_state",
                    "%s (%d)".formatted(physicalState(attributes.physicalState()), attributes.physicalState()));
        }
    }

    /** PortInfo.VLCap. */
    private static String virtualLanes(int code) {
        return switch (code) {
            case 1 -> "1";
            case 2 -> "2";
            case 3 -> "4";
            case 4 -> "8";
            case 5 -> "15";
            default -> "invalid value";
        };
    }

    /** PortInfo.LinkWidthActive. */
    private static String lanes(int code) {
        return switch (code) {
            case 1 -> "1";
            case 2 -> "4";
            case 4 -> "8";
            case 8 -> "12";
            case 16 -> "2";
            default -> "invalid width";
        };
    }

    /** PortInfo.LinkSpeedActive and LinkSpeedExtActive: SDR, DDR, QDR, FDR10, FDR, EDR, HDR, NDR. */
    private static String speed(int code) {
        return switch (code) {
            case 1 -> "2.5 Gbps";
            case 2 -> "5.0 Gbps";
            case 4, 8 -> "10.0 Gbps";
            case 16 -> "14.0 Gbps";
            case 32 -> "25.0 Gbps";
            case 64 -> "50.0 Gbps";
            case 128 -> "100.0 Gbps";
            default -> "invalid speed";
        };
    }

    /** PortInfo.PortPhysicalState. */
    private static String physicalState(int code) {
        return switch (code) {
            case 1 -> "SLEEP";
            case 2 -> "POLLING";
            case 3 -> "DISABLED";
            case 4 -> "PORT_CONFIGURATION TRAINNING"; // as the C program spells it
            case 5 -> "LINK_UP";
            case 6 -> "LINK_ERROR_RECOVERY";
            case 7 -> "PHY TEST";
            default -> "invalid physical state";
        };
    }

    /** On Ethernet with its RoCE version; a GID of version 2 is the port's IP address. */
    private void print(GidEntry entry) {
        boolean version2 = entry.type() == GidType.ROCE_V2;
        String gid = version2 ? addressText(entry.gid()) : entry.gid().toString();
        String type = attributes.linkLayer() == LinkLayer.ETHERNET ? version2 ? ", RoCE v2" : ", RoCE v1" : "";
        field("GID[%3d]".formatted(entry.index()), gid + type);
    }

    /** As RFC 5952 writes an IPv6 address: the first longest run of zeros is two colons, an IPv4-mapped one ends as IPv4 does. */
    static String addressText(Gid gid) {
        InetAddress address = gid.toInetAddress();
        String groups = address.getHostAddress();
        if (address instanceof Inet4Address) {
            return "::ffff:" + groups;
        }
        MatchResult longest = null;
        Matcher zeros = ZEROS.matcher(groups);
        while (zeros.find()) {
            if (longest == null || zeroCount(zeros.toMatchResult()) > zeroCount(longest)) {
                longest = zeros.toMatchResult();
            }
        }
        return longest == null ? groups : groups.substring(0, longest.start()) + "::" + groups.substring(longest.end());
    }

    private static long zeroCount(MatchResult zeros) {
        return zeros.group().chars().filter(c -> c == '0').count();
    }

    private void mtu(String label, Mtu mtu) {
        field(label, "%d (%d)".formatted(mtu.bytes(), mtu.value()));
    }

    private void number(String label, long value) {
        field(label, "%d".formatted(value));
    }

    private void field(String label, String value) {
        to.field(3, label, VALUE, value);
    }
}
