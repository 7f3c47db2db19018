#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dups.py SET=PATH... [--rows 3000] [--planted 300] [--seeds 0,1] [--akin build/akin] [--work DIR] [--train "OPTIONS"]:
planted near copies, found by akin dups and by perceptual hashes, in one run.

PATH is IDX images (.gz too) or a folder of pictures. Of each set ROWS images are drawn; PLANTED of them get a copy, a fifth
each: resized (to 50-90 % of a side, and back), recompressed (JPEG, quality 20-70), cropped (1-2 pixels of each side of 32,
and back to size), rotated (2-8 degrees) or captioned (a strip over the lowest fifth). All are PNG files in one folder.

akin dups looks at them as they are, and in the eyes of a run that is trained on the folder, plain and whitened each, at the
threshold that it suggests. imagededup (PHash, DHash; its default of 10 bits) and imagehash (pHash) are asked where they are
installed. "best" is the F1 at the threshold that is best when one knows what was planted: no method has it. A true pair is an
image with its own copy; pairs that the set had before count as false. Intervals: Wilson, 95 %, all seeds together; of F1 Student's t
over seeds. Which share of the distance that usually lies between an item and its nearest would have been best, is told as
"rules". Seconds are of processor. --train "" leaves the run out, --only takes the methods with that in their names.

    python3 bench/dups.py fashion=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
"""

import argparse
import gzip
import io
import json
import math
import resource
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("resized", "recompressed", "cropped", "rotated", "captioned")


def load(path, rows, draw):
    if Path(path).is_dir():
        files = sorted(p for p in Path(path).rglob("*") if p.suffix in (".jpg", ".png"))
        return [Image.open(files[i]).convert("RGB") for i in draw.permutation(len(files))[:rows]]
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    x = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)
    return [Image.fromarray(x[i]) for i in draw.permutation(len(x))[:rows]]


def copy_of(image, kind, draw):
    w, h = image.size
    if kind == "resized":
        f = draw.uniform(0.5, 0.9)
        return image.resize((max(1, round(w * f)), max(1, round(h * f))), Image.BILINEAR).resize((w, h), Image.BILINEAR)
    if kind == "recompressed":
        to = io.BytesIO()
        image.save(to, "JPEG", quality=int(draw.integers(20, 71)))
        return Image.open(to).convert(image.mode)
    if kind == "cropped":
        m = max(1, round(int(draw.integers(1, 3)) * w / 32))
        return image.crop((m, m, w - m, h - m)).resize((w, h), Image.BILINEAR)
    if kind == "rotated":
        return image.rotate(draw.uniform(2, 8) * draw.choice([-1, 1]), Image.BILINEAR)
    image = image.copy()
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, h - h // 5, w, h), fill=0)
    for x in range(2, w - 2, 3):
        pen.line((x, h - h // 5 + 1, x + int(draw.integers(0, 2)), h - 2), fill=255 if image.mode == "L" else (255, 255, 255))
    return image


def plant(path, folder, rows, planted, seed):
    draw = np.random.default_rng(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    images, truth = load(path, rows, draw), {}
    for i, image in enumerate(images):
        image.save(folder / f"a{i:05d}.png")
    for k in range(planted):
        kind = KINDS[k % len(KINDS)]
        copy_of(images[k], kind, draw).save(folder / f"z{k:05d}.png")
        truth[(f"a{k:05d}.png", f"z{k:05d}.png")] = kind
    return truth


def wilson(good, n):
    if n == 0:
        return (0.0, 1.0)
    z, p = 1.959964, good / n
    middle, half = (p + z * z / (2 * n)), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def processor():
    """Seconds of processor that this program and those it has run took so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class Found:
    """Pairs with a score each, the greatest first; and how many of them the method's own threshold takes."""

    def __init__(self, pairs, taken, seconds, spacing=None):
        self.pairs, self.taken, self.seconds, self.spacing = pairs, taken, seconds, spacing


def by_akin(akin, what, folder, *flags):
    """Pairs in the order of their distance over the one they may have; of a threshold by share more than it takes, for the rules."""
    out = folder.parent / "pairs.tsv"
    begin = processor()
    run = subprocess.run([akin, "dups", *what, *flags, "--json", "--quiet", "--force", "--pairs", out], capture_output=True, text=True)
    seconds = processor() - begin
    if run.returncode:
        raise SystemExit(run.stderr)
    told = json.loads(run.stdout)
    if "chance" in told:
        pairs = read_pairs(out, lambda similarity, limit: limit / max(1 - similarity, 1e-12))
        return Found(pairs, len(pairs), seconds)
    more = max(1e-3, 1 - told["spacing"] / 1.5)
    subprocess.run([akin, "dups", *what, *flags, "--json", "--quiet", "--force", "--threshold", str(more), "--pairs", out],
                   capture_output=True, check=True)  # fmt: skip
    pairs = read_pairs(out, lambda similarity, limit: similarity)
    taken = sum(s >= told["threshold"] for s, _ in pairs)
    return Found(pairs, taken, seconds, told["spacing"])


def read_pairs(path, score):
    lines = [line.split("\t") for line in open(path).read().splitlines()]
    first, second, limit = (lines[0].index(name) for name in ("first", "second", "limit"))
    return [(score(float(c[0]), float(c[limit])), (c[first], c[second])) for c in lines[1:]]


def by_bits(names, hashes, most, seconds):
    """Pairs of hashes of 64 bits, by how many agree."""
    h, pairs = np.array(hashes, np.uint64), []
    for i in range(len(h) - 1):
        x = (h[i] ^ h[i + 1 :]).view(np.uint8).reshape(-1, 8)
        bits = np.unpackbits(x, axis=1).sum(1)
        for j in np.flatnonzero(bits <= 14):
            pairs.append((64 - int(bits[j]), (names[i], names[i + 1 + j])))
    pairs.sort(key=lambda p: -p[0])
    return Found(pairs, sum(s >= 64 - most for s, _ in pairs), seconds)


def by_imagededup(folder, name):
    from imagededup import methods

    method = getattr(methods, name)(verbose=False)
    begin = processor()
    codes = method.encode_images(image_dir=str(folder), num_enc_workers=0)
    method.find_duplicates(encoding_map=codes, max_distance_threshold=10, num_dist_workers=0)
    seconds = processor() - begin
    names = sorted(codes)
    return by_bits(names, [int(codes[n], 16) for n in names], 10, seconds)


def by_imagehash(folder):
    import imagehash

    begin, names, codes = processor(), sorted(p.name for p in folder.iterdir()), []
    for name in names:
        codes.append(int(str(imagehash.phash(Image.open(folder / name))), 16))
    return by_bits(names, codes, 10, processor() - begin)


def ask(args, folder, run):
    answers = {
        "akin, pictures": lambda: by_akin(args.akin, [folder], folder),
        "akin, pictures, by share": lambda: by_akin(args.akin, [folder], folder, "--threshold", "share"),
        "akin, pictures, whitened": lambda: by_akin(args.akin, [folder], folder, "--whiten"),
        "akin, run": lambda: by_akin(args.akin, [run], folder, "--threshold", "share"),
        "akin, run, by chance": lambda: by_akin(args.akin, [run], folder, "--threshold", "chance"),
        "akin, run, whitened": lambda: by_akin(args.akin, [run], folder, "--threshold", "share", "--whiten"),
        "akin, run, whitened, by chance": lambda: by_akin(args.akin, [run], folder, "--threshold", "chance", "--whiten"),
        "imagededup PHash": lambda: by_imagededup(folder, "PHash"),
        "imagededup DHash": lambda: by_imagededup(folder, "DHash"),
        "imagehash pHash": lambda: by_imagehash(folder),
    }
    for name, work in answers.items():
        if ("run" in name and not args.train) or args.only not in name:
            continue
        try:
            yield name, work()
        except ImportError as error:
            print(f"{name}: left out, {error}")


def score(found, truth):
    hit = np.array([pair in truth for _, pair in found.pairs], bool)
    good = np.cumsum(hit)
    of = {kind: 0 for kind in KINDS}
    for _, pair in found.pairs[: found.taken]:
        if pair in truth:
            of[truth[pair]] += 1
    ends = [k for k in range(len(hit)) if k + 1 == len(hit) or found.pairs[k + 1][0] < found.pairs[k][0]]
    f1 = max([2 * good[k] / (k + 1 + len(truth)) for k in ends], default=0.0)
    row = {"taken": int(found.taken), "good": int(good[found.taken - 1]) if found.taken else 0, "planted": len(truth), "of": of,
           "best": float(f1), "seconds": found.seconds}  # fmt: skip
    if found.spacing:
        row["rules"] = {}
        for part in (20, 10, 5, 4, 3, 2):
            n = sum(1 - s <= found.spacing / part for s, _ in found.pairs)
            row["rules"][part] = float(2 * (good[n - 1] if n else 0) / (n + len(truth)))
    return row


def interval(values):
    """Mean, and half of its 95 % interval by Student's t."""
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}.get(len(values), 2.0)
    return np.mean(values), t * np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else math.nan


def table(rows):
    print("\n| set | method | precision | recall | F1 | best F1 | " + " | ".join(KINDS) + " | seconds |")
    print("|---|---|---|---|---|---|" + "---|" * (len(KINDS) + 1))
    for (name, method), group in rows.items():
        taken, good, planted = (sum(r[k] for r in group) for k in ("taken", "good", "planted"))
        p, r = wilson(good, taken), wilson(good, planted)
        of = [sum(g["of"][kind] for g in group) / (planted / len(KINDS)) for kind in KINDS]
        print(f"| {name} | {method} | {good / max(1, taken):.3f} [{p[0]:.3f}, {p[1]:.3f}] | {good / planted:.3f} [{r[0]:.3f}, {r[1]:.3f}] | "
              "{:.3f} ± {:.3f} | ".format(*interval([2 * g["good"] / (g["taken"] + g["planted"]) for g in group]))
              + f"{np.mean([g['best'] for g in group]):.3f} | "
              + " | ".join(f"{x:.2f}" for x in of) + f" | {np.mean([g['seconds'] for g in group]):.1f} |")  # fmt: skip
    print("\nF1 at a part of the usual distance to the nearest\n\n| set | method | 1/20 | 1/10 | 1/5 | 1/4 | 1/3 | 1/2 |\n|---|---|---|---|---|---|---|---|")
    for (name, method), group in rows.items():
        if "rules" in group[0]:
            print(f"| {name} | {method} | " + " | ".join(f"{np.mean([g['rules'][p] for g in group]):.3f}" for p in (20, 10, 5, 4, 3, 2)) + " |")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("sets", nargs="+", metavar="SET=PATH")
    a.add_argument("--rows", type=int, default=3000)
    a.add_argument("--planted", type=int, default=300)
    a.add_argument("--seeds", default="0,1")
    a.add_argument("--akin", default="build/akin")
    a.add_argument("--work", default="dups-work", type=Path)
    a.add_argument("--train", default="--epochs 10 --encoder resnet18 --width 16 --batch-size 128")
    a.add_argument("--only", default="")
    args = a.parse_args()
    rows = {}
    for item in args.sets:
        name, path = item.split("=", 1)
        for seed in map(int, args.seeds.split(",")):
            folder, run = args.work / "pictures", args.work / "run"
            truth = plant(path, folder, args.rows, args.planted, seed)
            if args.train:
                subprocess.run([args.akin, "train", folder, "--out", run, "--recipe", "none", "--force", "--quiet", "--seed", str(seed), *args.train.split()], check=True)  # fmt: skip
            for method, found in ask(args, folder, run):
                row = score(found, truth)
                rows.setdefault((name, method), []).append(row)
                print(json.dumps({"set": name, "seed": seed, "method": method, **row}), flush=True)
    table(rows)


if __name__ == "__main__":
    main()
