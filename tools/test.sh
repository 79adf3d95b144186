#!/usr/bin/env bash
# Runs all tests (arguments go to Maven) and prints how many ran. Sourced toolchain: JAVA_HOME and MVN are set.
set -uo pipefail
if ! command -v strace >/dev/null && [ "$(uname)" = Linux ]; then
    . tools/toolchain.sh
    install_with_apt strace || echo "strace is missing: the test of zero-copy I/O will be reported as skipped" >&2
fi
$MVN clean package "$@"
status=$?
count() { # attribute: its sum over all surefire reports
    find . -path '*/surefire-reports/TEST-*.xml' -exec grep -h -m1 -A12 '<testsuite ' {} + 2>/dev/null |
        grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}
tests=$(count tests)
failed=$(($(count failures) + $(count errors)))
skipped=$(count skipped)
echo
echo "$((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
if [ "$tests" -eq 0 ]; then
    echo "no test ran" >&2
    exit 1
fi
exit $status
