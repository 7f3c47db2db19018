# SPDX-License-Identifier: Apache-2.0
# Collapse is told while training: in a run whose loss only attracts, one that does not learn, and not in a healthy one.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
"$helpers/make_data" "$dir/data" 320 80 16 || fail "no data"
train() {
    "$akin" train --recipe none "$dir/data" --out "$dir/r" --force --epochs 12 --batch-size 32 --encoder resnet-s --width 8 \
        --head-hidden 16 --head-out 8 --threads 1 "$@" 2>"$dir/err" || fail "train $* exits $?: $(cat "$dir/err")"
}
warned() { [ "$(grep -c "warning: $1" "$dir/err")" = 1 ] && grep -q "warning: $1" "$dir/r/log.txt"; }

train --lr 0.01
! grep -q "warning" "$dir/err" || fail "a healthy run: $(cat "$dir/err")"
python3 - "$dir/r/metrics.jsonl" <<'PY' || fail "metrics.jsonl"
import json, sys
for l in map(json.loads, open(sys.argv[1])):
    assert 0 < l["embedding_std"] <= 1.0001 and 1 <= l["participation_ratio"] <= 8.0001, l
PY

train --loss align-uniform --weight 1e-9 --head-norm none --lr 0.02
warned "the projections are collapsing" || fail "attraction alone: $(cat "$dir/err")"
train --loss align-uniform --weight 1e-9 --head-norm none --lr 0.02 --warn-std 0 --warn-rank 0 --warn-chance 0
! grep -q "warning" "$dir/err" || fail "thresholds of 0: $(cat "$dir/err")"
train --lr 1e-9
warned "after the warm-up and an epoch the loss is still where nothing is learned" || fail "a run that does not learn: $(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/r" --warn-std 2 2>"$dir/err"
[ $? = 2 ] || fail "--warn-std 2 must be refused"
echo ok
