# SPDX-License-Identifier: Apache-2.0
"""instants.py AKIN LIBRARY HELPERS TRIALS SEED: what may happen at any instant, within a random system call.

  a signal   SIGTERM or SIGINT while a run is trained: a checkpoint is stored, the exit code is 128 + n, and the run that goes
             on ends with the bits of one that was never stopped
  the data   a file is deleted, emptied or cut in two while it is read: exit code 3 and one line that names it (2, and an
             option, where what is left looks like another kind), or it did not matter and all files are as they would be; never a signal such as SIGBUS"""
import random, sys, time
from faults import *

TRAINED = ["train images", "train vectors", "train text", "train pictures", "train --resume"]
READ = ["train images", "train vectors", "train text", "train pictures", "embed", "embed images", "embed text", "eval", "diagnose", "prune",
        "data convert", "inspect pictures", "nn", "eval of files", "loss"]
EXIT = {"TERM": 143, "INT": 130}


def newest(files):
    return max(n for n in files if "/step-" in n)


def signal(b, c, r):
    name = r.choice(list(EXIT))
    got = b.run(c.words, plan="any:%s:%d" % (name, r.randint(1, c.counts["any"])))
    way = "SIG%s in %s" % (name, got.where)
    # before the first step there is nothing to store, and the signal ends the program as it ends any
    if got.code not in (0, EXIT[name], 128 - EXIT[name]): return way, "exit %d: %s" % (got.code, got.err)
    if got.code > 0 and not os.path.exists(b.w + "/r/checkpoints"): return way, "exit %d and no checkpoint" % got.code
    got = b.run(c.again, limit=120)
    # where a checkpoint was stored out of turn, the newest but one is another
    rest = [n for n in different(snapshot(b.w), c.after) if "/step-" not in n or n == newest(c.after)]
    return way, "resumed: exit %d, differs: %s; %s" % (got.code, rest[:5], got.err) if got.code or rest else None


def change(b, c, r):
    what, call = r.choice(("REMOVE", "EMPTY", "HALVE")), r.choice(("open", "read", "pread"))
    if not c.counts[call]: call = "open"
    got = b.run(c.words, plan="%s:%s:%d" % (call, what, r.randint(1, c.counts[call])))
    way, path = "%s of %s" % (what, got.where), got.where.split(" ")[-1]
    inputs = {n for n in c.before if n.split("/")[0] in ("data", "t.csv", "t.txt", "pictures", "x.npy", "y.npy", "y.labels.npy")}
    if os.path.relpath(path, b.w) not in inputs: return None, None
    if got.hung or got.code < 0: return way, "hangs or signal %d" % -got.code
    if got.code == 0:
        got = snapshot(b.w)
        rest = [n for n in different(got, c.after) if n not in inputs]
        if rest: # or all of it is of the file as it is now
            kept = b.dir + "/changed"
            shutil.copytree(b.w, kept)
            b.fresh(c)
            for n in inputs:
                os.unlink(b.w + "/" + n)
                if os.path.exists(kept + "/" + n): shutil.copy2(kept + "/" + n, b.w + "/" + n)
            shutil.rmtree(kept)
            if b.run(c.words).code == 0: rest = different(got, snapshot(b.w))
        return way, "exit 0 and other files: %s" % rest[:4] if rest else None
    if got.code not in (2, 3) or got.err.count("\n") != 1 or "'" not in got.err: return way, "exit %d: %s" % (got.code, got.err)
    return way, None


def main():
    akin, library, helpers, trials, seed = sys.argv[1:4] + [int(a) for a in sys.argv[4:6]]
    r = random.Random(seed)
    b = Bench(akin, library, helpers, listed=False)
    counts, bad = collections.Counter(), 0
    try:
        all_cases = {c.name: c for c in cases() if c.name in TRAINED + READ}
        for c in all_cases.values(): b.learn(c)
        for kind, names in ((signal, TRAINED), (change, READ)):
            while counts[kind] < trials:
                c = all_cases[r.choice(names)]
                b.fresh(c)
                way, why = kind(b, c, r)
                if not way: continue
                counts[kind] += 1
                if not why: continue
                bad += 1
                print("EXCEPTION %s, %s: %s" % (c.name, way, why.strip()), flush=True)
    finally:
        b.close()
    print("%s  seed %d  %d signals, %d changes of data  %d exceptions" % (time.strftime("%Y-%m-%d"), seed, counts[signal], counts[change], bad))
    return 1 if bad else 0


sys.exit(main())
