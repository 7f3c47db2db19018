#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Views against torchvision on Pillow, one thread each: speed in one run, and differences in pixels.

    python3 bench/augment_torchvision.py speed build-dev/bench/bench_augment
    python3 bench/augment_torchvision.py differences build/libakin.so

speed        JSON lines, then the ratios. torchvision's pipelines are what its users write: RandomResizedCrop,
             RandomHorizontalFlip, ColorJitter, RandomGrayscale, ToTensor, Normalize on PIL images, in the environment that
             is the fastest here on the first of them (bench/peer.py), which is named. A word more, avx2, holds both to it.
differences  the same crop boxes and factors given to both; how many levels apart the pixels are.
"""
import ctypes
import json
import subprocess
import sys
import time

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

import peer

VERSIONS = {"torchvision": torchvision.__version__, "torch": torch.__version__, "pillow": PIL.__version__}


# Speed ------------------------------------------------------------------------------------------------------


def simclr(side, scale, strength, blur, grey=False):
    """The pipeline of one view; strength 0.5 and 1 are SimCLR's for CIFAR and ImageNet."""
    jitter = [0.8 * strength, 0.8 * strength] + ([] if grey else [0.8 * strength, 0.2 * strength])
    steps = [T.RandomResizedCrop(side, scale=scale), T.RandomHorizontalFlip(),
             T.RandomApply([T.ColorJitter(*jitter)], p=0.8)]
    if not grey:
        steps.append(T.RandomGrayscale(0.2))
    if blur:
        steps.append(T.RandomApply([T.GaussianBlur(2 * (side // 20) + 1, (0.1, 2.0))], p=0.5))
    return T.Compose(steps + [T.ToTensor(), T.Normalize([0.5] * (1 if grey else 3), [0.2] * (1 if grey else 3))])


# (height, width, channels, view, preset) of bench_augment's lines -> the same for torchvision
CASES = {
    (32, 3, 32, "simclr-cifar"): lambda: simclr(32, (0.08, 1), 0.5, False),
    (28, 1, 28, "grey-s"): lambda: simclr(28, (0.3, 1), 0.5, False, grey=True),
    (96, 3, 96, "supcon-cifar"): lambda: simclr(96, (0.2, 1), 0.5, False),
    (256, 3, 224, "simclr"): lambda: simclr(224, (0.08, 1), 1.0, True),
}


def images_of(side, channels, count):
    rng = np.random.default_rng(0)
    shape = (side, side, 3) if channels == 3 else (side, side)
    return [Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)) for _ in range(count)]


def measure(make, side, channels):
    """Median views per second of processor time over nine batches: what others run on this machine does not count.
    (bench_augment's batches are shorter than a time slice, so their median does not count it either.)"""
    images, view, rates = images_of(side, channels, 256 if side < 64 else 32), make(), []
    for batch in range(10):
        start = time.process_time()
        for image in images:
            view(image)
        if batch:  # the first one warms up
            rates.append(len(images) / (time.process_time() - start))
    return float(np.median(rates))


def child(case):
    """In a process of its own: torchvision's views per second of a case."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    height, channels = case[:2]
    print(json.dumps({"views_per_s": measure(CASES[case], height, channels)}))


def speed(program, isa=None):
    def theirs(case, environment, what):
        return peer.run([sys.executable, __file__, "child", json.dumps(case)], environment, what)["views_per_s"]

    setting = peer.best(lambda environment, what: theirs(next(iter(CASES)), environment, what), isa, 1)
    if not setting:
        sys.exit(1)
    named, environment = setting
    done = subprocess.run([program, "1"], check=True, stdout=subprocess.PIPE, text=True, env=peer.ours(isa))
    print(json.dumps({**VERSIONS, "setting": named}))
    for ours in map(json.loads, done.stdout.splitlines()):
        case = (ours["height"], ours["channels"], ours["view"], ours["preset"])
        if case not in CASES:
            continue
        try:
            rate = theirs(case, environment, f"torchvision ({named})")
        except peer.Failed:
            continue  # told
        print(json.dumps({**ours, "torchvision_views_per_s": round(rate), "ratio": round(ours["views_per_s"] / rate, 1)}),
              flush=True)
    sys.exit(1 if peer.failures else 0)


# Differences ------------------------------------------------------------------------------------------------


class Params(ctypes.Structure):
    """akin_augment_params of include/akin/tool/augment.h"""
    _fields_ = ([("struct_size", ctypes.c_uint32)] + [(n, ctypes.c_int32) for n in ("height", "width", "y", "x", "crop_height", "crop_width")]
                + [("flip", ctypes.c_bool), ("gray", ctypes.c_bool), ("order", ctypes.c_uint8 * 4)]
                + [(n, ctypes.c_float) for n in ("brightness", "contrast", "saturation", "hue", "blur_sigma")]
                + [(n, ctypes.c_int32) for n in ("blur_size", "solarize_threshold", "erase_y", "erase_x",
                                                 "erase_height", "erase_width", "erase_level")]
                + [("gamma", ctypes.c_float)])


class Picture(ctypes.Structure):
    """akin_picture of include/akin/tool/picture.h"""
    _fields_ = [("struct_size", ctypes.c_uint32), ("channels", ctypes.c_int32), ("height", ctypes.c_int64),
                ("width", ctypes.c_int64), ("pixels", ctypes.c_void_p)]


class Arena(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t), ("used", ctypes.c_size_t)]


class Akin:
    def __init__(self, path):
        self.handle = ctypes.CDLL(path)
        self.memory = np.empty(16 << 20, np.uint8)

    def apply(self, params, image):
        height, width, channels = image.shape
        out = np.empty((params.height, params.width, channels), np.uint8)
        arena = Arena(self.memory.ctypes.data, self.memory.nbytes, 0)
        error = ctypes.create_string_buffer(1024)
        picture = Picture(ctypes.sizeof(Picture), channels, height, width, image.ctypes.data)
        status = self.handle.akin_augment_apply(ctypes.byref(params), ctypes.byref(picture), ctypes.byref(arena),
                                                ctypes.c_void_p(out.ctypes.data), error)
        if status:
            raise RuntimeError(error.raw[4:].split(b"\0")[0].decode())
        return out


def still(height, width):
    return Params(ctypes.sizeof(Params), height, width, 0, 0, height, width, False, False,
                  (ctypes.c_uint8 * 4)(0, 1, 2, 3), 1, 1, 1, 0, 0, 1, 256, 0, 0, 0, 0, 0, 0)


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1).contiguous()


def levels(x):
    return x.permute(1, 2, 0).numpy() if isinstance(x, torch.Tensor) else np.array(x)


def cases(rng, image):
    """(what, our parameters, the same in torchvision)"""
    h, w, _ = image.shape
    p = still(h, w)
    p.crop_height, p.crop_width = int(rng.integers(1, h + 1)), int(rng.integers(1, w + 1))
    p.y, p.x = int(rng.integers(0, h - p.crop_height + 1)), int(rng.integers(0, w - p.crop_width + 1))
    if rng.integers(2):
        p.height = p.width = int(rng.integers(8, 64))
    shrinks = p.crop_height > p.height or p.crop_width > p.width
    yield ("crop, shrinking" if shrinks else "crop", p, lambda i: F.resized_crop(
        i, p.y, p.x, p.crop_height, p.crop_width, [p.height, p.width], InterpolationMode.BILINEAR,
        antialias=True))
    for name, low, high in (("brightness", 0, 2), ("contrast", 0, 2), ("saturation", 0, 2), ("hue", -0.5, 0.5)):
        q = still(h, w)
        setattr(q, name, rng.uniform(low, high))
        yield name, q, lambda i, n=name, f=getattr(q, name): getattr(F, "adjust_" + n)(i, f)
    q = still(h, w)
    q.gray = True
    yield "greyscale", q, lambda i: F.rgb_to_grayscale(i, 3)
    q = still(h, w)
    q.blur_sigma, q.blur_size = rng.uniform(0.1, 2), int(rng.choice([3, 5, 7]))
    yield "blur", q, lambda i: F.gaussian_blur(i, q.blur_size, q.blur_sigma)
    r = still(h, w)
    r.solarize_threshold = 128
    yield "solarize", r, lambda i: F.solarize(i, 128)


def differences(path):
    akin, rng, seen = Akin(path), np.random.default_rng(0), {}
    for _ in range(300):
        shape = (*rng.integers(8, 100, 2), 3)
        image = rng.integers(0, 256, shape, dtype=np.uint8)
        for what, params, theirs in cases(rng, image):
            ours = akin.apply(params, image).astype(int)
            whole = theirs(tensor(image))
            real = theirs(tensor(image).double() / 255) * 255 if what != "solarize" else whole.double()
            for kind, got in (("Pillow", theirs(Image.fromarray(image))), ("uint8 tensor", whole),
                              ("float64 tensor, rounded once", real.round().clamp(0, 255))):
                off = np.abs(ours - levels(got).astype(int)).ravel()
                seen.setdefault((what, kind), []).append(off)
    print(json.dumps(VERSIONS))
    print(f"{'operation':16s} {'against':30s} {'largest':>7s} {'mean':>7s} {'equal':>7s} {'within 1':>8s}")
    for (what, kind), parts in sorted(seen.items()):
        off = np.concatenate(parts)
        print(f"{what:16s} {kind:30s} {off.max():7d} {off.mean():7.4f} {np.mean(off == 0):7.4f} "
              f"{np.mean(off <= 1):8.5f}")


if __name__ == "__main__":
    what, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if what == "child" and len(arguments) == 1:
        child(tuple(json.loads(arguments[0])))
    elif what == "speed" and len(arguments) in (1, 2):
        speed(*arguments)
    elif what == "differences" and len(arguments) == 1:
        differences(*arguments)
    else:
        sys.exit(__doc__)
