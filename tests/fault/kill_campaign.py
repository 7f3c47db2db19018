# SPDX-License-Identifier: Apache-2.0
"""kill_campaign.py AKIN LIBRARY HELPERS KILLS SEED [PART OF A CASE]: SIGKILL, over and over, of verbs that store something; then they are run again,
undisturbed, and all files must have the sums of a run that was never disturbed. Every second kill is at a random instant; the
others are within a random system call, and half of them tear its write: half of the bytes are on the disk. What was killed is
run again, and may be killed again, up to three times. In between, what reads the files accepts the old ones or the new ones,
or refuses them."""
import random, sys, time
from faults import *

NAMES = ["train images", "train vectors", "train text", "train --keep", "train --resume", "train --force", "embed", "embed --force",
         "embed --shards", "embed --shards --force",
         "export", "export --force", "eval", "study", "prune", "data convert", "data convert --force", "data longtail --force",
         "data mix --force", "data split --force", "data split --lists --force", "data synth --force", "loss --force", "prune --force",
         "eval again", "import", "import --force",
         "embed npz", "embed npz --force", "map", "labels"]


def kill_at(b, words, instant):
    """A run, killed after `instant` seconds."""
    p = subprocess.Popen([b.akin] + words, cwd=b.w, env=b.environment(b.w), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    time.sleep(instant)
    p.kill()
    err = p.communicate()[1].decode(errors="replace")
    return p.returncode, err


def refused(b, case):
    """The files of a set, as they are after a kill: all old, all new, none, or refused with a sentence."""
    got = of_set({n: s for n, s in snapshot(b.w).items() if ".tmp" not in n})
    code, err = read_by(b, case)
    if code == 0: return any(not different(of_set(state), got) for state in (case.old, case.new))
    return code in (2, 3) and err.count("\n") == 1


def main():
    akin, library, helpers, kills, seed = sys.argv[1:4] + [int(a) for a in sys.argv[4:6]]
    only = sys.argv[6] if len(sys.argv) > 6 else ""
    r = random.Random(seed)
    b = Bench(akin, library, helpers, listed=False)
    counts, exceptions, torn, trials = collections.Counter(), [], 0, 0
    try:
        todo = [c for c in cases() if c.name in NAMES and only in c.name]
        if kills < len(todo): todo = r.sample(todo, kills) # each is run undisturbed first
        for c in todo:
            b.fresh(c)
            c.old = snapshot(b.w)
            begun = time.time()
            c.calls = b.good(c.words).counts["any"]
            c.took = time.time() - begun
            c.new = snapshot(b.w)
        while sum(counts.values()) < kills:
            c = todo[trials % len(todo)]
            trials += 1
            b.fresh(c)
            way, words = [], c.words
            for _ in range(r.choice((1, 1, 2, 3))):
                if r.random() < 0.5:
                    instant = r.random() * c.took
                    code, err = kill_at(b, words, instant)
                    way.append("%.3f s" % instant)
                else:
                    plan = "any:%s:%d" % (r.choice(("KILL", "TORN")), r.randint(1, c.calls))
                    got = b.run(words, plan=plan)
                    code, err = got.code, got.err
                    if got.hung: exceptions.append((c.name, way, "hangs"))
                    if got.hits and "TORN" in plan and got.where.startswith(("write", "pwrite")): torn += 1
                    if got.hits and c.name == "study" and code > 0: code = -9 # a child of it was killed
                    way.append("%s %s" % (plan, got.where))
                if code == -9: counts[c.name] += 1
                elif code != 0: exceptions.append((c.name, way, "exit %d: %s" % (code, err)))
                if c.check and not refused(b, c): exceptions.append((c.name, way, "neither old nor new, nor refused"))
                words = c.again
                if c.name == "train --force" and r.random() < 0.5: words = ["train", "--resume", "r", "--quiet"]
            got = b.run(c.again, limit=120)
            bad = different(snapshot(b.w), c.new)
            if got.code != 0: exceptions.append((c.name, way, "run again: exit %d: %s" % (got.code, got.err)))
            elif bad: exceptions.append((c.name, way, "run again, it differs: %s" % bad[:5]))
    finally:
        b.close()
    for e in exceptions: print("EXCEPTION", *e)
    print(", ".join("%s %d" % (n, counts[n]) for n in NAMES if n in [c.name for c in todo]))
    print("%s  seed %d  %d kills (%d of them tore a write) in %d trials  %d exceptions" %
          (time.strftime("%Y-%m-%d"), seed, sum(counts.values()), torn, trials, len(exceptions)))
    return 1 if exceptions else 0


sys.exit(main())
