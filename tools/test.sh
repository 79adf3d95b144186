#!/usr/bin/env bash
# Runs all tests (arguments go to Maven), then the lab's and a slice of the mutation tests, and prints how many ran. LAB=off leaves the lab
# out, MUTATION=off the slice. Sourced toolchain: JAVA_HOME and MVN are set.
set -uo pipefail
if ! command -v strace >/dev/null && [ "$(uname)" = Linux ]; then
    . tools/toolchain.sh
    install_with_apt strace || echo "strace is missing: the test of zero-copy I/O will be reported as skipped" >&2
fi
if ! command -v musl-gcc >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    . tools/toolchain.sh
    install_with_apt musl-tools gcc-aarch64-linux-gnu libc6-dev-arm64-cross linux-libc-dev-arm64-cross ||
        echo "musl-tools or gcc-aarch64-linux-gnu is missing: their layouts are compared with the committed table only" >&2
fi
if [ "${LAB:-}" != off ] && ! interop/lab/requirements.sh; then
    echo "LAB=off make test leaves out what needs a real RDMA device" >&2
    exit 1
fi
tools/mutation.sh check || exit 1
$MVN clean package "$@"
status=$?
built=$status
lab="the lab was left out: the build failed before it"
if [ "${LAB:-}" = off ]; then
    lab="the lab was left out: LAB=off"
elif [ $status = 0 ]; then
    echo
    interop/lab/suites.sh
    status=$?
    for table in verbs rdmacm; do
        interop/lab/coverage.sh docs/$table-coverage.md interop/target/lab/{rxe,siw}/ffm-$table ffm-$table/target/surefire-reports || status=1
    done
    lab=
fi
mutation="the mutation tests were left out: the build failed before them"
if [ "${MUTATION:-}" = off ]; then
    mutation="the mutation tests were left out: MUTATION=off"
elif [ $built = 0 ]; then
    echo
    echo "a slice of the mutation tests runs"
    mutation=$(MUTATION_SECONDS=${MUTATION_SECONDS:-300} tools/mutation.sh "${MUTATION:-today}" 2>&1) || status=1
fi
count() { # attribute: its sum over all reports of surefire and the lab
    find . \( -path '*/surefire-reports/TEST-*.xml' -o -path '*/target/lab/*/TEST-*.xml' \) \
        -exec grep -h -m1 -A12 '<testsuite ' {} + 2>/dev/null |
        grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}
tests=$(count tests)
failed=$(($(count failures) + $(count errors)))
skipped=$(count skipped)
echo
echo "$((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
[ -z "$lab" ] || echo "$lab"
echo "$mutation"
if [ "$tests" -eq 0 ]; then
    echo "no test ran" >&2
    exit 1
fi
exit $status
