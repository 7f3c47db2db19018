# SPDX-License-Identifier: Apache-2.0
"""Your images to a map and an index: train without labels, look at a map of the features, find what is near.

    python images_to_map.py [FOLDER OF IMAGES] [OUT]

Without a folder, 600 small pictures are drawn: discs, squares, crosses, of any colour and place. What is printed at each step
is checked, so that this page stays true. NumPy is enough; FAISS and matplotlib are used where they are installed.
"""

import sys
from pathlib import Path

import numpy as np

import akin

# 1. The images. Any folder of JPEG, PNG, WebP ... does; here they are drawn, as an array [n, height, width, channels].
folder = sys.argv[1] if len(sys.argv) > 1 else None
out = Path(sys.argv[2] if len(sys.argv) > 2 else "images-tutorial")
out.mkdir(exist_ok=True)


def draw(n, rng):
    y, x = np.mgrid[0:24, 0:24].astype(float)
    images, kinds = np.empty((n, 24, 24, 3), np.uint8), np.arange(n) % 3
    for i, kind in enumerate(kinds):
        cy, cx = rng.uniform(8, 16, 2)
        size = rng.uniform(4, 7)
        dy, dx = np.abs(y - cy), np.abs(x - cx)
        shape = (np.hypot(dy, dx) < size, (dy < size * 0.85) & (dx < size * 0.85), (np.minimum(dy, dx) < 1.6) & (np.maximum(dy, dx) < size))[kind]
        colour, ground = rng.uniform(120, 255, 3), rng.uniform(0, 90, 3)
        images[i] = np.where(shape[..., None], colour, ground) + rng.normal(0, 6, (24, 24, 3)).clip(-20, 20)
    return images, np.array(["disc", "square", "cross"])[kinds]


if folder is None:
    images, kinds = draw(600, np.random.default_rng(0))
    data = dict(data=images, labels=kinds)  # the labels are looked at at the end; ntxent learns from views alone
else:
    data = dict(data=folder)

# 2. Learn. A run is a folder; the report of it is a page.
run = akin.train(**data, run=out / "run", force=True, epochs=12, batch_size=64, encoder="resnet8", crop_min=0.5, seed=1)
print(run)
last = run.metrics()[-1]
print(f"loss {last['loss']:.2f} between chance {last['chance']:.2f} and floor {last['floor']:.2f}: {last['verdict']}")
(out / "report.html").write_text(run.report(), "utf-8")

# 3. Features, one row an image, with names; whitening lets every direction speak equally loud.
features = run.embed(whiten=True)
print(f"{len(features)} images, {features.rows.shape[1]} features")
rows = features.normalized()

# 4. A map: two numbers an image; images whose features are near each other are near on it.
place = akin.map(features)
np.savetxt(out / "map.csv", place, delimiter=",", header="x,y", comments="")
kept = akin.map_quality(features, place)
print(f"of the 10 nearest of each image in {rows.shape[1]} features, {kept.recall10:.0%} are among its 10 nearest on the map")
if folder is None:
    assert kept.recall10 > 5 * 10 / len(place), "the map keeps neighbours far more often than chance"
try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colours = features.labels if features.labels is not None else None
    plt.figure(figsize=(6, 6))
    plt.scatter(*place.T, c=colours, s=8, cmap="tab10")
    plt.title("images with like features are near")
    plt.savefig(out / "map.png", dpi=120)
    print(f"the map: {out / 'map.png'}")
except ImportError:
    print(f"the map: {out / 'map.csv'} (matplotlib is not installed)")

# 5. An index. Inner products of rows of length 1 are cosines.
query = rows[:5]
try:
    import faiss

    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(np.ascontiguousarray(rows))
    similarity, near = index.search(np.ascontiguousarray(query), 6)
    faiss.write_index(index, str(out / "images.faiss"))
    print(f"the index: {out / 'images.faiss'}, by FAISS")
except ImportError:
    found = akin.nn(rows, query, k=6)
    near, similarity = found.index, found.similarity
    print("the index: akin.nn, exact (FAISS is not installed)")
exact = akin.nn(rows, query, k=6)
assert (near[:, 1:] == exact.index[:, 1:]).mean() > 0.9, "the index and akin.nn find the same neighbours"

# 6. How good is it? Labels serve here for the first time.
if features.labels is not None:
    y = features.labels
    mean_of_near = (y[akin.nn(rows, k=5).index] == y[:, None]).mean()
    half = np.arange(len(y)) % 2 == 0
    table = akin.evaluate(train=rows[half], labels=y[half], test=rows[~half], test_labels=y[~half], protocols="mean,knn")
    print(f"{table[0].protocol}: {table[0].top1:.1%} right, chance {1 / len(set(y.tolist())):.1%}; of the neighbours {mean_of_near:.0%} are of the same class")
    if folder is None:
        assert table[0].top1 > 0.45, "the features tell shapes apart"
# features.to_pandas() and features.to_parquet("features.parquet") take them on, where pandas and pyarrow are installed.
print("done")
