#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is refused by one line, and no other script asks for: checkpoints that are gone, weights that are damaged in each of
# the ways that a file of weights can be, priors of classes, files in the place of folders. And weights of grey images for
# coloured ones, and back.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" img 48 24 16 || exit 1
net="--encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8 --batch-size 8 --quiet"
# shellcheck disable=SC2086
"$akin" train --recipe none img --out r $net --epochs 2 --checkpoint-every 6 || fail "train"
last=checkpoints/step-0000000012.safetensors
cp r/$last net.safetensors

cp -r r best
rm best/checkpoints/best.safetensors
expect 3 "'best' has no best checkpoint; there are the steps: 6, 12" embed --form plain best -o e.npy --checkpoint best
cp -r r cut
for file in cut/checkpoints/*; do head -c 5000 $file >part && rm $file && mv part $file; done
expect 3 "'cut' has no whole checkpoint: 'cut/$last' is damaged" embed --form plain cut -o e.npy
cp -r r short
rm short/DONE
head -c 20 r/metrics.jsonl >short/metrics.jsonl
expect 3 "'short/metrics.jsonl' is shorter than its checkpoint says" train --resume short
long=$(printf 'a%.0s' $(seq 250))
for _ in 1 2 3 4 5; do long=$long/$long; done
expect 3 "the path of the run folder is too long" embed --form plain $long -o e.npy

# Priors of classes.
for part in train test; do
    for class in a b; do
        mkdir -p col/$part/$class
        for i in 1 2 3 4 5 6 7 8; do
            awk -v seed="$i$class$part" 'BEGIN {
                srand(seed); print "P3 16 16 255"
                for (i = 0; i < 768; i++) print int(rand() * (length(seed) % 2 ? 255 : 200)) }' >col/$part/$class/$i.ppm
        done
    done
done
cp -r col/test/b col/test/c # a class without an item to train on
prior="--loss curl-hinge --batch-size 8 --out p --quiet --class-prior"
printf '0.5 0.25 x' >x.prior
printf '0.5 0.5\n' >two.prior
printf '0 0 1\n' >three.prior
# shellcheck disable=SC2086
{
    expect 3 "'x.prior': value 3 is no number: 'x'" train --recipe none img $prior x.prior
    expect 3 "'two.prior' has 2 weights; the data has 4 classes" train --recipe none img $prior two.prior
    expect 3 "class 2 has a prior of 1 but no item" train --recipe none col $prior three.prior
}
expect 3 "'img' is not a regular file" data split img --keep img -o s
mkdir -p one && cp col/train/a/1.ppm one
expect 3 "two at least can be parted" data split one -o s

# Grey weights for coloured images, and back: an image with three equal channels gives what the grey one gave. Frozen, so
# that they can be compared; and the ways in which a file of weights can be wrong.
"$akin" train --recipe none col --out c --init r --freeze stem --batch-size 8 --epochs 1 2>err || fail "grey for coloured: $(cat err)"
grep -q "Images have 3 channels here and 1 there: the weights of the first convolution are shared out among channels" err ||
    fail "grey for coloured: $(cat err)"
"$akin" train --recipe none img --out g --init c --freeze stem --batch-size 8 --epochs 1 2>err || fail "coloured for grey: $(cat err)"
grep -q "Images have 1 channel here and 3 there: the weights of the first convolution are added up over channels" err ||
    fail "coloured for grey: $(cat err)"
python3 - r/$last c/checkpoints/best.safetensors g/checkpoints/best.safetensors <<'END' || fail "weights of other channels"
import json, struct, sys

def load(path):
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    return json.loads(b[8:8 + n]), b[8 + n:]

def floats(path):
    head, data = load(path)
    place = head["stem.conv.weight"]
    a, b = place["data_offsets"]
    return place["shape"], struct.unpack("<%df" % ((b - a) // 4), data[a:b])

f32 = lambda x: struct.unpack("<f", struct.pack("<f", x))[0]
(shape, grey), (_, coloured), (_, again) = map(floats, sys.argv[1:])
assert shape == [8, 1, 5, 5] and len(coloured) == 600 and len(again) == 200
for o in range(8):
    for a in range(25):
        third = f32(grey[o * 25 + a] / 3)
        assert [coloured[(o * 3 + c) * 25 + a] for c in range(3)] == [third] * 3
        assert again[o * 25 + a] == f32(3 * third)

head, data = load("net.safetensors")
del head["__metadata__"]
names = sorted(head, key=lambda k: head[k]["data_offsets"])
first, second = names[:2]
variance = next(k for k in names if k.endswith("running_var"))

def put(name, data, change=lambda h: None, text=None):
    h = json.loads(json.dumps(head))
    change(h)
    text = text or json.dumps(h).encode()
    open(name + ".w", "wb").write(struct.pack("<Q", len(text)) + text + data)

def at(name, bytes):
    a = head[name]["data_offsets"][0]
    return data[:a] + bytes + data[a + len(bytes):]

put("nan", at(first, b"\0\0\xc0\x7f"))
put("variance", at(variance, struct.pack("<f", -1)))
put("type", data, lambda h: h[first].update(dtype="I32"))
put("more", data + bytes(8))
put("shape", data, lambda h: h[first].update(shape=[9, 1, 5, 5]))
put("sides", data, lambda h: h[first].update(shape=[8, -1, 5, 5]))
put("twice", data, lambda h: h[second].update(h[first]))
put("json", b"", text=b'{"a": 1,')
put("sum", data, lambda h: h.update(__metadata__={"xxh64." + first: "0" * 16}))
open("length.w", "wb").write(struct.pack("<Q", 1 << 40) + b'{"a": 1,')
END
import="--encoder resnet-s --mean 0.5 --std 0.5 --size 16 -o i --quiet"
while read -r file words; do
    # shellcheck disable=SC2086
    expect 3 "$words" import $file.w img $import
done <<'END'
nan 'nan.w' is damaged: value 0 of tensor 'stem.conv.weight' is not finite
variance 'variance.w' is damaged: value 0 of tensor 'stem.conv.bn.running_var', a variance, is -1
type 'type.w': tensor 'stem.conv.weight' is of type I32; F64, F32, F16 and BF16 are read
more 'more.w' is damaged: 240872 bytes of tensors, expected 240864
shape 'shape.w' is damaged: tensor 'stem.conv.weight' has no valid type, shape and place in its 240864 bytes
sides 'sides.w' is damaged: tensor 'stem.conv.weight' has no valid type
twice 'twice.w' is damaged: tensor 'stem.conv.bn.weight' begins at byte 0, and the one before it ends at 800
json 'json.w' is damaged: its header is no JSON object
sum 'sum.w' is damaged: tensor 'stem.conv.weight' has the check sum
length 'length.w' is damaged: it has 16 bytes, and says that its header takes 1099511627776 of them
END
[ ! -e i ] || fail "a refused import left a folder"
[ $failures = 0 ] && echo ok
exit $failures
