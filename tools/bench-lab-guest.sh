#!/usr/bin/env bash
# What bench-lab.sh runs in the guest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
server=10.9.0.1 client=10.9.0.2
java="$JAVA_HOME/bin/java -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp examples/target/classes:examples/target/lib/*"
ours="$java io.ffmiser.examples.verbs.RdmaPerfProgram"

await() { # port: until rdma_cm, or TCP, listens there
    local i
    for i in $(seq 600); do
        rdma resource show cm_id 2>/dev/null | grep 'state LISTEN' | grep -q ":$1 " && return
        grep -qi "$(printf ':%04X 00000000:0000 0A' "$1")" /proc/net/tcp /proc/net/tcp6 && return
        sleep 0.1
    done
    echo "nobody listens on $1" >&2
    return 1
}
run_ours() { # test iterations warm-up
    $ours -b $server >/dev/null & local pid=$!
    await 18516
    $ours -t "$1" -b $client -n "$2" -w "$3" $server | awk -v bw="${1##*-}" '$1 ~ /-/ { print bw == "bw" ? $4 : $5 }'
    wait $pid
}
run_perftest() { # test iterations
    local program="ib_${1/-/_}" size=64
    [ "${1##*-}" = bw ] && size=65536
    $program -d rxe0 -x 1 -F -R --bind_source_ip $server -s $size -n "$2" >/dev/null 2>&1 & local pid=$!
    await 18515
    $program -d rxe1 -x 1 -F -R --bind_source_ip $client -s $size -n "$2" $server |
        awk -v bw="${1##*-}" -v size=$size '$1 == size { print bw == "bw" ? $4 : $5 }'
    wait $pid
}
statistics() { sort -n | awk '{ v[NR] = $1 } END { printf "%s %s %s", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

printf '%-10s %10s %21s %10s %21s %6s\n' test ours '(min to max)' perftest '(min to max)' ratio
for test in ${TESTS:-read-lat write-lat send-lat write-bw read-bw send-bw}; do
    if [ "${test##*-}" = bw ]; then iterations=1000 warm=1000; else iterations=5000 warm=20000; fi
    : >/tmp/ours && : >/tmp/perftest
    for _ in $(seq "$PAIRS"); do
        run_ours "$test" $iterations $warm >>/tmp/ours
        run_perftest "$test" $iterations >>/tmp/perftest
    done
    read -r a amin amax <<<"$(statistics </tmp/ours)"
    read -r b bmin bmax <<<"$(statistics </tmp/perftest)"
    # More is better for bandwidth (MiB/s), less for latency (us): 1 is as good, less is worse.
    ratio=$(awk -v a="$a" -v b="$b" -v bw="${test##*-}" 'BEGIN { printf "%.2f", bw == "bw" ? a / b : b / a }')
    printf '%-10s %10s %21s %10s %21s %6s\n' "$test" "$a" "($amin to $amax)" "$b" "($bmin to $bmax)" "$ratio"
done
