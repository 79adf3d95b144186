#!/usr/bin/env bash
# Prints the path of a tar archive of a kernel's source, Debian's, made on first use: some 80,000 files of 1.3 GB that a test can store.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

kernel=$("$here/kernel.sh")
series=$(cut -d. -f1,2 "$kernel/release")
archive=${kernel%/*}/linux-source-$series.tar
if [ ! -e "$archive" ]; then
    work=${kernel%/*}/making.$$
    trap 'rm -rf "$work"' EXIT
    mkdir "$work"
    echo "lab: downloading the source of Linux $series" >&2
    if ! (cd "$work" && apt-get download "linux-source-$series" >log 2>&1); then
        echo "lab: apt-get download linux-source-$series failed: $(tail -n 1 "$work/log")" >&2
        exit 1
    fi
    dpkg-deb --fsys-tarfile "$work/linux-source-$series"_*.deb | tar -xO --wildcards "./usr/src/linux-source-$series.tar.*" |
        xz -dc >"$work/tar"
    mv "$work/tar" "$archive" # only a whole one has the name
fi
echo "$archive"
