#!/usr/bin/env bash
# Prints kvm where a guest boots on it, else tcg (emulation): accelerator.sh KERNEL INITRAMFS. The answer is kept until the host boots
# again. LAB_ACCEL=kvm or tcg decides without a look.
set -euo pipefail
kernel=$1 initramfs=$2

if [ -n "${LAB_ACCEL:-}" ]; then
    case $LAB_ACCEL in
    kvm | tcg) echo "$LAB_ACCEL" ;;
    *) echo "lab: LAB_ACCEL is kvm or tcg, not '$LAB_ACCEL'" >&2 && exit 1 ;;
    esac
    exit 0
fi
if [ ! -w /dev/kvm ]; then
    echo tcg
    exit 0
fi
known=${kernel%/*}/accelerator-$(id -u)-$(cat /proc/sys/kernel/random/boot_id)
if [ ! -s "$known" ]; then
    # /dev/kvm may be there and not work (nested virtualisation): only a boot shows.
    echo "lab: does a guest boot on /dev/kvm?" >&2
    if timeout -k 2 10 qemu-system-x86_64 -accel kvm -cpu host -m 512 -nodefaults -no-reboot -display none \
        -kernel "$kernel/vmlinuz" -initrd "$initramfs" -append "console=ttyS0 quiet panic=-1 lab.probe" \
        -serial stdio </dev/null 2>/dev/null | grep -q 'lab: kernel is up'; then
        answer=kvm
    else
        answer=tcg
    fi
    rm -f "${kernel%/*}"/accelerator-"$(id -u)"-*
    echo "$answer" >"$known.$$"
    mv "$known.$$" "$known"
fi
cat "$known"
