#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# valgrind.sh [BUILD [REGEX]]: the test programs under memcheck: memory that was never set, freed twice, or lost. valgrind
# shows them a processor without AVX-512. A test that only calculates for long is left out, by name.
build=${1:-build-dev} regex=${2:-.}
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
slow='^test_(loss_golden|theory_models|never_silent|kway|eigen|winograd|nn|bag|gru)$'
failures=0 count=0
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
for program in "$build"/tests/test_*; do
    name=${program##*/}
    [ -f "$program" ] && [ -x "$program" ] || continue
    printf '%s\n' "$name" | grep -Eq "$regex" || continue
    [ $# -ge 2 ] || ! printf '%s\n' "$name" | grep -Eq "$slow" || continue
    count=$((count + 1))
    code=0
    OMP_WAIT_POLICY=passive OMP_NUM_THREADS=2 valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --suppressions=tests/valgrind.supp "$program" >"$log" 2>&1 || code=$?
    [ $code = 0 ] || [ $code = 77 ] && continue
    failures=$((failures + 1))
    echo "FAIL: $name (exit code $code)"
    grep -aE '^==|ERROR|Error' "$log" | head -40
done
echo "valgrind: $count programs, $failures with errors"
[ $failures = 0 ]
