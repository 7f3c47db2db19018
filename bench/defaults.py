#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `akin train DATA --budget TIME` gives with no other option, on ten sets that chose none of its defaults.

    bench/defaults.py OUT --list                          the sets, and the packages that they come from
    bench/defaults.py OUT SET [SET...] [--budget 10m]     make the data, train, evaluate; again: only what is missing
    bench/defaults.py OUT --table [--budget 10m]          what there is so far, as a table

Of each set: raw data (pixels, columns, a bag of words), the same encoder with random weights, and the trained one, by knn-v1 and
linear-v2, with 95 % intervals. First and for the verdict: rows as `akin embed RUN` gives them where nobody says more, which since
there are forms is halfway to whitened (docs/choose.md). Below: plain ones, and whitened ones by knn-v1. Whether they are better than
the raw data is told by the difference on the same items (docs/evaluation.md); for linear-v2 of the default rows, of which items are
not known, by the interval of two accuracies of different items (Newcombe), which is wider. Texts are trained without their labels; of
linux, whose documents are what is told apart, training pairs are of one document too, and its row says so. With --torch PYTHON also,
for images, SimCLR in PyTorch for the same time (bench/simclr_torch.py with its own settings; a PYTHON that has torch, numpy and
pillow): its rows are plain, or whitened beside whitened ones.

The data are made in OUT/data by chance that is fixed, and are never downloaded: what is missing is told with its package. A run that
was stopped goes on by its plan. --budget is of wall time: say what else the machine had to do.
"""
import argparse
import glob
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))


def stop(what, package):
    sys.exit(f"defaults: no {what}; apt-get install {package}")


def part(name, share=51):
    """test for a fifth of the names, the same on every machine."""
    return "test" if hashlib.sha256(name.encode()).digest()[0] < share else "train"


def pillow():
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        stop("Pillow for python3", "python3-pil")
    return Image, ImageDraw, ImageFont


# Images: OUT/{train,test}/CLASS/NAME.png ---------------------------------------------------------


def glyphs(out):
    """Letters a to z of every font that is here, 28x28; the families of the test part are others."""
    Image, ImageDraw, ImageFont = pillow()
    fonts = sorted(f for kind in ("ttf", "otf") for f in glob.glob(f"/usr/share/fonts/**/*.{kind}", recursive=True))
    if len({os.path.dirname(f) for f in fonts}) < 10:
        stop("fonts of ten families or more", "fonts-dejavu fonts-lmodern fonts-liberation fonts-freefont-ttf fonts-lato "
             "fonts-ebgaramond fonts-linuxlibertine fonts-cantarell fonts-roboto-unhinted fonts-junicode fonts-gfs-didot")
    for path in fonts:
        name = os.path.splitext(os.path.basename(path))[0]
        try:
            font = ImageFont.truetype(path, 22)
            drawn = {c: font.getmask(c).getbbox() for c in "abcdefghijklmnopqrstuvwxyz"}
        except OSError:
            continue
        if not all(drawn.values()) or len({bytes(font.getmask(c)) for c in "abcxyz"}) < 6:
            continue  # a font of other signs
        for c in drawn:
            box = font.getbbox(c)
            image = Image.new("L", (28, 28))
            at = ((28 - box[2] - box[0]) / 2, (28 - box[3] - box[1]) / 2)
            ImageDraw.Draw(image).text(at, c, 255, font=font)
            folder = os.path.join(out, part(font.getname()[0]), c)
            os.makedirs(folder, exist_ok=True)
            image.save(os.path.join(folder, name + ".png"))


def scripts(out):
    """Signs of DejaVu Sans, 28x28; the class is the script or kind of sign (LATIN, GREEK, ARABIC, BRAILLE ...) with 40 or more."""
    Image, ImageDraw, ImageFont = pillow()
    path = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    if not os.path.exists(path):
        stop(path, "fonts-dejavu-core")
    font, signs = ImageFont.truetype(path, 20), {}
    seen = {bytes(font.getmask("\u0378"))}  # what stands for a sign that the font lacks
    for code in range(0x21, 0x1FFFF):
        c = chr(code)
        kind = unicodedata.name(c, "").split(" ")[0].split("-")[0]
        if not kind or unicodedata.category(c)[0] not in "LNS" or not font.getmask(c).getbbox():
            continue
        look = bytes(font.getmask(c))
        if look not in seen:  # A is Latin, Greek and Cyrillic: the first of them
            seen.add(look)
            signs.setdefault(kind, []).append(c)
    for kind in signs:
        for c in signs[kind] if len(signs[kind]) >= 40 else ():
            box = font.getbbox(c)
            image = Image.new("L", (28, 28))
            ImageDraw.Draw(image).text(((28 - box[2] - box[0]) / 2, (28 - box[3] - box[1]) / 2), c, 255, font=font)
            folder = os.path.join(out, part(f"{ord(c):x}"), kind)
            os.makedirs(folder, exist_ok=True)
            image.save(os.path.join(folder, f"{ord(c):x}.png"))


def digits(out):
    """scikit-learn's digits, 8x8, tested on the last fifth, by other writers; settings were chosen on them."""
    Image, _, _ = pillow()
    files = glob.glob("/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz")
    files += glob.glob(os.path.join(sys.prefix, "lib/python3*/site-packages/sklearn/datasets/data/digits.csv.gz"))
    if not files:
        stop("digits.csv.gz of scikit-learn", "python3-sklearn")
    with gzip.open(files[0], "rt") as file:
        rows = [[int(float(x)) for x in line.split(",")] for line in file]
    for i, row in enumerate(rows):
        folder = os.path.join(out, "train" if i < 0.8 * len(rows) else "test", str(row[64]))
        os.makedirs(folder, exist_ok=True)
        image = Image.new("L", (8, 8))
        image.putdata([min(255, 16 * x) for x in row[:64]])
        image.save(os.path.join(folder, f"{i:04}.png"))


def icons(out):
    """Icons of 32x32 of the themes that are here; the class is what an icon is for: actions, devices, places, types of files ..."""
    Image, _, _ = pillow()
    count = 0
    for path in sorted(glob.glob("/usr/share/icons/*/32x32/*/*.png")):
        if os.path.islink(path):
            continue
        theme, _, kind, name = path.split("/")[-4:]
        image = Image.open(path).convert("RGBA")
        if image.size != (32, 32):
            continue
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        name = os.path.splitext(name)[0]
        folder = os.path.join(out, part(name), kind)
        os.makedirs(folder, exist_ok=True)
        flat.save(os.path.join(folder, f"{theme}-{name}.png"))
        count += 1
    if count < 500:
        stop("icons (500 or more)", "tango-icon-theme oxygen-icon-theme")


def fashion(out):
    """2,000 images of Fashion-MNIST, tested on the last 4,000 of its training images; settings were chosen on them."""
    files = {}
    for kind in ("images-idx3", "labels-idx1"):
        found = glob.glob(f"/usr/share/datasets/fashion-mnist/train-{kind}-ubyte*")
        if not found:
            stop("Fashion-MNIST", "dataset-fashion-mnist")
        with (gzip.open if found[0].endswith(".gz") else open)(found[0], "rb") as file:
            files[kind] = file.read()
    for kind, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        for name, first, n in (("train", 0, 2000), ("t10k", 56000, 4000)):
            with open(os.path.join(out, f"{name}-{kind}-ubyte"), "wb") as file:
                file.write(files[kind][:4] + n.to_bytes(4, "big") + files[kind][8:head])
                file.write(files[kind][head + first * size:head + (first + n) * size])


# Texts: OUT/{train,test}.tsv with text and label ---------------------------------------------------


def write_texts(out, rows):
    """rows: name, class, text. Equal texts once."""
    seen = set()
    with open(os.path.join(out, "train.tsv"), "w") as train, open(os.path.join(out, "test.tsv"), "w") as test:
        for file in (train, test):
            file.write("text\tlabel\n")
        for name, label, text in rows:
            text = " ".join(text.split())
            if text and '"' not in text[:1] and text not in seen:
                seen.add(text)
                (test if part(name) == "test" else train).write(f"{text}\t{label}\n")


def debian(out):
    """Descriptions of Debian's packages; the class is the section (bench/text_sets.py)."""
    made = os.path.join(out, "made")
    if subprocess.call([sys.executable, os.path.join(HERE, "text_sets.py"), "debian", made]):
        stop("descriptions in apt's lists", "nothing, but run: apt-get -o Acquire::Languages=en update")
    for split in ("train", "test"):
        with open(os.path.join(out, split + ".tsv"), "w") as file:
            file.write("text\tlabel\n")
            for path in sorted(glob.glob(os.path.join(made, "items", split, "*", "*"))):
                with open(path) as text:
                    file.write(" ".join(text.read().split()).lstrip('"') + "\t" + path.split("/")[-2] + "\n")
    shutil.rmtree(made)


def wordnet(out):
    """Glosses of WordNet; the class is the lexicographer's file: animal, artifact, feeling, motion ... (44)."""
    rows = []
    for path in sorted(glob.glob("/usr/share/wordnet/data.*")):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line[0] != " " and " | " in line:
                    head, gloss = line.split(" | ", 1)
                    name, number = head.split()[:2]
                    rows.append((path[-4:] + name, number, gloss.split(';')[0].replace('"', " ")))
    if not rows:
        stop("/usr/share/wordnet", "wordnet-base")
    write_texts(out, rows)


def fortunes(out):
    """Sayings of the package fortunes; the class is the file: computers, law, science ..."""
    rows = []
    files = glob.glob("/usr/share/games/fortunes/*.u8") or glob.glob("/usr/share/games/fortunes/*")
    for path in sorted({os.path.realpath(f) for f in files if not f.endswith(".dat")}):  # *.u8 may be links to the same files
        with open(path, encoding="utf-8", errors="replace") as file:
            for i, text in enumerate(re.split(r"^%.*$", file.read(), flags=re.M)):
                label = os.path.basename(path).split(".")[0]
                rows.append((f"{label}{i}", label, text.replace('"', " ")))
    if not rows:
        stop("/usr/share/games/fortunes", "fortunes fortunes-min")
    write_texts(out, rows)


def linux(out):
    """Sentences of the kernel's documentation; the class is the document, of which a fifth of the sentences is the test part."""
    if subprocess.call([os.path.join(HERE, "linux_docs.sh"), os.path.join(out, "docs")]) not in (0, 8):
        stop("documentation of the kernel", "linux-doc-6.1")


# Tables --------------------------------------------------------------------------------------------


def letters(out):
    """letter-recognition.data of OpenCV's examples: 16 measures of printed letters."""
    files = glob.glob("/usr/share/doc/opencv-doc/examples/data/letter-recognition.data*")
    if not files:
        stop("letter-recognition.data", "opencv-doc")
    with (gzip.open if files[0].endswith(".gz") else open)(files[0], "rb") as file, open(os.path.join(out, "letters.data"), "wb") as to:
        to.write(file.read())


def mlbench(name, label, keep, out):
    code = (f"library(mlbench); data({name}); s <- {name}; s <- droplevels(subset(s, {keep}));"
            f"names(s)[names(s) == '{label}'] <- 'label'; write.csv(s, '{out}/{name}.csv', row.names = FALSE, quote = FALSE)")
    if not shutil.which("Rscript") or subprocess.call(["Rscript", "-e", code]):
        stop("mlbench of R", "r-base-core r-cran-mlbench")


def shuttle(out):
    """Shuttle of mlbench: its three large states."""
    mlbench("Shuttle", "Class", "Class %in% c('Bypass', 'High', 'Rad.Flow')", out)


def satellite(out):
    """Satellite of mlbench: 3x3 pixels of four bands, six kinds of soil."""
    mlbench("Satellite", "classes", "TRUE", out)


HOLD = ["--holdout", "0.2"]
SETS = {  # maker, what akin train is given beside the budget: how the data are read
    "glyphs": (glyphs, []),
    "scripts": (scripts, []),
    "icons": (icons, []),
    "debian": (debian, []),
    "wordnet": (wordnet, []),
    "fortunes": (fortunes, []),
    "linux": (linux, ["--format", "documents", "--hold-random", "--target", "group", *HOLD]),
    "letters": (letters, HOLD),
    "shuttle": (shuttle, HOLD),
    "satellite": (satellite, HOLD),
}
CHOSEN = {"fashion-2k": (fashion, []), "digits": (digits, [])}  # no judges: not counted
SETS.update(CHOSEN)
IMAGES = "glyphs", "scripts", "icons", *CHOSEN


def data_of(o, name):
    """The set, made where it is not there yet."""
    folder = os.path.join(o.out, "data", name)
    if not os.path.isdir(folder):
        part_of = folder + ".part"
        shutil.rmtree(part_of, ignore_errors=True)
        os.makedirs(part_of)
        SETS[name][0](part_of)
        os.rename(part_of, folder)
    files = os.listdir(folder)
    return os.path.join(folder, files[0]) if len(files) == 1 else folder


def call(o, *words):
    print("+", " ".join(words), file=sys.stderr, flush=True)
    subprocess.run([o.akin, *words], check=True, stdout=subprocess.DEVNULL)


def rows_of(path):
    with open(path) as file:
        return json.load(file)["results"]


def knn_hits(np, train, labels, test, test_labels, k=10, temperature=0.07):
    """Whether knn-v1 is right of each test item [n] (docs/evaluation.md); rows of any length, float32."""
    train, test = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30) for x in (train, test))
    hits, k = [], min(k, len(train))
    for i in range(0, len(test), 500):
        near = test[i:i + 500] @ train.T
        at = np.argpartition(-near, k - 1, axis=1)[:, :k]
        weight = np.exp((np.take_along_axis(near, at, 1).astype("f8") - 1) / temperature)
        votes = np.zeros((len(near), int(labels.max()) + 1))
        np.add.at(votes, (np.arange(len(near))[:, None], labels[at]), weight)
        hits.append(votes.argmax(1) == test_labels[i:i + 500])
    return np.concatenate(hits)


def difference(np, row, raw, hits, raw_hits):
    """Of two accuracies, with its 95 % interval: paired by item where hits are known and those of akin, else Newcombe's of two."""
    d = row["top1"] - raw["top1"]
    if hits is not None and raw_hits is not None and len(hits) == len(raw_hits) and abs(hits.mean() - row["top1"]) < 0.002:
        half = 1.96 * np.std(hits.astype(float) - raw_hits, ddof=1) / len(hits) ** 0.5
        return {"difference": d, "ci95": [d - half, d + half], "paired": True}
    (low, high), (raw_low, raw_high) = row["ci95"], raw["ci95"]
    return {"difference": d, "paired": False, "ci95": [d - ((row["top1"] - low) ** 2 + (raw_high - raw["top1"]) ** 2) ** 0.5,
                                                       d + ((high - row["top1"]) ** 2 + (raw["top1"] - raw_low) ** 2) ** 0.5]}


def default_form(o, run, target):
    """default.json beside the run: rows as `akin embed RUN` gives them, judged, and against raw data."""
    try:
        import numpy as np
    except ImportError:
        stop("numpy for python3", "python3-numpy")
    folder = os.path.dirname(run)
    words, arrays = ["eval", "--protocol", "knn,linear", "--whiten", "off", "--json"], []
    for split, flag in (("train", ""), ("test", "test-")):
        path = os.path.join(folder, split)
        call(o, "embed", run, "--split", split, "--force", "-o", path + ".npy", *target)
        words += [f"--{flag}features", path + ".npy", f"--{flag}labels", path + ".labels.npy"]
        arrays += [np.load(path + ".npy"), np.load(path + ".labels.npy").ravel()]
    with open(os.path.join(folder, "train.set.json")) as file:
        form = json.load(file)["form"]
    rows = json.loads(subprocess.run([o.akin, *words], check=True, stdout=subprocess.PIPE).stdout)["results"]
    known = np.isin(arrays[3], np.unique(arrays[1]))
    hits = knn_hits(np, *arrays[:2], arrays[2][known], arrays[3][known])
    all_raw = np.load(os.path.join(run, "eval-items.npy"))
    for row in rows:
        raw = next((r for r in rows_of(os.path.join(run, "eval.json")) if r["encoder"] == "none" and r["protocol"] == row["protocol"]
                    and not r["layer"].endswith("-white")), None)
        if raw:
            same = hits if row["protocol"] == "knn-v1" else None
            row["against"] = difference(np, row, raw, same, all_raw[raw["items_row"]] if "items_row" in raw else None)
    with open(os.path.join(folder, "default.json.part"), "w") as file:
        json.dump({"form": form, "results": rows}, file)
    os.rename(os.path.join(folder, "default.json.part"), os.path.join(folder, "default.json"))


def one(o, name):
    data, run = data_of(o, name), os.path.join(o.out, o.budget, name, "run")
    os.makedirs(os.path.dirname(run), exist_ok=True)
    if not os.path.exists(os.path.join(run, "DONE")):
        call(o, "train", data, "--out", run, "--resume", "--budget", o.budget, "--seed", str(o.seed), *SETS[name][1])
    target = ["--target", "group"] if "group" in SETS[name][1] else []
    if not os.path.exists(os.path.join(run, "eval.json")):
        call(o, "eval", run, "--protocol", "knn,linear", "--layer", "backbone", *target)
    if not os.path.exists(os.path.join(run, "..", "default.json")):
        default_form(o, run, target)
    if o.torch and name in IMAGES:
        torch_run(o, data, os.path.join(o.out, o.budget, name, "torch"))


def seconds(budget):
    return float(budget.rstrip("smhd")) * {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(budget[-1], 1)


def torch_run(o, data, out):
    path = os.path.join(out, "eval.json")
    if os.path.exists(path):
        return
    if not os.path.exists(os.path.join(out, "test-labels.npy")):
        subprocess.run([o.torch, os.path.join(HERE, "simclr_torch.py"), data, "--out", out, "--seconds",
                        str(seconds(o.budget)), "--seed", str(o.seed)], check=True)
    words = ["eval", "--protocol", "knn,linear", "--json"]
    for flag, part_name in (("features", "train"), ("test-features", "test")):
        words += [f"--{flag}", os.path.join(out, part_name + ".npy")]
    words += ["--labels", os.path.join(out, "train-labels.npy"), "--test-labels", os.path.join(out, "test-labels.npy")]
    with open(path + ".part", "w") as file:
        subprocess.run([o.akin, *words], check=True, stdout=file)
    os.rename(path + ".part", path)


def figure(row):
    return f"{100 * row['top1']:.1f} [{100 * row['ci95'][0]:.1f}, {100 * row['ci95'][1]:.1f}]" if row else "-"


def gain_of(against):
    low, high = against["ci95"]
    return f"{100 * against['difference']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]{'' if against.get('paired', True) else ', unpaired'}"


def judged(folder):
    """protocol, form, row, its comparison with raw data or None; the default form first."""
    path, found = os.path.join(folder, "default.json"), []
    if os.path.exists(path):
        with open(path) as file:
            kept = json.load(file)
        found = [(r["protocol"], f"default ({kept['form']})", r, r.get("against")) for r in kept["results"]]
    rows = [r for r in rows_of(os.path.join(folder, "run", "eval.json")) if r["encoder"] == "trained"]
    for protocol, white in (("knn-v1", False), ("linear-v2", False), ("knn-v1", True)):
        for row in rows:
            if row["protocol"] == protocol and row["layer"].endswith("-white") == white:
                against = next((a for a in row.get("against", ()) if a["encoder"] == "none"), None)
                found.append((protocol, "whitened" if white else "plain", row, against))
    return found


def table(o):
    heads = "set", "protocol", "rows", "raw", "random encoder", f"akin, {o.budget}", "better than raw by", f"PyTorch, {o.budget}"
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    better = {}
    for name in SETS:
        folder = os.path.join(o.out, o.budget, name)
        path = os.path.join(folder, "run", "eval.json")
        if not os.path.exists(path):
            continue
        rows, peer = rows_of(path), os.path.join(folder, "torch", "eval.json")
        peer = rows_of(peer) if os.path.exists(peer) else []
        for protocol, form, akin, against in judged(folder):
            white = form == "whitened"
            mine = {r["encoder"]: r for r in rows if r["protocol"] == protocol and r["layer"].endswith("-white") == white}
            if against and name not in CHOSEN:
                better.setdefault((protocol, form.split()[0]), []).append(against["ci95"][0] > 0)
            other = next((r for r in peer if r["protocol"] == protocol and r["layer"].endswith("-white") == white), None)
            what = name + (" (pairs by document)" if "group" in SETS[name][1] else "")
            print(f"| {what} | {protocol} | {form} | {figure(mine.get('none'))} | {figure(mine.get('random'))} | {figure(akin)} | "
                  f"{gain_of(against) if against else '-'} | {figure(other)} |")
    for (protocol, form), won in better.items():
        print(f"\n{protocol}, {form} rows: better than raw data, the interval above 0, on {sum(won)} of {len(won)} sets")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", choices=[*SETS, []], metavar="SET")
    p.add_argument("--list", action="store_true")
    p.add_argument("--table", action="store_true")
    p.add_argument("--budget", default="10m")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--akin", default="build/akin")
    p.add_argument("--torch", metavar="PYTHON")
    o = p.parse_args()
    if o.list:
        for name, (make, _) in SETS.items():
            print(f"{name:10} {make.__doc__.split(';')[0].rstrip('.')}")
    for name in o.sets:
        one(o, name)
    if o.table:
        table(o)
    return 0 if o.list or o.sets or o.table else p.error("nothing to do: name a set, --list or --table")


if __name__ == "__main__":
    sys.exit(main())
