#!/usr/bin/env bash
# Holds a coverage table against the reports of the tests that ran: coverage.sh TABLE.md REPORTS...
# A row counts when a test that it names passed in one of the report directories (the lab's, and surefire's for what the C test library shows):
#   interop/lab/coverage.sh docs/verbs-coverage.md interop/target/lab/rxe/ffm-verbs interop/target/lab/siw/ffm-verbs ffm-verbs/target/surefire-reports
# Prints the rows that no report bears out, and how many there are of each kind; fails when there is any.
set -uo pipefail
table=${1:?the coverage table}
shift
reports=$(find "$@" -name 'TEST-*.xml' 2>/dev/null)
if [ -z "$reports" ]; then
    echo "coverage: no TEST-*.xml in $*" >&2
    exit 1
fi
# shellcheck disable=SC2086
awk -v table="$table" '
    function attribute(name,   v) {
        if (!match($0, " " name "=\"[^\"]*\"")) return ""
        v = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", v); sub(/"$/, "", v); return v
    }
    function count() { if (test != "" && !bad) passed[test]++ }
    /<testcase / {
        count()
        suite = attribute("classname"); sub(/.*[.]/, "", suite)
        name = attribute("name"); sub(/[({[].*/, "", name)
        test = suite "#" name; bad = 0
    }
    /<(failure|error|skipped)/ { bad = 1 }
    END {
        count()
        while ((getline line < table) > 0) {
            if (line !~ /^[|] `[A-Za-z_0-9]+` [|].*[|].*#should/) continue
            split(line, cell, "|")
            rows++; shown = 0
            tests = cell[4]; gsub(/[` ]/, "", tests)
            n = split(tests, each, ",")
            for (i = 1; i <= n; i++) if (each[i] in passed) shown = 1
            if (!shown) { missing++; print "coverage:" cell[2] "is not borne out: no report says that" cell[4] "passed" }
        }
        print "coverage: " rows - missing " of " rows + 0 " rows of " table " are borne out by tests that passed"
        exit missing > 0 || rows == 0
    }' $reports
