#!/usr/bin/env bash
# Measures the pair of initiator and target against raw TCP, in one run on loopback.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/toolchain.sh
exec "$JAVA_HOME/bin/java" ${BENCH_OPTS:-} -Xmx1g -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "benchmarks/target/classes:benchmarks/target/lib/*" io.ffmiser.benchmarks.PairBenchmark "$@"
