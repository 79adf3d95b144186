#!/usr/bin/env bash
# Starts an iSER target and runs the initiator against it, two JVM processes that talk software iWARP over loopback: stores a file on
# the target's disk, reads it back, compares, measures. Usage: tools/demo.sh [FILE]; exit status 0 only if the sums agree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/toolchain.sh

file=${1:-$JAVA_HOME/lib/modules}
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
say "target: a disk of $mebibytes MiB in a file, over software iWARP"
examples/bin/iser-target --listen 127.0.0.1:0 --file "$work/disk.img" --size "${mebibytes}M" --block-size 4096 \
    --idle-spin 50 >"$work/target.out" 2>"$work/target.err" &
target_pid=$!
for _ in $(seq 300); do
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
examples/bin/iser-initiator ls "$portal"

say "login, keys, INQUIRY, capacity: iser-initiator inq $url"
examples/bin/iser-initiator inq "$url"

say "store $file, flush, read back: iser-initiator copy --verify"
status=0
examples/bin/iser-initiator copy --verify "$file" "$url" || status=$?

say "random I/O: iser-initiator bench"
examples/bin/iser-initiator bench --destroy --depth 1,32 --seconds 1 "$url"

say "target: end"
kill -TERM "$target_pid"
wait "$target_pid" || true
target_pid=
sed '1,/^  iser:/d' "$work/target.out"
cat "$work/target.err" >&2
exit $status
