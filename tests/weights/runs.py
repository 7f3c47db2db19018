# SPDX-License-Identifier: Apache-2.0
"""Small runs of every kind of encoder, for the checks against other programs."""
import json
import os
import subprocess

import numpy as np

WIDTH = ["--width", "8"]
IMAGES = {  # name: options of `akin train`
    "resnet-s": ["--encoder", "resnet-s"],
    "resnet8": ["--encoder", "resnet8"],
    "resnet18": ["--encoder", "resnet18"],
    "resnet34": ["--encoder", "resnet34"],
    "resnet50": ["--encoder", "resnet50"],
    "resnet101": ["--encoder", "resnet101"],
    "resnet18-large": ["--encoder", "resnet18-large"],
    "resnet50-large": ["--encoder", "resnet50-large"],
    "resnet18-large-own": ["--encoder", "resnet18-large", "--width", "64"],  # of the width of torchvision's
    "resnet50-large-own": ["--encoder", "resnet50-large", "--width", "64"],
    "vgg16-own": ["--encoder", "vgg16", "--width", "64"],
    "vgg16": ["--encoder", "vgg16"],
    "cnn4": ["--encoder", "cnn4"],
    "cnn4-grid": ["--encoder", "cnn4", "--feature-grid", "2"],
    "mlp-images": ["--encoder", "mlp"],
    "linear-images": ["--encoder", "linear"],
    "identity-images": ["--encoder", "identity"],
    "vit": ["--encoder", "vit-tiny", "--width", "32", "--blocks", "2", "--heads", "2"],
}
VECTORS = {
    "mlp": ["--encoder", "mlp"],
    "linear": ["--encoder", "linear"],
    "identity": ["--encoder", "identity"],
}
TEXT = {
    "bag": ["--encoder", "bag", "--dim", "16", "--buckets", "500"],
    "bag-mlp": ["--encoder", "bag", "--dim", "16", "--width", "12", "--blocks", "2", "--maxn", "0"],
    "gru": ["--encoder", "gru", "--dim", "12", "--width", "10", "--maxn", "0"],
    "transformer": ["--encoder", "transformer", "--width", "32", "--blocks", "2", "--heads", "2", "--dim", "12", "--maxn", "0",
                    "--max-words", "7"],
    "bigru": ["--encoder", "bigru", "--dim", "12", "--width", "10", "--blocks", "2", "--pool", "mean", "--maxn", "0"],
}
HEAD = ["--head-hidden", "16", "--head-out", "8", "--epochs", "1", "--batch-size", "16", "--threads", "2", "--quiet"]


def akin(*words):
    done = subprocess.run([os.environ["AKIN"], *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"akin {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def draw_images(folder, n, side, channels):
    """Pictures of a few waves; `n` of them to test."""
    random = np.random.default_rng(1)
    os.makedirs(folder)
    at = np.linspace(0, 1, side)
    for split, count in (("train", 64), ("test", n)):
        phase, pace = random.uniform(0, 6, (2, count, channels, 1, 1)), random.uniform(1, 12, (2, count, channels, 1, 1))
        waves = np.sin(pace[0] * at[:, None] + phase[0]) * np.cos(pace[1] * at[None] + phase[1])
        noise = random.normal(0, 0.2, waves.shape)
        pixels = np.clip(127.5 + 90 * (waves + noise), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
        np.save(f"{folder}/{split}.npy", np.ascontiguousarray(pixels))


def draw_vectors(folder, n):
    """Columns of very different scales, some values missing."""
    random = np.random.default_rng(2)
    os.makedirs(folder)
    for split, count in (("train", 64), ("test", n)):
        rows = random.normal(0, 1, (count, 12)) * np.logspace(-2, 4, 12) + np.linspace(-1e4, 1e4, 12)
        rows[random.uniform(size=rows.shape) < 0.05] = np.nan
        np.save(f"{folder}/{split}.npy", rows.astype(np.float32))


def draw_texts(folder, n):
    random = np.random.default_rng(3)
    words = ["red", "green", "blue", "stone", "river", "cloud", "grain", "2nd", "it's", "well_known", "3.14"]
    os.makedirs(folder)
    for split, count in (("train", 64), ("test", n)):
        with open(f"{folder}/{split}.txt", "w", encoding="utf-8") as file:
            for i in range(count):
                line = " ".join(random.choice(words, random.integers(1, 30))) + ("" if i % 7 else " unseen.")
                line = line if i % 11 != 5 or split == "train" else "!?"  # no word
                file.write((line.capitalize() if i % 3 else line) + "\n")


def make(folder, n, only=()):
    """Yield (name, kind, run, data) of each run, trained in `folder`."""
    draw_images(f"{folder}/colour", n, 32, 3)
    draw_images(f"{folder}/grey", n, 28, 1)
    draw_vectors(f"{folder}/vectors", n)
    draw_texts(f"{folder}/texts", n)
    for kind, rows, extra in (("images", IMAGES, []), ("vectors", VECTORS, ["--missing", "mean"]), ("text", TEXT, ["--min-count", "1", "--text-view", "erase"])):
        for name, options in rows.items():
            if only and name not in only:
                continue
            data = {"images": "colour" if len(name) % 2 else "grey", "vectors": "vectors", "text": "texts"}[kind]
            width = [] if "--width" in options or name.split("-")[0] in ("identity", "bag") else WIDTH
            run = f"{folder}/run-{name}"
            akin("train", f"{folder}/{data}", "--out", run, *options, *width, *extra, *HEAD)
            yield name, kind, run, f"{folder}/{data}"


def embed(run, out, *options):
    """Rows as a model in a file gives them: not halfway to whitened."""
    if not {"--onnx", "--whiten"} & set(options):
        options = "--form", "plain", *options
    akin("embed", run, "--split", "test", "-o", out, "--force", "--quiet", *options)
    return np.load(out)


def export(run, out, *options):
    return json.loads(akin("export", run, "-o", out, "--force", "--quiet", "--json", *options))


def distance(ours, theirs):
    """The largest distance of two rows, as a share of our row's length (of the median's, where that is less)."""
    length = np.linalg.norm(ours, axis=1)
    return float((np.linalg.norm(ours - theirs, axis=1) / np.maximum(length, np.median(length))).max())
