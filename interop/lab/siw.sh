#!/usr/bin/env bash
# Builds the kernel's software iWARP, which Debian leaves out, and puts it among the modules: siw.sh HEADERS SOURCE KERNEL RELEASE
set -euo pipefail
headers=$1 source=$2 kernel=$3 release=$4

echo "lab: building siw for $release" >&2
build=$headers/usr/src/linux-headers-$release
# The package's Makefiles name /usr/src, where the packages would be installed.
sed -i "s|/usr/src/|$headers/usr/src/|g; s|/usr/lib/linux|$headers/usr/lib/linux|g" "$build/Makefile" "$build/.kernelvariables"
if ! make -C "$build" M="$source" CONFIG_RDMA_SIW=m CC="$(command -v gcc)" modules >"$source/log" 2>&1; then
    echo "lab: siw does not build: $(grep -m 1 -iE 'error|\*\*\*' "$source/log")" >&2
    exit 1
fi
mkdir -p "$kernel/lib/modules/$release/updates"
cp "$source/siw.ko" "$kernel/lib/modules/$release/updates/"
