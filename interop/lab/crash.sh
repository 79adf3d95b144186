#!/usr/bin/env bash
# Kills a whole machine in mid-write, and shows that our target lost no flushed write: crash.sh [rxe] [siw]
# In the guest, Linux's initiator writes to two disks of our target, whose files are on the guest's own disk: every block of the first is
# followed by fsync(2), which Linux makes a SYNCHRONIZE CACHE, the second is never flushed. Each flushed block is logged here, outside, as it is
# done. After some of them QEMU is killed (SIGKILL), so that what the guest's kernel had only in memory is gone; another guest reads the files
# back. Every logged block must be there; of the disk that was never flushed some must be missing, or nothing was shown.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
block=65536 size=16M killed_after=40
name=iqn.2026-11.io.ffmiser:crash
portal=10.9.0.2:3260

fail() {
    echo "crash: $*" >&2
    exit 1
}
filled() { # number: a block that says which it is
    yes "$(printf '%015d' "$1")" 2>/dev/null | head -c $block || true
}
disk() { # LUN: its device, or nothing
    local device
    for device in /sys/class/scsi_disk/*:"$1"/device/block/*; do
        [ ! -e "/dev/${device##*/}" ] || echo "/dev/${device##*/}"
    done
}
await() { # seconds what command...: until it succeeds
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || fail "not in time: $what"
        sleep 0.1
    done
}
listens() { grep -q 'listening on' "$LAB_RESULTS/target.log"; }
answers() { iscsiadm -m iface >/dev/null 2>&1; }
appeared() { [ -n "$(disk 0)" ] && [ -n "$(disk 1)" ]; }

# In the first guest: writes until somebody kills it.
write() {
    local provider=$1 n
    modprobe -a virtio_blk ext4 ib_iser sd_mod
    mkfs.ext4 -q /dev/vda
    mkdir -p /run/crash /run/lock
    mount /dev/vda /run/crash
    # The kernel writes nothing back by itself: only a flush gets a block to the disk.
    echo 0 >/proc/sys/vm/dirty_writeback_centisecs
    "$JAVA_HOME/bin/java" -Xmx512m --enable-native-access=ALL-UNNAMED -cp "$(cat "$here/../target/classpath")" \
        io.ffmiser.examples.TargetProgram --provider "$provider" --listen $portal --name $name \
        --file /run/crash/flushed --file /run/crash/unflushed --size $size >"$LAB_RESULTS/target.log" 2>&1 &
    await 60 "the target listens" listens
    rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
    iscsid -f >"$LAB_RESULTS/iscsid.log" 2>&1 &
    await 30 "iscsid answers" answers
    iscsiadm -m discoverydb -t st -p $portal -I iser --discover
    iscsiadm -m node -T $name -p $portal -I iser --login
    await 60 "two disks appear" appeared
    iscsiadm -m session -P 1 | grep 'Iface Transport: iser' || fail "the session is not over iSER"
    echo "cache: $(cat /sys/class/scsi_disk/*:0/cache_type)"
    for ((n = 0; n < 256; n++)); do
        filled $n >/run/block
        dd if=/run/block of="$(disk 1)" bs=$block seek=$n oflag=direct conv=notrunc status=none
        dd if=/run/block of="$(disk 0)" bs=$block seek=$n oflag=direct conv=notrunc,fsync status=none
        echo "flushed $n"
    done
    fail "all blocks were written, and nobody killed this machine"
}
# In the second guest: brings the files out.
fetch() {
    modprobe -a virtio_blk ext4
    mkdir -p /run/crash
    mount /dev/vda /run/crash
    cp /run/crash/flushed /run/crash/unflushed "$LAB_RESULTS/"
    umount /run/crash
}

crash() { # kind
    local kind=$1 directory provider=verbs runner qemu logged n lost=0 status=0
    [ "$kind" = rxe ] || provider=iwarp
    directory=$here/../target/lab/crash-$kind
    rm -rf "$directory"
    mkdir -p "$directory"
    truncate -s 128M "$directory/disk"
    "$here/run" --device "$kind" --disk "$directory/disk" --timeout 300 --results "$directory" -- "$here/crash.sh" --write $provider \
        >"$directory/log" 2>"$directory/lab.log" &
    runner=$!
    until grep -q "^flushed $killed_after\$" "$directory/log"; do
        kill -0 $runner 2>/dev/null || fail "$kind: the guest has ended by itself: $(tail -n 3 "$directory/log" "$directory/lab.log")"
        sleep 0.05
    done
    # run starts timeout, which starts QEMU.
    for n in $(pgrep -P $runner -x timeout); do qemu=$(pgrep -P "$n"); done
    kill -KILL "$qemu"
    wait $runner || status=$?
    [ $status != 0 ] || fail "$kind: the guest ended in order"
    # Of a line that was cut off nothing is known.
    logged=$(grep -cE '^flushed [0-9]+$' "$directory/log")
    grep -q '^cache: write back' "$directory/log" || fail "$kind: Linux does not flush this disk"
    "$here/run" --device none --disk "$directory/disk" --timeout 120 --results "$directory" -- "$here/crash.sh" --fetch 2>>"$directory/lab.log" ||
        fail "$kind: the files cannot be read: $(tail -n 1 "$directory/lab.log")"
    for ((n = 0; n < logged; n++)); do
        filled $n >"$directory/block"
        cmp -s "$directory/block" <(tail -c +$((n * block + 1)) "$directory/flushed" | head -c $block) ||
            fail "$kind: block $n of $logged was flushed, and is lost ($directory)"
        cmp -s "$directory/block" <(tail -c +$((n * block + 1)) "$directory/unflushed" | head -c $block) || lost=$((lost + 1))
    done
    [ $lost -gt 0 ] || fail "$kind: of the disk that was never flushed nothing is lost: the machine's end has shown nothing"
    echo "$kind: the machine was killed after $logged flushed blocks: all are there; of as many that were not flushed $lost are lost"
}

case ${1:-} in
--write) write "$2" ;;
--fetch) fetch ;;
*)
    [ -n "${JAVA_HOME:-}" ] || fail "JAVA_HOME is not set"
    for kind in "${@:-rxe}"; do
        case $kind in rxe | siw) ;; *) fail "rxe or siw, not '$kind'" ;; esac
        crash "$kind"
    done
    ;;
esac
