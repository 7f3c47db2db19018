#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh [REGEX | --so-far]: which lines of src/ the tests run, by folder, and which lines none runs
# (tools/coverage.py). REGEX picks tests by name; --so-far runs none, and tells what a stopped run, or one that is at work,
# has measured. About an hour on two cores; AKIN_JOBS: how many tests at a time.
cd "$(dirname "$0")/.." || exit 2
command -v gcov >/dev/null || { echo "skipped: no gcov (it comes with gcc)"; exit 77; }
build=build-coverage
[ "${1:-}" != --so-far ] || exec python3 tools/coverage.py $build --so-far
cmake --preset coverage >/dev/null || exit 2
cmake --build --preset coverage >$build/build.log 2>&1 || { tail -n 20 $build/build.log; exit 2; }
# What was measured with another build is measured again.
find $build/by-test -name '*.json' ! -newer $build/libakin.a -delete 2>/dev/null
exec python3 tools/coverage.py $build "$@"
