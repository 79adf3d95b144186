#!/bin/bash
# Two ends of one wire: v0 (10.9.0.1, fd09::1) and v1 (10.9.0.2, fd09::2), both in the one network namespace that this kernel's rdma_rxe
# serves. The kernel would hand packets between two of its own addresses over lo; the rules below send them out on the one end and in
# at the other, so that captures see them, `ip link set v0 down` stops them and `tc qdisc ... netem` loses them.
set -e

# A veth hands a packet to the processor that sent it, so two processors send one connection's packets past each other, and each has a queue of
# its own, of 1000 packets, which two devices on one machine overrun. Soft RoCE survives neither (docs/interop.md). So one processor receives
# for each end, and its queue is long.
echo 100000 >/proc/sys/net/core/netdev_max_backlog
ordered() { # end processor
    printf '%x\n' $((1 << $2 % $(nproc))) >"/sys/class/net/$1/queues/rx-0/rps_cpus"
}

ip -batch - <<EOF
link set lo up
link add v0 address 02:00:0a:09:00:01 mtu $LAB_MTU type veth peer name v1 address 02:00:0a:09:00:02 mtu $LAB_MTU
EOF
ordered v0 0
ordered v1 1
cd /proc/sys/net
echo 0 >ipv4/conf/all/rp_filter
for end in v0 v1; do
    # A packet that comes in from one's own address is dropped as martian, unless:
    echo 1 >ipv4/conf/$end/accept_local
    echo 0 >ipv4/conf/$end/rp_filter
    echo 1 >ipv4/conf/$end/arp_ignore # each end answers for its own address only
    echo 0 >ipv6/conf/$end/router_solicitations
    echo 1 >ipv6/conf/$end/keep_addr_on_down
done

# What comes in by an end, and what an address sends to itself, stays local (pref 1). What is sent to the other end leaves by the wire
# (pref 2), or nowhere while the wire is down. The kernel's first rule, that everything local stays inside, moves behind those. The rules of pref 2 must not ask for "iif lo":
# rdma_cm looks for a requester's route over IPv6 without an incoming interface, and rejects the request if that is not the wire.
ip -batch - <<'EOF'
address add 10.9.0.1/24 dev v0
address add 10.9.0.2/24 dev v1
address add fd09::1/64 dev v0 nodad
address add fd09::2/64 dev v1 nodad
link set v0 up
link set v1 up
route add unreachable 10.9.0.2 metric 9999 table 100
route add unreachable 10.9.0.1 metric 9999 table 101
rule add pref 1 iif v0 lookup local
rule add pref 1 iif v1 lookup local
rule add pref 1 from 10.9.0.1 to 10.9.0.1 lookup local
rule add pref 1 from 10.9.0.2 to 10.9.0.2 lookup local
rule add pref 2 to 10.9.0.2 lookup 100
rule add pref 2 to 10.9.0.1 lookup 101
rule add pref 10 lookup local
rule del pref 0
EOF
ip -6 -batch - <<'EOF'
route add unreachable fd09::2 metric 9999 table 100
route add unreachable fd09::1 metric 9999 table 101
rule add pref 1 iif v0 lookup local
rule add pref 1 iif v1 lookup local
rule add pref 1 from fd09::1 to fd09::1 lookup local
rule add pref 1 from fd09::2 to fd09::2 lookup local
rule add pref 2 to fd09::2 lookup 100
rule add pref 2 to fd09::1 lookup 101
rule add pref 10 lookup local
rule del pref 0
EOF

# An interface that goes down loses its routes, and they do not come back by themselves.
wire() {
    ip -force -batch - <<'EOF'
route replace 10.9.0.2 dev v0 src 10.9.0.1 table 100
route replace 10.9.0.1 dev v1 src 10.9.0.2 table 101
EOF
    ip -force -6 -batch - <<'EOF'
route replace fd09::2 dev v0 src fd09::1 metric 1 table 100
route replace fd09::1 dev v1 src fd09::2 metric 1 table 101
EOF
}
wire
ip monitor link | while read -r _; do
    wire || true # an end may still be down
done >/dev/null 2>&1 &
