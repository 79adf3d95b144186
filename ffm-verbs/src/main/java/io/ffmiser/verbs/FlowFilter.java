package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_flow_esp_filter;
import io.ffmiser.verbs.gen.ibv_flow_eth_filter;
import io.ffmiser.verbs.gen.ibv_flow_gre_filter;
import io.ffmiser.verbs.gen.ibv_flow_ipv4_ext_filter;
import io.ffmiser.verbs.gen.ibv_flow_ipv4_filter;
import io.ffmiser.verbs.gen.ibv_flow_ipv6_filter;
import io.ffmiser.verbs.gen.ibv_flow_mpls_filter;
import io.ffmiser.verbs.gen.ibv_flow_spec_esp;
import io.ffmiser.verbs.gen.ibv_flow_spec_eth;
import io.ffmiser.verbs.gen.ibv_flow_spec_gre;
import io.ffmiser.verbs.gen.ibv_flow_spec_ipv4;
import io.ffmiser.verbs.gen.ibv_flow_spec_ipv4_ext;
import io.ffmiser.verbs.gen.ibv_flow_spec_ipv6;
import io.ffmiser.verbs.gen.ibv_flow_spec_mpls;
import io.ffmiser.verbs.gen.ibv_flow_spec_tcp_udp;
import io.ffmiser.verbs.gen.ibv_flow_spec_tunnel;
import io.ffmiser.verbs.gen.ibv_flow_tcp_udp_filter;
import io.ffmiser.verbs.gen.ibv_flow_tunnel_filter;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;

/**
 * The fields of one protocol's header, as the values that a packet must have or as the mask of the bits that count (ibv_create_flow(3)).
 * Numbers are in the machine's byte order. Most devices take masks of all ones and of all zeros only.
 */
public sealed interface FlowFilter {
    /** What a specification over such filters is. */
    record Shape(int type, long specificationSize, long valueOffset, long maskOffset, long filterSize) {}

    /** The struct of the specification that holds two of these. */
    Shape shape();

    /** Writes the fields, in network order, to a struct of the protocol. */
    void writeTo(MemorySegment to);

    /**
     * An Ethernet header.
     *
     * @param etherType of what follows the last VLAN tag
     * @param vlanTag priority, DEI and VLAN identifier as in 802.1Q
     */
    record Ethernet(MacAddress destination, MacAddress source, int etherType, int vlanTag) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_ETH(),
                    ibv_flow_spec_eth.sizeof(),
                    ibv_flow_spec_eth.val$offset(),
                    ibv_flow_spec_eth.mask$offset(),
                    ibv_flow_eth_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            destination.writeTo(ibv_flow_eth_filter.dst_mac(to));
            source.writeTo(ibv_flow_eth_filter.src_mac(to));
            ibv_flow_eth_filter.ether_type(to, Short.reverseBytes((short) etherType));
            ibv_flow_eth_filter.vlan_tag(to, Short.reverseBytes((short) vlanTag));
        }
    }

    /** The addresses of an IPv4 header. */
    record Ipv4(Inet4Address source, Inet4Address destination) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_IPV4(),
                    ibv_flow_spec_ipv4.sizeof(),
                    ibv_flow_spec_ipv4.val$offset(),
                    ibv_flow_spec_ipv4.mask$offset(),
                    ibv_flow_ipv4_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            copy(source, to, ibv_flow_ipv4_filter.src_ip$offset());
            copy(destination, to, ibv_flow_ipv4_filter.dst_ip$offset());
        }
    }

    /**
     * More of an IPv4 header.
     *
     * @param flags bit 0: don't fragment, bit 1: more fragments
     */
    record Ipv4Extended(
            Inet4Address source, Inet4Address destination, int protocol, int typeOfService, int timeToLive, int flags)
            implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_IPV4_EXT(),
                    ibv_flow_spec_ipv4_ext.sizeof(),
                    ibv_flow_spec_ipv4_ext.val$offset(),
                    ibv_flow_spec_ipv4_ext.mask$offset(),
                    ibv_flow_ipv4_ext_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            copy(source, to, ibv_flow_ipv4_ext_filter.src_ip$offset());
            copy(destination, to, ibv_flow_ipv4_ext_filter.dst_ip$offset());
            ibv_flow_ipv4_ext_filter.proto(to, (byte) protocol);
            ibv_flow_ipv4_ext_filter.tos(to, (byte) typeOfService);
            ibv_flow_ipv4_ext_filter.ttl(to, (byte) timeToLive);
            ibv_flow_ipv4_ext_filter.flags(to, (byte) flags);
        }
    }

    /** An IPv6 header; the addresses are written as GIDs are. */
    record Ipv6(Gid source, Gid destination, int flowLabel, int nextHeader, int trafficClass, int hopLimit)
            implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_IPV6(),
                    ibv_flow_spec_ipv6.sizeof(),
                    ibv_flow_spec_ipv6.val$offset(),
                    ibv_flow_spec_ipv6.mask$offset(),
                    ibv_flow_ipv6_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            source.writeTo(ibv_flow_ipv6_filter.src_ip(to));
            destination.writeTo(ibv_flow_ipv6_filter.dst_ip(to));
            ibv_flow_ipv6_filter.flow_label(to, Integer.reverseBytes(flowLabel));
            ibv_flow_ipv6_filter.next_hdr(to, (byte) nextHeader);
            ibv_flow_ipv6_filter.traffic_class(to, (byte) trafficClass);
            ibv_flow_ipv6_filter.hop_limit(to, (byte) hopLimit);
        }
    }

    /** The ports of a TCP header. */
    record Tcp(int sourcePort, int destinationPort) implements FlowFilter {
        @Override
        public Shape shape() {
            return portsShape(LibIbverbs.IBV_FLOW_SPEC_TCP());
        }

        @Override
        public void writeTo(MemorySegment to) {
            writePorts(to, sourcePort, destinationPort);
        }
    }

    /** The ports of a UDP header. */
    record Udp(int sourcePort, int destinationPort) implements FlowFilter {
        @Override
        public Shape shape() {
            return portsShape(LibIbverbs.IBV_FLOW_SPEC_UDP());
        }

        @Override
        public void writeTo(MemorySegment to) {
            writePorts(to, sourcePort, destinationPort);
        }
    }

    /** An IPsec ESP header. */
    record Esp(int securityParametersIndex, int sequence) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_ESP(),
                    ibv_flow_spec_esp.sizeof(),
                    ibv_flow_spec_esp.val$offset(),
                    ibv_flow_spec_esp.mask$offset(),
                    ibv_flow_esp_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            ibv_flow_esp_filter.spi(to, Integer.reverseBytes(securityParametersIndex));
            ibv_flow_esp_filter.seq(to, Integer.reverseBytes(sequence));
        }
    }

    /** A GRE header: its first 16 bits, the protocol and the key. */
    record Gre(int flagsAndVersion, int protocol, int key) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_GRE(),
                    ibv_flow_spec_gre.sizeof(),
                    ibv_flow_spec_gre.val$offset(),
                    ibv_flow_spec_gre.mask$offset(),
                    ibv_flow_gre_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            ibv_flow_gre_filter.c_ks_res0_ver(to, Short.reverseBytes((short) flagsAndVersion));
            ibv_flow_gre_filter.protocol(to, Short.reverseBytes((short) protocol));
            ibv_flow_gre_filter.key(to, Integer.reverseBytes(key));
        }
    }

    /** A whole MPLS label: 20 bits of label, 3 of traffic class, 1 of bottom of stack, 8 of time to live. */
    record Mpls(int label) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_MPLS(),
                    ibv_flow_spec_mpls.sizeof(),
                    ibv_flow_spec_mpls.val$offset(),
                    ibv_flow_spec_mpls.mask$offset(),
                    ibv_flow_mpls_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            ibv_flow_mpls_filter.label(to, Integer.reverseBytes(label));
        }
    }

    /** The network identifier of a VXLAN header. */
    record Vxlan(int tunnelId) implements FlowFilter {
        @Override
        public Shape shape() {
            return new Shape(
                    LibIbverbs.IBV_FLOW_SPEC_VXLAN_TUNNEL(),
                    ibv_flow_spec_tunnel.sizeof(),
                    ibv_flow_spec_tunnel.val$offset(),
                    ibv_flow_spec_tunnel.mask$offset(),
                    ibv_flow_tunnel_filter.sizeof());
        }

        @Override
        public void writeTo(MemorySegment to) {
            ibv_flow_tunnel_filter.tunnel_id(to, Integer.reverseBytes(tunnelId));
        }
    }

    private static void copy(Inet4Address address, MemorySegment to, long offset) {
        MemorySegment bytes = MemorySegment.ofArray(address.getAddress());
        MemorySegment.copy(bytes, 0, to, offset, bytes.byteSize());
    }

    private static Shape portsShape(int type) {
        return new Shape(
                type,
                ibv_flow_spec_tcp_udp.sizeof(),
                ibv_flow_spec_tcp_udp.val$offset(),
                ibv_flow_spec_tcp_udp.mask$offset(),
                ibv_flow_tcp_udp_filter.sizeof());
    }

    private static void writePorts(MemorySegment to, int source, int destination) {
        ibv_flow_tcp_udp_filter.dst_port(to, Short.reverseBytes((short) destination));
        ibv_flow_tcp_udp_filter.src_port(to, Short.reverseBytes((short) source));
    }
}
