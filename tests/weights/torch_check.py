# SPDX-License-Identifier: Apache-2.0
"""torch_check.py FOLDER ITEMS [ENCODER...]: load_state_dict(strict=True) takes what `akin export` writes as safetensors, of
ResNets and VGG into torchvision's own classes; torch.load(weights_only=True) gives the same tensors from .pt; and in eval
mode the modules of examples/torch_encoders.py give what `akin embed` gives, to 1e-5 of a row."""
import sys

import numpy as np
import safetensors.torch
import torch
import torchvision

import runs

sys.path.insert(0, f"{runs.os.path.dirname(__file__)}/../../examples")
from akin_words import Words  # noqa: E402
from torch_encoders import load, prepare  # noqa: E402

CLOSE = 1e-5


def same_tensors(run, folder, options):
    """.pt and .safetensors hold the same, and nothing of the optimiser."""
    runs.export(run, f"{folder}/w.pt", *options)
    runs.export(run, f"{folder}/w.safetensors", *options)
    pickled = torch.load(f"{folder}/w.pt", weights_only=True)
    mapped = torch.load(f"{folder}/w.pt", weights_only=True, mmap=True)
    plain = safetensors.torch.load_file(f"{folder}/w.safetensors")
    assert list(pickled) == list(mapped) and set(pickled) == set(plain), set(pickled) ^ set(plain)
    for name, tensor in plain.items():
        assert torch.equal(tensor, pickled[name]) and torch.equal(tensor, mapped[name]), name
        assert "optimizer" not in name and tensor.dtype == torch.float32


def as_torchvision(about, weights):
    """torchvision's own class takes the weights of a run of its width as they are."""
    net = getattr(torchvision.models, {"vgg16": "vgg16_bn"}.get(about["encoder"], about["encoder"].split("-")[0]))()
    first = net.features[0] if about["encoder"] == "vgg16" else net.conv1
    if about["encoder"] == "vgg16":
        net.avgpool, net.classifier = torch.nn.AdaptiveAvgPool2d(1), torch.nn.Identity()
    net.fc = torch.nn.Identity()
    channels = about["input"]["channels"]
    first.in_channels, first.weight = channels, torch.nn.Parameter(first.weight[:, :channels])
    net.load_state_dict(weights, strict=True)
    return net.eval()


def check(run, kind, data, folder, options):
    same_tensors(run, folder, options)
    encoder, about = load(f"{folder}/w.safetensors")
    ours = runs.embed(run, f"{folder}/e.npy", *options)
    if kind == "text":
        items = Words(about)(open(f"{data}/test.txt", encoding="utf-8").read().splitlines())
    else:
        items = np.load(f"{data}/test.npy")
        items = items.reshape(*items.shape[:3], -1) if kind == "images" else items
    with torch.inference_mode():
        theirs = encoder(prepare(about, items)).numpy()
    assert theirs.shape == ours.shape, (theirs.shape, ours.shape)
    far = runs.distance(ours, theirs)
    if run.endswith("-own") and not options:
        net = as_torchvision(about, safetensors.torch.load_file(f"{folder}/w.safetensors"))
        with torch.inference_mode():
            far = max(far, runs.distance(ours, net(prepare(about, items)).numpy()))
    return far


def main(folder, n, *only):
    worst = 0
    for name, kind, run, data in runs.make(folder, int(n), only):
        far = [check(run, kind, data, folder, options) for options in ((), ("--layer", "projector"), ("--whiten",))]
        print(f"{name:16} backbone {far[0]:.1e}  projector {far[1]:.1e}  whitened {far[2]:.1e}", flush=True)
        worst = max(worst, *far[:2], far[2] / 10)  # whitening makes the smallest directions as loud as the largest
    print(f"worst {worst:.1e}, allowed {CLOSE:.0e}")
    return not worst < CLOSE


sys.exit(main(*sys.argv[1:]))
