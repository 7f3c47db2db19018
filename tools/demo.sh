#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh AKIN [RUN]: learn from the 60,000 unlabelled training images of Fashion-MNIST, compare with raw pixels and a
# random encoder, write the report.
akin=${1:-build/akin} run=${2:-runs/demo}
data=/usr/share/datasets/fashion-mnist
set -e
mkdir -p "$(dirname "$run")"
echo "1/3  learning from unlabelled images"
"$akin" train "$data" --out "$run" --config examples/demo.json --force
echo "2/3  measuring: all 60,000 training labels as reference, 10,000 test images"
"$akin" eval "$run"
echo "3/3  the report"
"$akin" report "$run"
