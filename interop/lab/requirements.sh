#!/usr/bin/env bash
# Makes sure that this machine has what the lab needs: installs it where apt and root are at hand, else ends with one line that names
# what is missing. Prints nothing when all is there.
set -euo pipefail

# command:Debian package that brings it
needed=(
    qemu-system-x86_64:qemu-system-x86
    busybox:busybox-static
    cpio:cpio
    depmod:kmod
    dpkg:dpkg
    flock:util-linux
    gcc:gcc
    make:make
    xz:xz-utils
    ip:iproute2
    rdma:iproute2
    ping:iputils-ping
    ibv_devices:ibverbs-utils
    rping:rdmacm-utils
    ib_read_lat:perftest
    tcpdump:tcpdump
    tshark:tshark
    iscsid:open-iscsi
    iscsi-inq:libiscsi-bin
    tgtd:tgt
    qemu-img:qemu-utils
    sg_inq:sg3-utils
    fio:fio
    mkfs.ext4:e2fsprogs
)
# files that no command stands for: path:package
needed_files=(
    /usr/share/seabios/bios-256k.bin:seabios
    /usr/include/infiniband/verbs.h:libibverbs-dev
    /usr/include/rdma/rdma_cma.h:librdmacm-dev
    /usr/include/stdio.h:libc6-dev
    /etc/libibverbs.d/rxe.driver:ibverbs-providers
    /usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so:qemu-block-extra
)

missing() { # the packages that are not there
    local entry
    for entry in "${needed[@]}"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${entry%%:*}" >/dev/null || echo "${entry#*:}"
    done
    for entry in "${needed_files[@]}"; do
        [ -e "${entry%%:*}" ] || echo "${entry#*:}"
    done
}

packages=$(missing | sort -u | tr '\n' ' ')
[ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "lab: installing $packages" >&2
    apt-get update -qq >/dev/null 2>&1 || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 || true
    packages=$(missing | sort -u | tr '\n' ' ')
    [ -n "$packages" ] || exit 0
fi
echo "lab: missing: $packages (as root: apt-get install --no-install-recommends $packages)" >&2
exit 1
