#!/usr/bin/env bash
# Our rdma-perf and rdma-core's perftest on the same soft-RoCE device of the lab, in one run, in alternating pairs: prints the median and the
# spread of both and their ratio. Sourced toolchain: JAVA_HOME and MVN are set. PAIRS (7) and TESTS choose how much.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec interop/lab/run --device rxe --timeout "${LAB_SECONDS:-1800}" --env PAIRS="${PAIRS:-7}" --env TESTS="${TESTS:-}" -- tools/bench-lab-guest.sh
