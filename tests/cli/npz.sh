# SPDX-License-Identifier: Apache-2.0
# .npz in and out: embeddings with names, labels and classes in one file, which nn, eval, loss and training read; and, where
# $AKIN_PYTHON or python3 has NumPy, files of numpy.savez and savez_compressed, and ours read by NumPy.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/img" 32 12 8
cd "$dir" || exit 1
"$akin" train --recipe none img --out run --encoder resnet8 --width 8 --batch-size 8 --head-hidden 8 --head-out 8 --epochs 1 --threads 1 --quiet || fail train
"$akin" embed --form plain run -o e.npy --quiet && "$akin" embed --form plain run -o e.npz --quiet || fail "embed"
ls e.npz.names.txt e.npz.labels.npy 2>/dev/null && fail "names beside a .npz"
[ -e e.npz.set.json ] || fail "no e.npz.set.json"
for query in 3 train/3; do
    "$akin" nn e.npy --query $query -k 3 --json >a 2>err && "$akin" nn e.npz --query $query -k 3 --json >b 2>err || fail "nn: $(cat err)"
    cmp -s a b || fail "nn of .npz: $(diff a b)"
done
eval_of() { "$akin" eval --features e.$1 --labels "$2" --test-features e.$1 --test-labels "$2" --protocol mean,knn --json 2>err | sed 's/"seconds": *[0-9.e-]*//g'; }
eval_of npy e.labels.npy >a
eval_of npz e.npz >b
[ -s b ] && cmp -s a b || fail "eval of .npz: $(diff a b) $(cat err)"
"$akin" loss --loss ntxent --a e.npz --b e.npz --labels e.npz >a 2>err && "$akin" loss --loss ntxent --a e.npy --b e.npy --labels e.labels.npy >b || fail "loss: $(cat err)"
cmp -s a b || fail "loss of .npz"
"$akin" inspect e.npz --json 2>err | sed 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/' >a
cp e.npy rows.npy && cp e.labels.npy rows-labels.npy
"$akin" inspect e.npz >out 2>err || fail "inspect: $(cat err)"
grep -q 'rows  *32 of 32 features' out && grep -q 'labels  *4 classes' out || fail "inspect e.npz: $(cat out)"
expect 2 '.npz tells its length first and cannot go down a pipe' embed --form plain run -o - --as npz
expect 2 "'e.npz' exists; --force replaces it" embed --form plain run -o e.npz --quiet

# damaged, and others' archives
head -c 1000 e.npz >cut.npz
expect 3 'no whole archive of zip: it has no end' nn cut.npz --query 1
expect 3 'no whole archive of zip' inspect cut.npz
if command -v python3 >/dev/null; then # arrays of parts, by the words that people use
    python3 - <<'P' || fail "no archives"
import struct, zipfile
def array(descr, shape, data):
    head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)).encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.ljust(117) + b"\n" + data
rows = {24: bytes(k * 37 % 256 for k in range(24 * 64)), 6: bytes(k * 91 % 251 for k in range(6 * 64))}
for name, words in ("head", ("x_train", "y_train", "x_test", "y_test")), ("tail", ("train-images", "train-labels", "test-images", "test-labels")):
    with zipfile.ZipFile(name + "-words.npz", "w", zipfile.ZIP_DEFLATED) as z:
        for word, n in zip(words, (24, 24, 6, 6)):
            labels = "y" in word or "labels" in word
            z.writestr(word + ".npy", array("|u1", (n,) if labels else (n, 8, 8), bytes(k % 3 for k in range(n)) if labels else rows[n]))
P
    for name in head tail; do
        "$akin" inspect $name-words.npz >out 2>err || fail "$name: $(cat err)"
        grep -q 'images  *30 of 8 x 8' out && grep -q 'splits  *train 24, test 6$' out || fail "$name: $(cat out)"
    done
fi
python=${AKIN_PYTHON:-python3}
if "$python" -c 'import numpy' 2>/dev/null; then
    "$python" - <<'P' || fail "NumPy reads other than was written"
import numpy as np
z = np.load("e.npz")
assert sorted(z) == ["classes", "embeddings", "labels", "names"], list(z)
assert np.array_equal(z["embeddings"], np.load("e.npy")) and np.array_equal(z["labels"], np.load("e.labels.npy"))
assert list(z["names"]) == open("e.names.txt").read().split("\n")[:-1] and len(z["classes"]) == 4
r = np.random.default_rng(0)
x, t = r.integers(0, 255, (24, 8, 8, 3), dtype=np.uint8), r.integers(0, 255, (6, 8, 8, 3), dtype=np.uint8)
y = r.integers(0, 3, 30)
np.savez("images.npz", x_train=x, y_train=y[:24], x_test=t, y_test=y[24:])
np.savez_compressed("packed.npz", train_images=x, train_labels=y[:24, None], test_images=t, test_labels=y[24:, None])
np.savez_compressed("rows.npz", X=np.asfortranarray(r.normal(size=(20, 5))), Y=y[:20].astype("u1"), more=y)
np.savez("objects.npz", x=np.array([{}], dtype=object))
np.savez("two.npz", x=x, images=x)
np.savez("none.npz", a=x, b=x)
P
    "$akin" inspect images.npz >a 2>err || fail "images.npz: $(cat err)"
    "$akin" inspect packed.npz >b 2>err || fail "packed.npz: $(cat err)"
    grep -q 'images  *30 of 8 x 8, colour' a && grep -q 'splits  *train 24, test 6$' a || fail "images.npz: $(cat a)"
    [ "$(grep fingerprint a)" = "$(grep fingerprint b)" ] || fail "stored and packed differ"
    "$akin" inspect rows.npz >a 2>err || fail "rows.npz: $(cat err)"
    grep -q "Left out: the array 'more'" a && grep -q 'rows  *20 of 5 features' a || fail "rows.npz: $(cat a)"
    "$akin" train --recipe none rows.npz --out vectors --width 8 --batch-size 4 --epochs 1 --threads 1 --quiet || fail "train rows.npz"
    "$akin" train --recipe none packed.npz --out pictures --encoder resnet8 --width 8 --batch-size 8 --epochs 1 --threads 1 --quiet || fail "train packed.npz"
    expect 3 'never unpickled' inspect objects.npz
    expect 3 "'two.npz: x' and 'two.npz: images' mean the same" inspect two.npz
    expect 3 "'none.npz' has no array of items: it holds a.npy, b.npy" inspect none.npz
else
    echo "skipped: no NumPy in $python"
fi
[ $failures = 0 ] && echo ok
exit $failures
