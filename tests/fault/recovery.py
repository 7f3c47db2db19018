# SPDX-License-Identifier: Apache-2.0
"""recovery.py AKIN LIBRARY HELPERS TRIALS SEED: a second fault while the first is mended. A verb is killed, or a call of it fails;
then it is run again, as after every fault, and this run (a resume, a run before that is put back, leftovers and old
checkpoints that are deleted, a journal of SQLite that is rolled back) is killed or meets a failing call too. A run that had a
checkpoint still has one that can be read; and a last run, undisturbed, ends with the files of one that never was disturbed."""
import random, sys, time
from faults import *

NAMES = ["train images", "train vectors", "train --resume", "train --force", "embed --force", "export --force", "data convert --force", "study", "prune",
         "import --force", "embed npz --force"]
FAULTS = ["KILL", "TORN", "ENOSPC", "EIO", "EACCES", "SHORT"]


def checkpoints(b):
    folder = b.w + "/r/checkpoints"
    return [n for n in os.listdir(folder) if n.startswith("step-") and n.endswith(".safetensors")] if os.path.isdir(folder) else []


def main():
    akin, library, helpers, trials, seed = sys.argv[1:4] + [int(a) for a in sys.argv[4:6]]
    r = random.Random(seed)
    b = Bench(akin, library, helpers, listed=False)
    bad = seconds = 0
    try:
        todo = [c for c in cases() if c.name in NAMES]
        for c in todo: b.learn(c)
        for i in range(trials):
            c, way, why = todo[i % len(todo)], [], None
            b.fresh(c)
            for n in (1, 2):
                had = bool(checkpoints(b))
                words = c.words if n == 1 else c.again
                if n == 2 and c.name == "train --force" and r.random() < 0.5: words = ["train", "--resume", "r", "--quiet"]
                most = {k: v for k, v in c.counts.items() if v and k not in ("any", "stat")}
                call = r.choice(list(most) + ["any"] * 4)
                fault = r.choice(FAULTS if call != "any" else FAULTS[:2])
                plan = "%s:%s:%d" % (call, fault, r.randint(1, c.counts[call] if n == 1 else max(2, c.counts[call] // 2)))
                got = b.run(words, plan=plan)
                way.append("%s %s: %d" % (plan, got.where, got.code))
                seconds += n == 2 and got.hits > 0
                if got.hung: why = "hangs"
                if got.code < 0 and got.code != -9: why = "signal %d" % -got.code
                if had and "--force" not in words and not checkpoints(b): why = "no checkpoint is left"
            if not why and checkpoints(b) and os.path.exists(b.w + "/r/run.json"):
                seen = b.run(["embed", "r", "-o", "e.npy", "--force", "--quiet"])
                if seen.code != 0: why = "embed exits %d: %s" % (seen.code, seen.err)
                for n in os.listdir(b.w):
                    if n.startswith("e."): os.unlink(b.w + "/" + n)
            got = b.run(c.again, limit=120)
            # an old checkpoint that could not be deleted, or not be found, stays
            stays = any(p.startswith(("unlink", "opendir", "readdir")) for p in way)
            rest = [n for n in different(snapshot(b.w), c.after) if not (stays and n not in c.after and "/step-" in n)]
            if got.code: why = why or "run again: exit %d: %s" % (got.code, got.err)
            if rest: why = why or "run again, it differs: %s" % rest[:5]
            if not why: continue
            bad += 1
            print("EXCEPTION %s, %s: %s" % (c.name, "; then ".join(way), why.strip()), flush=True)
    finally:
        b.close()
    print("%s  seed %d  %d trials, a second fault in %d  %d exceptions" % (time.strftime("%Y-%m-%d"), seed, trials, seconds, bad))
    return 1 if bad else 0


sys.exit(main())
