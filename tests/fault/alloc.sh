#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# alloc.sh AKIN HELPERS: allocations of every verb fail (campaign.c): in one of 48 places that allocate, drawn by
# AKIN_TEST_SEED, once or from then on. AKIN_TEST_FULL=1: in all of these places, in both ways, and at drawn points, 20,000 in
# all. AKIN_FAULT_OPTIONS: other options, such as "--points 0 --case nn" for each allocation of nn, "--everyone" for those of
# libraries too.
akin=$1 helpers=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sh "$(dirname "$0")/prepare.sh" "$akin" "$helpers" "$dir" "$helpers/libfault.so" || exit 1
options="--points 1 --one-in 48"
[ -z "${AKIN_TEST_FULL:-}" ] || options="--points 20000 --both"
# shellcheck disable=SC2086
"$helpers/campaign" "$akin" "$helpers/libfault.so" "$dir" "$(dirname "$0")/verbs.list" --seed "${AKIN_TEST_SEED:-1}" \
    ${AKIN_FAULT_OPTIONS:-$options}
