#!/usr/bin/env bash
# Makes the initramfs that mounts the host's root: busybox, the few modules for virtio, 9p and overlay, guest/boot; prints its
# path. It lies beside the kernel, under a name that changes with what it is made from: initramfs.sh KERNEL
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernel=$1
release=$(cat "$kernel/release")
PATH=$PATH:/usr/sbin:/sbin

made=$kernel/initramfs-$(cat "$here/guest/boot" "${BASH_SOURCE[0]}" | sha256sum | cut -c 1-12)
if [ -e "$made" ]; then
    echo "$made"
    exit 0
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,host,writable,root,modules}
cp "$(command -v busybox)" "$root/bin/busybox"
cp "$here/guest/boot" "$root/init"
chmod 755 "$root/init"
# In the order in which they must be loaded; the name says the place.
number=100
for module in virtio_pci virtio_console virtio_rng 9pnet_virtio 9p overlay; do
    while read -r _ file _; do
        name=$(basename "$file")
        [ -z "$(find "$root/modules" -name "*-$name")" ] || continue
        cp "$file" "$root/modules/$number-$name"
        number=$((number + 1))
    done < <(modprobe -d "$kernel" -S "$release" --show-depends "$module" | grep '^insmod')
done
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$made.$$"
mv "$made.$$" "$made"
echo "$made"
