#!/usr/bin/env bash
# Prints the modules that have suites for a kind of device, one a line: modules.sh rxe|siw. MODULES is a shorter list.
kind=$1
if [ -n "${MODULES:-}" ]; then
    printf '%s\n' $MODULES
else
    sed 's/#.*//' "$(dirname "${BASH_SOURCE[0]}")/modules" | awk -v kind="$kind" '{ for (i = 2; i <= NF; i++) if ($i == kind) print $1 }'
fi
