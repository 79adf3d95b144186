#!/usr/bin/env bash
# Our rdma-perf and rdma-core's perftest on the same two soft-RoCE devices of the lab, in one run, in alternating pairs: prints the median and the
# spread of both and the ratio of the medians. Sourced toolchain: JAVA_HOME is set. From the environment: PAIRS (7) of each test, TESTS (all six,
# with spaces), JVM options for ours (JAVA_OPTS), how many operations are measured (LAT_ITERATIONS, 6000, and BW_ITERATIONS, 400), after how
# many seconds no further pair begins (BENCH_SECONDS, 600), and whether a profile of each follows (PROFILE=yes, needs perf).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
variables=()
for name in PAIRS TESTS JAVA_OPTS LAT_ITERATIONS BW_ITERATIONS BENCH_SECONDS PROFILE; do
    [ -z "${!name:-}" ] || variables+=(--env "$name")
done
# JDK_JAVA_OPTIONS: both of HotSpot's compilers, also where the lab would leave out the second; what that costs is said and repeated.
# The clock: an emulated guest takes its own HPET, a slow device, for each System.nanoTime, where perftest reads the processor's counter.
exec interop/lab/run --device rxe --timeout "${LAB_SECONDS:-1800}" --kernel 'clocksource=tsc tsc=reliable' --env JDK_JAVA_OPTIONS= \
    ${variables[@]+"${variables[@]}"} -- tools/bench-lab-guest.sh
