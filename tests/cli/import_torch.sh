#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Weights of torchvision, drawn and trained for two steps here, against torchvision itself: features of the same pixels in eval
# mode. $AKIN_PYTHON names a python that has torch, torchvision, safetensors, numpy and PIL; else python3 is asked. With
# AKIN_TEST_FULL=1 also timm's files and names of other projects (tests/weights/import_check.py).
#
# torchvision computes in double; akin in float32, with Winograd where it takes it: 1e-5 is what is promised.
akin=$1
python=${AKIN_PYTHON:-python3}
command -v "$python" >/dev/null && "$python" -c 'import torch, torchvision, safetensors, numpy, PIL' 2>/dev/null || {
    echo "skipped: no torchvision (AKIN_PYTHON may name a python that has it)"
    exit 77
}
. "$(dirname "$0")/expect.inc"
weights=$(cd "$(dirname "$0")/../weights" && pwd)
cd "$dir" || exit 1
cat >make.py <<'P'
import sys, numpy as np, torch, torchvision, safetensors.torch
from PIL import Image
torch.manual_seed(1)
torch.set_num_threads(2)
side = 64
rng = np.random.default_rng(0)
import os
os.makedirs("pics")
for i in range(4):
    small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    small.resize((side, side), Image.BICUBIC).save(f"pics/{i}.png")
x = np.stack([np.asarray(Image.open(f"pics/{i}.png"), dtype=np.float32) / 255 for i in range(4)])
mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
x = torch.from_numpy(((x - mean) / std).transpose(0, 3, 1, 2).copy())
for name in sys.argv[1:]:
    for kind in "drawn", "trained":
        net = getattr(torchvision.models, name)(weights=None)
        if name.startswith("vgg"):
            net.classifier = torch.nn.Identity()
            net.avgpool = torch.nn.AdaptiveAvgPool2d(1)  # akin's features: the mean of the last map
        if kind == "drawn":
            for kept, b in net.named_buffers():
                if kept.endswith("running_mean"):
                    b.normal_(0, 0.3)
                if kept.endswith("running_var"):
                    b.uniform_(0.5, 2)
            for p in net.parameters():
                if p.ndim == 1:
                    p.data.add_(torch.randn_like(p) * 0.1)
        else:
            sgd = torch.optim.SGD(net.parameters(), lr=1e-3)
            for step in range(2):
                sgd.zero_grad()
                net(x).square().mean().backward()
                sgd.step()
        safetensors.torch.save_file(net.state_dict(), f"{name}-{kind}.safetensors")
        if not name.startswith("vgg"):
            net.fc = torch.nn.Identity()
        with torch.no_grad():
            np.save(f"{name}-{kind}.want.npy", net.double().eval()(x.double()).numpy())
torch.save({"conv1.weight": torch.zeros(1)}, "net.pth")
P
nets="resnet18 resnet50 vgg16 vgg16_bn"
[ -z "${AKIN_TEST_FULL:-}" ] || nets="$nets resnet34 resnet101"
# shellcheck disable=SC2086
"$python" make.py $nets || exit 1
for net in $nets; do
    for kind in drawn trained; do
        "$akin" import $net-$kind.safetensors --encoder ${net%_bn} --size 64 -o r-$net-$kind --quiet || fail "import $net $kind"
        "$akin" embed --form plain r-$net-$kind pics -o $net-$kind.got.npy --quiet || fail "embed $net $kind"
    done
done
"$python" - $nets <<'P' || fail "features differ"
import sys, numpy as np
bad = 0
for net in sys.argv[1:]:
    for kind in "drawn", "trained":
        want, got = np.load(f"{net}-{kind}.want.npy").astype(float), np.load(f"{net}-{kind}.got.npy")
        error = np.linalg.norm(got - want) / np.linalg.norm(want)
        print(f"{net:10} {kind:8} {got.shape[1]:5} features, relative difference {error:.1e}")
        bad += not error <= 1e-5
sys.exit(bad)
P
if [ -n "${AKIN_TEST_FULL:-}" ]; then
    AKIN=$akin "$python" "$weights/import_check.py" "$dir/check" 100 || fail "weights of other projects"
fi
expect 3 "weights_only=True" import net.pth --encoder resnet18 -o x
[ $failures = 0 ] && echo ok
exit $failures
