#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_full.sh: the core tier against its baseline; the tests again without the optional parts, under clang, under the
# address, undefined-behaviour and thread sanitizers, under valgrind, and with every instruction set this processor has; the
# whole library in a locale with a decimal comma; the whole table of tests/cli/bits.sh; every campaign of faults whole; every
# fuzz target for a minute (AKIN_FUZZ_SECONDS), those of pictures and packed files with instrumented decoders too; and three
# hours of use. Many hours on two cores.
cd "$(dirname "$0")/.." || exit 2
set -e
for preset in dev clang sanitize threads bare; do
    cmake --preset $preset >/dev/null
    cmake --build --preset $preset
done
echo "== without the optional parts"
tests/bare.sh "$PWD/build-bare/akin" "$PWD/build-bare"
echo "== the core tier as it was promised"
tools/abi.sh || [ $? = 77 ]
echo "== the documents as a site"
AKIN_TEST_FULL=1 sh tests/browser/site.sh "$PWD/build-dev/akin" || [ $? = 77 ]
echo "== every command that a page of docs/ shows"
AKIN_TEST_FULL=1 sh tests/cli/pages.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
echo "== linear-v2 against its optimum, 200 draws"
AKIN_TEST_FULL=1 build-dev/tests/test_linear_v2
AKIN_TEST_FULL=1 build-dev/tests/test_paired_parts
echo "== intervals over seeds and test items, 10,000 experiments of each kind"
AKIN_TEST_FULL=1 build-dev/tests/test_crossed
echo "== the Python package beside scikit-learn, PyTorch and pytorch-metric-learning; its wheel without a compiler"
tests/python.sh full "$PWD/build-dev" cc "$PWD"
tools/wheel.sh build-wheel/wheel
tools/wheel_fresh.sh build-wheel/wheel/akin-*.whl || [ $? = 77 ]
echo "== in a locale with a decimal comma"
ctest --test-dir build-dev -C full -R '_de$' --output-on-failure --no-tests=error
echo "== every example from an installed prefix, every compiler, pkg-config and CMake"
AKIN_TEST_FULL=1 tests/install.sh "$PWD/build-dev" gcc g++ "$PWD"
echo "== clang"
ctest --test-dir build-clang --output-on-failure --no-tests=error
echo "== the same bits on any number of threads"
AKIN_TEST_FULL=1 sh tests/cli/bits.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
echo "== copies of data, ten times as many"
for data in tables images texts; do AKIN_TEST_FULL=1 build-dev/tests/test_never_silent_$data; done
echo "== every cut and flip of an AVIF"
AKIN_TEST_FULL=1 build-dev/tests/test_data_reader
echo "== losses at random settings, twenty times as many"
AKIN_TEST_FULL=1 build-dev/tests/test_loss_random
echo "== false verdicts on rows without any relation, thirty times as many"
AKIN_TEST_FULL=1 build-dev/tests/test_loss_permuted
echo "== every allocation fails, under the public functions, of libraries, and in every verb"
AKIN_TEST_FULL=1 build-dev/tests/test_api_memory
AKIN_TEST_FULL=1 build-dev/tests/test_library_memory
AKIN_TEST_FULL=1 sh tests/fault/alloc.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
echo "== every call fails, 1,000 kills, 2,000 power cuts, 200 second faults, signals and data at any instant"
for campaign in nth_call kill_campaign crash_images recovery instants; do
    AKIN_TEST_FULL=1 sh tests/fault/campaign.sh $campaign build-dev/akin build-dev/tests/libfault_calls.so build-dev/tests
done
echo "== onnxruntime, PyTorch and torchvision beside akin, every encoder, 1,000 items; axe-core"
AKIN_PYTHON=$(tools/python_env.sh)
export AKIN_PYTHON
AKIN_TEST_FULL=1 sh tests/cli/export.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
AKIN_TEST_FULL=1 sh tests/cli/onnx.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests" || [ $? = 77 ]
AKIN_TEST_FULL=1 sh tests/browser/axe.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests" || [ $? = 77 ]
sh tests/cli/npz.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
AKIN_TEST_FULL=1 sh tests/cli/import_torch.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
for script in train_kill train_full ranks; do
    AKIN_TEST_FULL=1 sh tests/cli/$script.sh "$PWD/build-dev/akin" "$PWD/build-dev/tests"
done
echo "== verdicts and intervals of bounds on 4,000 enumerated models, four seeds each"
AKIN_TEST_FULL=1 build-dev/tests/test_theory_verdicts
echo "== three hours of use in one process (AKIN_SOAK_MINUTES)"
build-dev/tests/soak "${AKIN_SOAK_MINUTES:-180}"
echo "== eigenvalues, and what must not move a bound, ten times as many"
AKIN_TEST_FULL=1 build-dev/tests/test_eigen_families
AKIN_TEST_FULL=1 build-dev/tests/test_theory_invariance
echo "== the inequalities of bounds, on all of their sets and models"
for name in bounds_classes bounds_branches theory_models; do AKIN_TEST_FULL=1 build-dev/tests/test_$name; done
echo "== sanitizers"
# oneDNN and libgomp keep memory until the process ends; a leak of ours names a function of ours.
LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp ctest --test-dir build-sanitize --output-on-failure --no-tests=error
echo "== thread sanitizer"
# clang's OpenMP tells the sanitizer by libarcher.so what its barriers order.
OMP_TOOL_LIBRARIES=$(find /usr/lib/llvm-*/lib -name libarcher.so 2>/dev/null | tail -n 1) \
    TSAN_OPTIONS="ignore_noninstrumented_modules=1 suppressions=$PWD/tests/tsan.supp" \
    ctest --test-dir build-threads -E '_de$' --output-on-failure --no-tests=error
echo "== valgrind"
tools/valgrind.sh build-dev
echo "== fuzz targets, a minute each"
tools/fuzz.sh all "${AKIN_FUZZ_SECONDS:-60}"
echo "== decoders of pictures and packed files with sanitizers of their own, a minute each"
tools/fuzz_decoders.sh "${AKIN_FUZZ_SECONDS:-60}" || [ $? = 77 ]
for isa in ref avx2 avx512 avx512bf16; do
    [ "$(AKIN_ISA=$isa build-dev/akin --version | awk '{print $3}')" = $isa ] || continue
    echo "== AKIN_ISA=$isa"
    AKIN_ISA=$isa ctest --test-dir build-dev --output-on-failure --no-tests=error
done
