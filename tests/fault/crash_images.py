# SPDX-License-Identifier: Apache-2.0
"""crash_images.py AKIN LIBRARY HELPERS IMAGES [SEED [PART OF A CASE]]: the power goes. What a verb writes is recorded call by call
(record_calls.c). From each record images are built of what a disk may hold when the power fails after any of the calls:

  data      what was flushed by fsync is there; of each later write to the file nothing, all, or its beginning, cut at a
            multiple of 512 bytes; one write may be there while an earlier one is not
  names     what was made, renamed, linked or deleted in a folder before its last fsync has happened; of the rest in that
            folder the first few have. A folder that is not flushed itself may be gone, with all that is in it.

Then the verbs judge the image: what they accept is the old result or the new one, else they refuse; and the verb, run again,
makes what it makes undisturbed."""
import random, sys, time
from faults import *

NAMES = ["train images", "train vectors", "train text", "train --keep", "train --resume", "train --force", "embed", "embed --force", "export", "export --force",
         "embed to a table", "eval", "prune", "report of a run", "data convert", "data convert --force", "data mix", "data synth",
         "loss", "study", "data longtail --force", "data mix --force", "data split --force", "data split --lists --force",
         "data synth --force", "loss --force", "prune --force", "eval again", "import", "import --force",
         "embed npz", "embed npz --force"]


class File:
    def __init__(self, data=b""):
        self.flushed, self.pending = data, []


def read_record(path):
    with open(path, "rb") as f: data = f.read()
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        call, ino, offset, size, names = data[at:end].decode().split(" ", 4)
        at = end + 1 + int(size)
        yield call, int(ino), int(offset), data[end + 1:at], names.split("\t")


class Disk:
    """The calls up to some point, and what is known to be on the disk."""

    def __init__(self, folder):
        self.root, self.by_number, self.begin, self.ops, self.synced = folder, {}, {}, [], {}
        self.folders = [folder]
        for at, folders, files in os.walk(folder):
            self.folders += [os.path.join(at, f) for f in folders]
            for name in files:
                path = os.path.join(at, name)
                number = os.lstat(path).st_ino
                if number not in self.by_number:
                    with open(path, "rb") as f: self.by_number[number] = File(f.read())
                self.begin[path] = self.by_number[number]

    def apply(self, call, number, offset, data, names):
        if call == "create":
            self.by_number[number] = File()
            self.ops.append((call, names, self.by_number[number]))
        elif call in ("rename", "link", "unlink", "mkdir", "rmdir"): self.ops.append((call, names, None))
        elif call == "write": self.by_number[number].pending.append((offset, data))
        elif call == "length": self.by_number[number].pending.append((offset, None))
        elif call == "fsync":
            f = self.by_number[number]
            f.flushed, f.pending = put(f.flushed, f.pending), []
        elif call == "syncdir": self.synced[names[0]] = len(self.ops)

    def image(self, r):
        """Builds one of the possible images in place of the folder."""
        cut = {}
        for folder in {os.path.dirname(n) for op in self.ops for n in op[1]}:
            mine = [i for i, op in enumerate(self.ops) if folder in [os.path.dirname(n) for n in op[1]]]
            later = [i for i in mine if i >= self.synced.get(folder, 0)]
            kept = r.choice((0, len(later), r.randint(0, len(later))))
            cut[folder] = later[kept] if kept < len(later) else len(self.ops)
        names, folders = dict(self.begin), set(self.folders)
        for i, (call, paths, file) in enumerate(self.ops):
            if any(i >= cut[os.path.dirname(n)] for n in paths): continue
            if call == "create": names[paths[0]] = file
            elif call == "mkdir": folders.add(paths[0])
            elif call == "rmdir": folders.discard(paths[0])
            elif call == "unlink": names.pop(paths[0], None)
            elif call == "link" and paths[0] in names: names[paths[1]] = names[paths[0]]
            elif call == "rename" and paths[0] in names: names[paths[1]] = names.pop(paths[0])
        shutil.rmtree(self.root)
        for folder in sorted(folders):
            if os.path.isdir(os.path.dirname(folder)) or folder == self.root: os.makedirs(folder, exist_ok=True)
        made = {}
        for path, file in sorted(names.items()):
            if not os.path.isdir(os.path.dirname(path)): continue
            if file in made: os.link(made[file], path)
            else:
                with open(path, "wb") as f: f.write(torn(file, r))
                made[file] = path


def put(data, writes):
    for at, piece in writes:
        if piece is None: data = data[:at] + b"\0" * (at - len(data))
        else: data = data[:at] + b"\0" * (at - len(data)) + piece + data[at + len(piece):]
    return data


def torn(file, r):
    writes = []
    for at, piece in file.pending:
        fate = r.randrange(3)
        if fate == 0: continue
        if fate == 1 and piece is not None:
            blocks = (at + len(piece)) // 512 - at // 512
            if not blocks: continue
            piece = piece[:(at // 512 + r.randint(1, blocks)) * 512 - at]
        writes.append((at, piece))
    return put(file.flushed, writes)


def judge(b, c, ended):
    lost = [n for n in different(snapshot(b.w), c.after) if not n.endswith(".tmp-old")] if ended else []
    if lost: return "it had ended with exit 0, and lost %s" % lost[:4]
    got = {n: s for n, s in snapshot(b.w).items() if ".tmp" not in n and "/part." not in n}
    if c.kind == "run" and not c.study and os.path.isdir(b.w + "/r"):
        seen = b.run(["embed", "r", "-o", "e.npy", "--force", "--quiet"])
        if seen.code not in (0, 3) or seen.err.count("\n") > 1: return "embed exits %d: %s" % (seen.code, seen.err)
        for n in os.listdir(b.w):
            if n.startswith("e."): os.unlink(b.w + "/" + n)
    if c.kind == "set":
        code, err = read_by(b, c)
        if code not in (0, 2, 3): return "%s exits %d: %s" % (c.check[0], code, err)
        old, new = different(of_set(got), of_set(c.before)), different(of_set(got), of_set(c.after))
        if code == 0 and old and new: return "neither old nor new, and accepted: %s" % new
    if c.kind == "file":
        bad = [n for n in of_set(got) if got[n] not in (c.before.get(n), c.after.get(n))]
        if bad: return "neither old nor new: %s" % bad
    seen = b.run(c.again, limit=120)
    if seen.code: return "run again: exit %d: %s" % (seen.code, seen.err)
    bad = different(snapshot(b.w), c.after)
    return "run again, it differs: %s" % bad[:5] if bad else None


def main():
    akin, library, helpers, images = sys.argv[1:4] + [int(sys.argv[4])]
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else int(time.time())
    only = sys.argv[6] if len(sys.argv) > 6 else ""
    r = random.Random(seed)
    b = Bench(akin, library, helpers, listed=False)
    bad, groups = 0, collections.Counter()
    try:
        todo = [c for c in cases() if c.name in NAMES and only in c.name]
        for c in todo:
            b.learn(c)
            b.fresh(c)
            c.disk, c.record = Disk(b.w), b.dir + "/record"
            b.good(c.words, record=c.record)
            c.record = list(read_record(c.record))
            os.unlink(b.dir + "/record")
        for i in range(images):
            c = todo[i % len(todo)]
            b.fresh(c)
            disk, n = Disk(b.w), len(c.record) if r.random() < 0.1 else r.randint(0, len(c.record))
            disk.by_number, disk.begin = {}, {}
            copies = {}
            for number, f in c.disk.by_number.items(): copies[f] = disk.by_number[number] = File(f.flushed)
            for path, f in c.disk.begin.items(): disk.begin[path] = copies[f]
            for op in c.record[:n]: disk.apply(*op)
            disk.image(r)
            why = judge(b, c, n == len(c.record))
            if not why: continue
            bad += 1
            key = c.name, re.sub("[0-9]+", "N", why)[:60]
            groups[key] += 1
            if groups[key] <= 2: print("EXCEPTION %s, after %d of %d calls (%s): %s" % (c.name, n, len(c.record),
                " ".join([c.record[n - 1][0]] + c.record[n - 1][4]) if n else "", why.strip()), flush=True)
    finally:
        b.close()
    print("%s  seed %d  %d images of %d verbs  %d exceptions" % (time.strftime("%Y-%m-%d"), seed, images, len(todo), bad))
    return 1 if bad else 0


sys.exit(main())
