#!/usr/bin/env bash
# Runs the suites of one kind of device where the device is (in the guest, or on a machine that has one), each module of lab/modules in
# a JVM of its own: junit.sh rxe|siw RESULTS [CONSOLE-OPTION...]. Reports are RESULTS/MODULE/TEST-*.xml, output is RESULTS/MODULE/console.txt.
# DEVICE_PROPERTIES are options for the JVM that say what the device is; LAB_EXCLUDE is a tag to leave out; MODULES a shorter list.
set -uo pipefail
interop=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kind=$1 results=$2
[ "$kind" = siw ] && other=rxe || other=siw
shift 2

[ -s "$interop/target/classpath" ] || { echo "lab: no interop/target/classpath: build first (make lab)" >&2 && exit 1; }
junit() { # module option...
    local module=$1 classes=$interop/../$1/target/test-classes
    shift
    (cd "$interop/../$module" && "$JAVA_HOME/bin/java" -ea -Xmx1g -XX:+UseSerialGC -XX:+ErrorFileToStdout --enable-native-access=ALL-UNNAMED \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=error -Djunit.jupiter.execution.timeout.default=180s ${DEVICE_PROPERTIES:-} \
        -cp "$classes:$(cat "$interop/target/classpath")" org.junit.platform.console.ConsoleLauncher execute \
        --disable-banner --disable-ansi-colors --details=testfeed --scan-classpath="$classes" \
        --include-tag="$kind" --exclude-tag="only-$other" ${LAB_EXCLUDE:+--exclude-tag="$LAB_EXCLUDE"} --fail-if-no-tests --reports-dir="$results/$module" "$@") \
        >"$results/$module/console.txt" 2>&1
}
# Whether the JVM of a module died in code that it had compiled itself, under emulation: what the emulator does to such code (see lab/run) is
# no finding about the module. A death in a library, or on real processors, is.
lost_by_emulator() { # module
    [ "${LAB_ACCEL:-}" = tcg ] && grep -qE '^# (J|v) ' "$results/$1/console.txt"
}

status=0
for module in $("$interop/lab/modules.sh" "$kind"); do
    mkdir -p "$results/$module"
    junit "$module" "$@" && continue
    if lost_by_emulator "$module"; then
        mv "$results/$module/console.txt" "$results/$module/lost.txt"
        echo "lab: $kind: the JVM of $module died in compiled code under emulation (see $module/lost.txt); its suites run again" >&2
        junit "$module" "$@" && continue
    fi
    echo "$module: $(grep -E '^(Caused by|[a-z.A-Z]*(Exception|Error)|# )|No tests' "$results/$module/console.txt" | head -n 1)" >>"$results/failed"
    status=1
done
exit $status
