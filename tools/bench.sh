#!/usr/bin/env bash
# Measures the pair of initiator and target against raw TCP, in one run on loopback.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/toolchain.sh
if ! command -v iperf3 >/dev/null && ! install_with_apt iperf3; then
    echo "make bench needs iperf3, which its raw TCP programs are held against: install it (Debian: apt-get install iperf3)" >&2
    exit 1
fi
exec "$JAVA_HOME/bin/java" ${BENCH_OPTS:-} -Xmx1g -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "benchmarks/target/classes:benchmarks/target/lib/*" io.ffmiser.benchmarks.PairBenchmark "$@"
