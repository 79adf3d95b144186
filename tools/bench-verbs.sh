#!/usr/bin/env bash
# Measures one poll_cq through ffm-verbs against a loop in C and against JNI (the median, which other load on the machine does not move much),
# and what polling and posting allocate.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/toolchain.sh
library=$PWD/benchmarks/target/fake/libibverbs.so.1
mkdir -p "$(dirname "$library")"
export LD_LIBRARY_PATH=${library%/*}
c=ffm-verbs/src/test/c
gcc -Wall -Wextra -Werror -O2 -shared -fPIC -Wl,-soname,libibverbs.so.1 -I"$JAVA_HOME/include" -I"$JAVA_HOME/include/linux" \
    -o "$library" $c/bench.c $c/fake_verbs.c $c/fake_ex.c $c/fake_control.c
measure() {
    "$JAVA_HOME/bin/java" -cp "benchmarks/target/classes:benchmarks/target/lib/*" org.openjdk.jmh.Main \
        -jvmArgs "--enable-native-access=ALL-UNNAMED -Dfake.library=$library" -foe true -wi 3 -w 1 -i 5 -r 1 "$@"
}
measure 'VerbsBenchmark.poll' -bm sample -f "${FORKS:-3}"
measure 'VerbsBenchmark' -bm avgt -f 1 -prof gc
