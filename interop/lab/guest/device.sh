#!/bin/bash
# Makes the RDMA devices of one kind, one on each end of the wire: rxe0 and rxe1, or siw0 and siw1: device.sh rxe|siw|none
set -e
case $1 in
none) exit 0 ;;
rxe) module=rdma_rxe ;;
siw) module=siw ;;
esac
modprobe -a "$module" ib_uverbs rdma_ucm ib_umad
rdma link add "${1}0" type "$1" netdev v0
rdma link add "${1}1" type "$1" netdev v1
for device in "${1}0" "${1}1"; do
    state=/sys/class/infiniband/$device/ports/1/state
    for _ in $(seq 50); do
        [[ $(<$state) != *ACTIVE* ]] || continue 2
        sleep 0.1
    done
    echo "$device is not active: $(<$state)"
    exit 1
done
