#!/usr/bin/env bash
# Runs mutation tests (PIT) by slice of docs/mutation-budget.csv and fails where more mutants survive than the slice's budget allows.
#   tools/mutation.sh all|PACKAGE|SLICE|today|check
# check only sees that every class is in a slice. SLICE is the number of a row, today the row that the date picks of those with a budget. With MUTATION_SECONDS a slice that takes longer
# is ended, which is no failure. Sourced toolchain: JAVA_HOME and MVN are set.
set -uo pipefail
export LC_ALL=C
budget=docs/mutation-budget.csv
what=${1:?all, a package, the number of a slice, today, or check}
rows=$(grep -Ev '^(#|module,)' $budget)
slices=$(wc -l <<<"$rows")

# Every class with code is in exactly one slice.
for module in $(cut -d, -f1 <<<"$rows" | sort -u); do
    (cd "$module/src/main/java" && find . -name '*.java' ! -name '*-info.java' ! -path '*/gen/*') |
        sed -e "s|^\./|$module,|" -e 's|/\([^/]*\)\.java$|,\1|' -e 's|/|.|g'
done | awk -F, -v rows="$rows" '
    BEGIN { n = split(rows, row, "\n") }
    {
        found = 0
        for (i = 1; i <= n; i++) {
            split(row[i], slice, ",")
            found += slice[1] == $1 && slice[2] == $2 && $3 ~ "^(" slice[3] ")"
        }
        if (found != 1) { print $2 "." $3 " of " $1 " is in " found " slices of the budget"; wrong = 1 }
    }
    END { exit wrong }' >&2 || exit 1
[ "$what" = check ] && exit 0

run() { # slice: one run of PIT against its budget
    local slice=$1 seconds=${MUTATION_SECONDS:-} module package classes mutants allowed more
    IFS=, read -r module package classes mutants allowed more < <(sed -n "${slice}p" <<<"$rows")
    local name="mutation slice $slice of $slices ($package $classes)" pattern="~${package//./\\.}\\." out=$module/target/mutation/$slice
    mkdir -p "$out"
    rm -f "$out/mutations.csv"
    command -v timeout >/dev/null || seconds=
    ${seconds:+timeout -k 10 $seconds} $MVN test-compile org.pitest:pitest-maven:mutationCoverage -pl "$module" -am \
        -Dspotless.check.skip=true -DreportsDirectory="target/mutation/$slice" -DtargetClasses="$pattern($classes).*" \
        -DtargetTests="$pattern[A-Z].*${more:+,${more// /,}}" >"$out/log" 2>&1
    local status=$?
    if [ -n "$seconds" ] && { [ $status = 124 ] || [ $status = 137 ]; }; then
        echo "$name: cut off after $seconds s, nothing is said about it"
        return 0
    elif [ $status != 0 ] || [ ! -f "$out/mutations.csv" ]; then
        tail -30 "$out/log"
        echo "$name: failed, $out/log"
        return 1
    fi
    local found survivors
    # some mutants the JVM does not let in: they say nothing
    found=$(grep -cEv ',(RUN_ERROR|NON_VIABLE),' "$out/mutations.csv")
    survivors=$(grep -cE ',(SURVIVED|NO_COVERAGE),' "$out/mutations.csv")
    echo "$name: $found mutants, $survivors survive, budget $allowed"
    if [ "$allowed" = - ]; then
        echo "it has no budget yet: write $found,$survivors into $budget"
    elif [ "$survivors" -gt "$allowed" ]; then
        awk -F, '$6 == "SURVIVED" || $6 == "NO_COVERAGE" { sub(/.*\./, "", $3); print "  " $1 ":" $5 " " $4 " " $3 " " $6 }' "$out/mutations.csv" | sort -V
        echo "more survive than the budget allows: test the rule that the mutant breaks; $out/index.html shows them"
        return 1
    elif [ "$survivors" -lt "$allowed" ] || [ "$found" != "$mutants" ]; then
        echo "a budget only falls: write $found,$survivors into $budget"
    fi
}

case $what in
today)
    picked=$(awk -F, -v day=$(($(date +%s) / 86400)) '$5 != "-" { row[n++] = NR } END { print row[day % n] }' <<<"$rows")
    echo "the mutation slice of the day is $picked; again: make test MUTATION=$picked, or make mutation SLICE=$picked alone"
    ;;
all) picked=$(seq "$slices") ;;
*[!0-9]*) picked=$(awk -F, -v package="$what" '$2 == package { print NR }' <<<"$rows") ;;
*) picked=$((what >= 1 && what <= slices ? what : 0)) ;;
esac
if [ -z "$picked" ] || [ "$picked" = 0 ]; then
    echo "$what: neither a package of $budget nor a slice from 1 to $slices" >&2
    exit 1
fi
failed=0
for slice in $picked; do
    run "$slice" || failed=1
done
exit $failed
