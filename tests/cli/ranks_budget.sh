#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin train --budget on two real ranks: the clock of rank 0 decides for both, and the same options without it have the same bits.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
. "$(dirname "$0")/ranks.inc"
cd "$dir" || exit 1
find_mpis
"$helpers/make_data" img 48 24 16 || exit 1
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
for mpi in $mpis; do
    rm -rf timed same
    start "$mpi" 2 "$akin" train img --out timed --width 8 --head-hidden 8 --head-out 8 --budget 2s --threads 1 --quiet || fail "$mpi: --budget: exit $?"
    last=$(sed -n 's/^ *"steps": "\([^"]*\)".*/\1/p' timed/run.json | sed 's/.*[,:]//')
    grep -q "\"steps\": $last," timed/DONE || fail "$mpi: the plan ends at $last, the run otherwise: $(cat timed/DONE)"
    grep -q '"recipe": "grey"' timed/run.json || fail "$mpi: no recipe"
    sed "/^ *\"budget\"/d" timed/run.json >same.json
    start "$mpi" 2 "$akin" train img --out same --config same.json --threads 1 --quiet || fail "$mpi: without the budget: exit $?"
    [ "$(sum timed)" = "$(sum same)" ] || fail "$mpi: other bits without the budget"
done
[ $failures = 0 ] && echo ok
exit $failures
