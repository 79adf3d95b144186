#!/usr/bin/env bash
# Runs all suites in the lab, one guest a kind of device, and prints how many tests of each suite ran: suites.sh [rxe] [siw]
# [OPTION of JUnit's console, like --include-classname='.*RpingTest']. MODULES is a shorter list of modules than lab/modules; LAB_EXCLUDE a tag to
# leave out (default: long); LAB_WHOLE=yes gives suites their full sizes and counts, on rxe a kernel's source to store.
# Or on this machine's own device, without a guest: suites.sh --hardware DEVICE
# Reports, consoles, the guest's dmesg and the capture are in interop/target/lab/KIND. Fails when a test failed, a module ran none, a guest was
# lost or did not end within LAB_SECONDS, or decode.sh finds the capture wanting.
set -uo pipefail
export LAB_EXCLUDE=${LAB_EXCLUDE-long}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(cd "$here/.." && pwd)/target/lab

summary() { # directory kind: a line a suite; false if anything failed
    local directory=$1 kind=$2 module reports failed=0
    while read -r module; do
        reports=$(find "$directory/$module" -name 'TEST-*.xml' 2>/dev/null)
        if [ -z "$reports" ]; then
            echo "$kind: $module did not run: see $directory/$module/console.txt, $directory/console.log"
            grep -hE -m 8 '^# +[A-Z]|Exception|Error' "$directory/$module/console.txt" "$directory/console.log" 2>/dev/null | sed "s/^/$kind:   /"
            failed=1
            continue
        fi
        # shellcheck disable=SC2086
        awk -v kind="$kind" -v module="$module" '
            function attribute(name,   v) {
                if (!match($0, " " name "=\"[^\"]*\"")) return ""
                v = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", v); sub(/"$/, "", v); return v
            }
            /<testcase / { suite = attribute("classname"); test = attribute("name"); ran[suite]++; all++ }
            /<skipped/ { skipped[suite]++ }
            /<(failure|error)/ { failed[suite]++; bad++; print kind ": FAILED " suite "#" test ": " attribute("message") }
            END {
                for (suite in ran) {
                    short = suite; sub(/.*\./, "", short)
                    printf "%s: %-12s %-40s %3d passed, %d failed, %d skipped\n", kind, module, short,
                        ran[suite] - failed[suite] - skipped[suite], failed[suite], skipped[suite] | "sort"
                }
                close("sort")
                if (!all) { print kind ": " module " ran no test"; bad = 1 }
                exit bad > 0
            }' $reports || failed=1
    done < <("$here/modules.sh" "$kind")
    return $failed
}

if [ "${1:-}" = --hardware ]; then
    device=${2:-}
    port=/sys/class/infiniband/$device
    if [ -z "$device" ] || [ ! -d "$port" ]; then
        echo "lab: no RDMA device '$device' here; there are: $(ls /sys/class/infiniband 2>/dev/null | tr '\n' ' ')" >&2
        exit 1
    fi
    # An iWARP device runs what siw runs, all others what rxe runs.
    case $(cat "$port/node_type") in *RNIC*) kind=siw ;; *) kind=rxe ;; esac
    netdev=$(cat "$port"/ports/1/gid_attrs/ndevs/0 2>/dev/null)
    address=$(ip -4 -o address show dev "$netdev" 2>/dev/null | sed -n 's/.* inet \([0-9.]*\).*/\1/p' | head -n 1)
    if [ -z "$address" ]; then
        echo "lab: $device has no IPv4 address on its network interface '$netdev': give it one" >&2
        exit 1
    fi
    rm -rf "$target/$device"
    mkdir -p "$target/$device"
    status=0
    DEVICE_PROPERTIES="-Dffmiser.device=$device -Dffmiser.address=$address -Dffmiser.peer.device=$device -Dffmiser.peer.address=$address" \
        LAB_EXCLUDE="guest${LAB_EXCLUDE:+ | $LAB_EXCLUDE}" "$here/junit.sh" $kind "$target/$device" || status=1
    summary "$target/$device" $kind || status=1
    exit $status
fi

kinds=()
while [ "${1:-}" = rxe ] || [ "${1:-}" = siw ]; do
    kinds+=("$1")
    shift
done
[ ${#kinds[@]} -gt 0 ] || kinds=(rxe siw)
status=0
for kind in "${kinds[@]}"; do
    rm -rf "${target:?}/$kind"
    tree= more=()
    if [ "$kind" = rxe ] && [ "${LAB_WHOLE:-}" = yes ]; then
        tree=$("$here/kernel-tree.sh") || exit 1
        more=(--memory 6144) # the disk that it is stored on is memory, too
    fi
    "$here/run" --device "$kind" --capture ${more[@]+"${more[@]}"} --timeout "${LAB_SECONDS:-900}" --results "$target/$kind" \
        --env DEVICE_PROPERTIES="-Dffmiser.device=${kind}0 -Dffmiser.address=10.9.0.1 -Dffmiser.peer.device=${kind}1 -Dffmiser.peer.address=10.9.0.2" \
        --env MODULES --env LAB_EXCLUDE --env LAB_WHOLE --env LAB_TREE="$tree" -- "$here/junit.sh" "$kind" /lab/results "$@" || status=1
    summary "$target/$kind" "$kind" || status=1
    # KernelLog asks the same at the end of its classes; this finds what comes later, and beside those that do not ask.
    complaint=
    [ ! -e "$target/$kind/dmesg" ] || complaint=$("$here/warnings.sh" <"$target/$kind/dmesg" | head -n 1)
    if [ -n "$complaint" ]; then
        echo "$kind: the kernel complains: $complaint (see $target/$kind/dmesg)"
        status=1
    fi
    protocols=()
    if [ $# = 0 ] && "$here/modules.sh" "$kind" | grep -qx interop; then # of a part, nobody knows what it sends
        [ "$kind" = rxe ] && protocols=(infiniband iser) || protocols=(iwarp_mpa iwarp_ddp_rdmap)
    fi
    "$here/decode.sh" "$kind" "$target/$kind/capture.pcap" ${protocols[@]+"${protocols[@]}"} || status=1
done
exit $status
