#!/usr/bin/env bash
# Prints what a guest's kernel complains of in a log, dmesg's, on standard input: warnings, oopses, hung tasks.
# Left out is one of Linux's own at a logout: open-iscsi's queue for unbinding a session (WQ_MEM_RECLAIM) waits for one that may sleep on
# memory, if the SCSI target goes away while its power management has something to do (docs/interop.md).
set -uo pipefail
awk '
    /-\[ cut here \]-/ { block = 1; lines = ""; ours = 1 }
    !block { print; next }
    { lines = lines $0 "\n" }
    /is flushing !WQ_MEM_RECLAIM pm:pm_runtime_work/ { ours = 0 }
    /-\[ end trace / { if (ours) printf "%s", lines; block = 0 }
    END { if (block) printf "%s", lines }
' | grep -E 'WARNING:|BUG:|Oops|general protection fault|Call Trace|blocked for more than|rcu.*stall|refcount_t|list_(add|del) corruption' || true
