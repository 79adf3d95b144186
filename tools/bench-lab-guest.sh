#!/usr/bin/env bash
# What bench-lab.sh runs in the guest. Both programs busy-poll, with the same sizes, 128 requests under way, one posted by a call, every 32nd
# signalled, 64 bytes inline, 512 receives, path MTU and outstanding reads as the device has them. Starting, connecting and the JVM's warm-up
# are outside of what is measured: ours are two processes that stay for all pairs. Every step has a time limit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pairs=${PAIRS:-7} tests=${TESTS:-read-lat write-lat send-lat write-bw read-bw send-bw}
lat=${LAT_ITERATIONS:-6000} bw=${BW_ITERATIONS:-400}
server=10.9.0.1 client=10.9.0.2
limit=${BENCH_SECONDS:-600} start_seconds=180 test_seconds=60 spare=5
work=$(mktemp -d)
read -ra options <<<"${JAVA_OPTS:-}"
ours=("$JAVA_HOME/bin/java" -XX:+UseSerialGC ${options[@]+"${options[@]}"} --enable-native-access=ALL-UNNAMED
    -cp 'examples/target/classes:examples/target/lib/*' io.ffmiser.examples.verbs.RdmaPerfProgram)
processes=()

complain() { # what, file: and what the program said last
    echo "bench-lab: $1" >&2
    tail -n 5 "$2" | sed 's/^/    /' >&2
}
await() { # seconds pid command...: until the command succeeds, while the process lives
    local end=$((SECONDS + $1)) pid=$2
    shift 2
    until "$@"; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
stop_ours() {
    exec 7>&- 8>&-
    [ ${#processes[@]} = 0 ] || kill "${processes[@]}" 2>/dev/null || true
    processes=()
}
start_ours() { # a server that keeps on, and a client that takes tests from descriptor 7 and answers to descriptor 8; both warm
    rm -f "$work/requests" "$work/answers" && mkfifo "$work/requests" "$work/answers"
    exec 7<>"$work/requests" 8<>"$work/answers"
    taskset -c 0 "${ours[@]}" --keep -b $server >"$work/served" 2>&1 7>&- 8>&- &
    processes=($!)
    taskset -c 1 "${ours[@]}" --stdin -b $client -d 128 -l 1 $server <"$work/requests" >"$work/answers" 2>&1 7>&- 8>&- &
    processes+=($!)
    if ! await $start_seconds "${processes[0]}" grep -q '^waiting' "$work/served"; then
        complain "rdma-perf does not serve after $start_seconds s" "$work/served"
        return 1
    fi
    local round warm
    for round in 1 2 3; do # to have everything compiled, and again what is compiled anew after another test
        for warm in $tests; do
            ask_ours "$warm" $start_seconds 4000 "$bw" >/dev/null || return 1
        done
        echo "bench-lab: $SECONDS s, warm-up $round of 3" >&2
    done
}
ask_ours() { # test seconds warm-up-of-lat warm-up-of-bw: the figure
    local line figure
    : >"$work/measured"
    case $1 in
    *-lat) echo "$1 $lat $3" >&7 ;;
    *-bw) echo "$1 $bw $4" >&7 ;;
    esac
    # Only what the shell does itself: each program that it began would take time from the two that are measured.
    while IFS= read -r -t "$2" -u 8 line; do
        echo "$line" >>"$work/measured"
        if [[ $line == "$1 "* ]]; then
            read -ra figure <<<"$line"
            case $1 in
            *-lat) echo "${figure[4]}" ;;
            *-bw) echo "${figure[3]}" ;;
            esac
            return 0
        fi
    done
    complain "rdma-perf's $1 failed, or was silent for $2 s" "$work/measured"
    complain "its server" "$work/served"
    return 1
}
run_ours() { # test
    if [ ${#processes[@]} = 0 ] && ! start_ours; then
        stop_ours
        return 1
    fi
    ask_ours "$1" $test_seconds $((lat / 10)) $((bw / 10)) || { stop_ours && return 1; }
}
listening() { # on perftest's TCP port
    grep -qi ":$(printf %04X 18515) 0*:0000 0A" /proc/net/tcp /proc/net/tcp6
}
run_perftest() { # test: the figure
    local program="ib_${1/-/_}" pid options
    case $1 in
    read-lat) options="-s 64 -n $lat" ;;
    *-lat) options="-s 64 -n $lat -I 64" ;;
    *-bw) options="-s 65536 -n $bw -t 128 -Q 32 -l 1" ;;
    esac
    [ "${1%-*}" != send ] || options+=" -r 512"
    # shellcheck disable=SC2086 # options are words
    timeout $test_seconds taskset -c 0 "$program" -d rxe0 -x 1 -F $options >"$work/perftest-server" 2>&1 &
    pid=$!
    if ! await 30 $pid listening; then
        complain "$program does not listen" "$work/perftest-server"
        kill $pid 2>/dev/null || true
        return 1
    fi
    # shellcheck disable=SC2086
    if ! timeout $test_seconds taskset -c 1 "$program" -d rxe1 -x 1 -F $options $server >"$work/perftest" 2>&1 || ! wait $pid; then
        complain "$program failed, or was not done after $test_seconds s" "$work/perftest"
        kill $pid 2>/dev/null || true
        return 1
    fi
    awk '$1 == 64 { print $5 } $1 == 65536 { print $4 }' "$work/perftest"
}
figure() { # ours|perftest test: adds it to those it has
    local spoiled
    while true; do
        spoiled='failed'
        if "run_$1" "$2" >"$work/figure"; then
            # perftest prints inf where it could not find out how fast the processor counts
            grep -qxE ' *[0-9]+\.[0-9]+ *' "$work/figure" && break
            spoiled="gave '$(<"$work/figure")'"
        fi
        [ $spare -gt 0 ] || { echo "bench-lab: too many failures" >&2 && exit 1; }
        spare=$((spare - 1))
        echo "bench-lab: $2 of $1 $spoiled and is repeated" >&2
    done
    cat "$work/figure" >>"$work/$1.$2"
}
profile() { # ours|perftest test: what took the time of the two programs while it was measured, the kernel's work for them included
    local recorder pid lat=$((lat * 5)) bw=$((bw * 2)) report=(perf report -i "$work/perf.data" --stdio --percentage relative)
    perf record -q -a -e cpu-clock -F 499 -o "$work/perf.data" sleep $test_seconds >"$work/perf" 2>&1 &
    recorder=$!
    await $start_seconds $recorder pgrep -x -P $recorder sleep >/dev/null # only then it records
    "run_$1" "$2" >"$work/figure" || true
    pkill -P $recorder sleep || true
    wait $recorder || true
    if [ "$1" = ours ]; then
        for pid in ${processes[@]+"${processes[@]}"}; do # what the JVM compiled has its names in /tmp/perf-PID.map
            "$JAVA_HOME/bin/jcmd" "$pid" Compiler.perfmap >/dev/null || true
        done
        report+=(--comms java)
    else
        report+=(--comms "ib_${2/-/_}")
    fi
    echo "profile of $2, $1 ($(<"$work/figure")), in percent: where, then what"
    # Without comm among the keys, what several programs have in common is counted as the first one's.
    "${report[@]}" --sort comm,dso 2>/dev/null | awk '/^ +[0-9]/ && n++ < 6'
    "${report[@]}" --sort comm,symbol 2>/dev/null | awk '/^ +[0-9]/ && n++ < 16 { sub(/ +- +- *$/, ""); print }'
}
statistics() { sort -n | awk '{ v[NR] = $1 } END { printf "%s %s %s", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

# The device's work is done in softirqs. Where a program spins on each processor, a deferred one would wait for a time slice, of 4 ms, now and
# then: as real-time threads they go first, for both programs.
for pid in $(pgrep ksoftirqd); do
    chrt -f -p 1 "$pid"
done
trap stop_ours EXIT
trap '' PIPE # a client that is gone is noticed by those who wait for its answer

for ((pair = 1; pair <= pairs; pair++)); do
    if [ $pair -gt 1 ] && [ $SECONDS -gt "$limit" ]; then
        echo "bench-lab: $limit s are over: these are $((pair - 1)) pairs, not $pairs" >&2
        break
    fi
    for test in $tests; do
        if [ $((pair % 2)) = 1 ]; then
            figure ours "$test" && figure perftest "$test"
        else
            figure perftest "$test" && figure ours "$test"
        fi
        echo "bench-lab: $SECONDS s, pair $pair of $test: $(tail -n 1 "$work/ours.$test"), perftest $(tail -n 1 "$work/perftest.$test")" >&2
    done
done

printf '%-10s %10s %21s %10s %21s %6s\n' test ours '(min to max)' perftest '(min to max)' ratio
for test in $tests; do
    read -r a amin amax <<<"$(statistics <"$work/ours.$test")"
    read -r b bmin bmax <<<"$(statistics <"$work/perftest.$test")"
    # More is better for bandwidth (MiB/s), less for latency (us, half a round trip; a whole one for reads): 1 is as good, less is worse.
    ratio=$(awk -v a="$a" -v b="$b" -v bw="${test##*-}" 'BEGIN { printf "%.2f", bw == "bw" ? a / b : b / a }')
    printf '%-10s %10s %21s %10s %21s %6s\n' "$test" "$a" "($amin to $amax)" "$b" "($bmin to $bmax)" "$ratio"
done
if [ "${PROFILE:-no}" = yes ]; then
    echo 0 >/proc/sys/kernel/perf_cpu_time_max_percent # an emulated interrupt takes so long that the kernel would stop sampling
    for test in $tests; do
        profile ours "$test"
        profile perftest "$test"
    done
fi
