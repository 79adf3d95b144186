#!/usr/bin/env bash
# Starts an iSER target and runs the initiator against it, two JVM processes that talk software iWARP over loopback, or another provider on the
# device that has an address: stores a file on the target's disk, reads it back, compares, measures. Exit status 0 only if the sums agree.
# Usage: tools/demo.sh [--provider NAME] [--address ADDRESS] [--set KEY=VALUE]... [FILE]
set -euo pipefail
provider=iwarp
address=127.0.0.1
options=()
while [ $# -gt 0 ] && [[ $1 == --* ]]; do
    if [ $# -lt 2 ] || [ -z "$2" ]; then
        echo "$1 wants a value" >&2
        exit 2
    fi
    case $1 in
    --provider) provider=$2 ;;
    --address) address=$2 ;;
    --set) options+=(--set "$2") ;;
    *)
        echo "unknown option $1: --provider, --address and --set there are" >&2
        exit 2
        ;;
    esac
    shift 2
done
options+=(--provider "$provider")
file=${1:-}
if [ -n "$file" ]; then
    file=$(realpath -- "$file")
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/toolchain.sh

file=${file:-$JAVA_HOME/lib/modules}
if [ ! -r "$file" ]; then
    echo "cannot read $file: give another with FILE=..." >&2
    exit 1
fi

work=$(mktemp -d)
target_pid=
cleanup() {
    [ -z "$target_pid" ] || kill -KILL "$target_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

mebibytes=$((($(wc -c <"$file") >> 20) + 64))
say "target: a disk of $mebibytes MiB in a file, over $provider at $address"
examples/bin/iser-target "${options[@]}" --listen "$address:0" --file "$work/disk.img" --size "${mebibytes}M" --block-size 4096 \
    --idle-spin 50 >"$work/target.out" 2>"$work/target.err" &
target_pid=$!
for _ in $(seq 600); do
    grep -q '^  iser://' "$work/target.out" && break
    if ! kill -0 "$target_pid" 2>/dev/null; then
        cat "$work/target.err" >&2
        exit 1
    fi
    sleep 0.1
done
cat "$work/target.out"
url=$(sed -n 's/^  \(iser:[^ ]*\).*/\1/p' "$work/target.out" | head -n 1)
portal=${url#iser://}
portal=${portal%%/*}

say "discovery: iser-initiator ls $portal"
# Once more if need be: siw gives up after 10 s (MPAREQ_TIMEOUT, siw_cm.h), and a target on an emulated machine may load its classes for longer.
examples/bin/iser-initiator ls "${options[@]}" "$portal" || examples/bin/iser-initiator ls "${options[@]}" "$portal"

say "login, keys, INQUIRY, capacity: iser-initiator inq $url"
examples/bin/iser-initiator inq "${options[@]}" "$url"

say "store $file, flush, read back: iser-initiator copy --verify"
status=0
examples/bin/iser-initiator copy "${options[@]}" --verify "$file" "$url" || status=$?

say "random I/O: iser-initiator bench"
examples/bin/iser-initiator bench "${options[@]}" --destroy --depth 1,32 --seconds 1 "$url"

say "target: end"
kill -TERM "$target_pid"
wait "$target_pid" || true
target_pid=
sed '1,/^  iser:/d' "$work/target.out"
cat "$work/target.err" >&2
exit $status
