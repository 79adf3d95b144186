#!/usr/bin/env bash
# Prints the directory of the guest's kernel, made on first use: Debian's own kernel and modules, siw built from Debian's source of the
# same version. One directory a kernel version under the cache; `kernel.sh --update` looks for a newer version.
#
#     DIR/release  what `uname -r` says in the guest
#     DIR/vmlinuz  DIR/lib/modules/RELEASE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${FFMISER_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ffm-iser/lab}
PATH=$PATH:/usr/sbin:/sbin

fail() {
    echo "lab: $*" >&2
    exit 1
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # several labs may start at once

if [ "${1:-}" != --update ] && [ -e "$cache/current/ready" ]; then
    readlink -f "$cache/current"
    exit 0
fi

[ -n "$(apt-cache policy linux-image-amd64 2>/dev/null)" ] || { [ "$(id -u)" = 0 ] && apt-get update -qq >/dev/null 2>&1; } || true
package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$package" ] || fail "apt knows no linux-image-amd64: the lab wants Debian's kernel (apt-get update, on Debian 12 or later)"
version=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
release=${package#linux-image-}
series=$(echo "$release" | cut -d. -f1,2) # 6.1
directory=$cache/${release}_${version//:/_}

if [ ! -e "$directory/ready" ]; then
    work=$cache/making.$$
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/debs" "$work/headers" "$work/source"
    echo "lab: downloading kernel $release ($version), its headers and source" >&2
    (cd "$work/debs" && apt-get download "$package=$version" "linux-headers-$release=$version" \
        "linux-headers-${release%-*}-common=$version" "linux-kbuild-$series" "linux-source-$series=$version" >log 2>&1) ||
        fail "apt-get download of $package and its headers and source failed: $(tail -n 1 "$work/debs/log")"
    dpkg -x "$work/debs/$package"_*.deb "$work/image"
    for deb in "$work"/debs/linux-headers-*.deb "$work"/debs/linux-kbuild-*.deb; do
        dpkg -x "$deb" "$work/headers"
    done
    mkdir "$work/kernel"
    mv "$work/image/boot/vmlinuz-$release" "$work/kernel/vmlinuz"
    mkdir "$work/kernel/lib"
    mv "$work/image/lib/modules" "$work/kernel/lib/modules"
    echo "$release" >"$work/kernel/release"
    dpkg-deb --fsys-tarfile "$work/debs/linux-source-$series"_*.deb | tar -xO --wildcards "./usr/src/linux-source-$series.tar.*" |
        xz -dc | tar -x -C "$work/source" --strip-components=1 "linux-source-$series/drivers/infiniband/sw/siw" ||
        fail "no drivers/infiniband/sw/siw in linux-source-$series"
    "$here/siw.sh" "$work/headers" "$work/source/drivers/infiniband/sw/siw" "$work/kernel" "$release"
    depmod -b "$work/kernel" "$release"
    touch "$work/kernel/ready"
    rm -rf "$directory"
    mv "$work/kernel" "$directory"
fi
ln -sfn "${directory##*/}" "$cache/current"
echo "$directory"
