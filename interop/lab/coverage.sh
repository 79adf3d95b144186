#!/usr/bin/env bash
# Holds a coverage table against the reports of the tests that ran: coverage.sh TABLE.md REPORTS...
# A row counts when a test that it names passed in one of the report directories (the lab's, and surefire's for what the C test library shows):
#   interop/lab/coverage.sh docs/verbs-coverage.md interop/target/lab/rxe/ffm-verbs interop/target/lab/siw/ffm-verbs ffm-verbs/target/surefire-reports
# A test that was skipped or failed in a directory bears out nothing there. Prints the rows that no report bears out, how many each directory
# bears out, and how many all of them do; fails when a row has none.
set -uo pipefail
table=${1:?the coverage table}
shift
reports=$(find "$@" -name 'TEST-*.xml' 2>/dev/null)
if [ -z "$reports" ]; then
    echo "coverage: no TEST-*.xml in $*" >&2
    exit 1
fi
# shellcheck disable=SC2086
awk -v table="$table" -v directories="$*" '
    BEGIN { places = split(directories, place, " ") }
    function attribute(name,   v) {
        if (!match($0, " " name "=\"[^\"]*\"")) return ""
        v = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", v); sub(/"$/, "", v); return v
    }
    function count() {
        if (test != "") { if (bad) broken[from, test] = 1; else passed[from, test] = 1 }
    }
    function holds(directory, test) { return (directory, test) in passed && !((directory, test) in broken) }
    FNR == 1 {
        count(); test = ""
        for (d = 1; d <= places; d++) if (index(FILENAME, place[d] "/") == 1) from = place[d]
    }
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
            tests = cell[4]
            for (n = 0; match(tests, /[A-Za-z0-9]+#should[A-Za-z0-9_]*/); tests = substr(tests, RSTART + RLENGTH)) {
                each[++n] = substr(tests, RSTART, RLENGTH)
            }
            for (d = 1; d <= places; d++) {
                here = 0
                for (i = 1; i <= n; i++) if (holds(place[d], each[i])) here = 1
                shown += here; borne[d] += here
            }
            if (!shown) { missing++; print "coverage:" cell[2] "is not borne out: no report says that" cell[4] "passed" }
        }
        for (d = 1; d <= places; d++) print "coverage: " borne[d] + 0 " of " rows + 0 " rows by " place[d]
        print "coverage: " rows - missing " of " rows + 0 " rows of " table " are borne out by tests that passed"
        exit missing > 0 || rows == 0
    }' $reports
