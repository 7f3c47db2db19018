# SPDX-License-Identifier: Apache-2.0
"""nth_call.py AKIN LIBRARY HELPERS POINTS|all|A-B [SEED [PART OF A CASE]]: each verb (verbs.list), and each of its system calls
on its files, fails: with ENOSPC, EDQUOT, EIO, EACCES, EMFILE, EINTR, or half of the bytes; once, or from then on. All points
have an order that SEED sets; A-B are those from the A-th on, before the B-th. So a campaign of hours may be run in pieces.

A call that is interrupted or does half must change nothing. A call that fails must end the verb with one line that names the
file and says the system's words, and with exit code 3 (an input), 5 (storage) or 6 (memory); or it did not matter, and all
files are as they would have been. Then each file is the old one or the new one, nothing half is left, and the verb, run again,
makes what it makes undisturbed. Nothing hangs: ten seconds are the limit, of its processor time or without any work."""
import random, sys, time
from faults import *

STORE = ("write", "pwrite", "fsync", "rename", "link", "unlink", "mkdir", "rmdir", "ftruncate")
ERRORS = {"open": "EACCES EMFILE EIO EINTR", "read": "EIO EINTR SHORT", "pread": "EIO EINTR SHORT",
          "write": "ENOSPC EDQUOT EIO EINTR SHORT", "pwrite": "ENOSPC EIO EINTR SHORT", "fsync": "EIO ENOSPC EDQUOT EINTR",
          "rename": "EIO ENOSPC EACCES", "link": "EIO ENOSPC EDQUOT EACCES", "unlink": "EIO EACCES", "mkdir": "ENOSPC EDQUOT EIO EACCES",
          "rmdir": "EIO", "ftruncate": "EIO EINTR", "mmap": "ENOMEM", "close": "EIO EINTR", "opendir": "EACCES EMFILE EIO",
          "readdir": "EIO", "stat": "EIO EACCES ENOMEM"}
WORDS = {"ENOSPC": "No space left on device", "EDQUOT": "Disk quota exceeded", "EIO": "Input/output error",
         "EACCES": "Permission denied", "EMFILE": "Too many open files", "ENOMEM": "memory"}


def says(b, name, error, r):
    """Two files may differ where the verb goes on, and says why: what --bounds stores beside training, on stderr, and a page of a
    run, on itself."""
    if name.endswith("/bounds.jsonl"): return WORDS[error] in r.err and "bounds" in r.err
    if not name.endswith(".html") or not os.path.exists(b.w + "/" + name): return False
    with open(b.w + "/" + name, errors="replace") as f: return WORDS[error] in f.read()


def printed(b, error, r, got):
    """Standard output may differ where it or stderr says why, or has the size of a page that does, or counts a picture."""
    return error in WORDS and (WORDS[error] in r.err + r.out or "unreadable" in r.out or any(says(b, n, error, r) for n in got))


def harmless(call, name):
    """What stays where it could not be deleted, or not be found: the next run deletes it."""
    return call in ("unlink", "rmdir") or (call in ("opendir", "readdir") and "/checkpoints/" in name)


def in_log(error, r):
    """A study that cannot read what a command has said names the log, which says it."""
    log = re.search(r"see (.*\.log)", r.err)
    return log and WORDS[error] in open(log[1], errors="replace").read()


def judge(b, c, plan, r):
    """None, or what is wrong."""
    call, error = plan.split(":")[:2]
    got = snapshot(b.w)
    if r.hung: return "hangs"
    # libhdf5 crashes where it cannot close a file, and takes EINTR for an error
    if any(n.endswith(".h5") for n in c.before) and (r.code == -11 if call == "close" else error == "EINTR" and r.code == 3): return None
    if r.code < 0: return "signal %d: %s" % (-r.code, r.err)
    half = [n for n in got if n not in c.before and (".tmp" in n or "/part." in n)]
    if r.code == 0:
        if r.out != c.out and not printed(b, error, r, got): return "exit 0 and another output: %s; %s" % (r.out, r.err)
        bad = [n for n in different(got, c.after) if n not in c.after and not (harmless(call, n))]
        bad += [n for n in different(got, c.after) if n in c.after and not says(b, n, error, r)]
        return "exit 0 and other files: %s; %s" % (bad[:4], r.err) if bad else None
    if error == "EINTR" and ".sqlite" in r.where and call == "fsync": # SQLite does not call it again
        return None if r.code == 5 and ".sqlite': " in r.err else "exit %d: %s" % (r.code, r.err)
    if error in ("EINTR", "SHORT"): return "exit %d: %s" % (r.code, r.err)
    lines = [l for l in r.err.split("\n") if l and not ("warning: no more bounds" in l and WORDS[error] in l)]
    if len(lines) != 1 and not (c.study and lines): return "exit %d, %d lines: %s" % (r.code, len(lines), r.err)
    # SQLite need not know why; what fails for ever may begin elsewhere
    told = WORDS[error] in r.err or ((".sqlite" in r.where or plan.endswith("+")) and ".sqlite': " in r.err)
    if not told and not (c.study and in_log(error, r)): return "exit %d without the system's words: %s" % (r.code, r.err)
    if "'" not in r.err and not c.study: return "exit %d, and names no file: %s" % (r.code, r.err)
    if r.code not in ((5, 6) if call in STORE else (3, 5, 6)): return "exit %d for %s: %s" % (r.code, r.where, r.err)
    if half and call not in ("unlink", "any"): return "half a file is left: %s" % half
    if c.grows: return None
    if c.check and call != "unlink" and different(got, c.before) and different(got, c.after): return "the older result is lost: %s" % r.err
    bad = [n for n in got if n not in half and got[n] not in (c.before.get(n), c.after.get(n))]
    bad = [n for n in bad if not n.endswith(".set.json")] # it says that the set is half written
    bad += [n for n in c.before if n in c.after and n not in got]
    if c.check and bad == [] and (different(of_set(got), of_set(c.before)) and different(of_set(got), of_set(c.after))):
        code, err = read_by(b, c)
        if code not in (2, 3): return "neither old nor new, and %s exits %d" % (c.check[0], code)
    elif c.check and bad:
        code, err = read_by(b, c)
        if code in (2, 3): bad = []
    return "a file is neither old nor new: %s" % bad[:4] if bad else None


def exact(folder):
    """A sum of all names, bytes and links of a folder."""
    sum, seen = hashlib.sha256(), {}
    for at, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(at, name)
            first = seen.setdefault(os.lstat(path).st_ino, path)
            sum.update(b"%s %s " % (path.encode(), first.encode()))
            if name == "lock" or first != path or not os.path.isfile(path): continue # a lock has the number of a process
            with open(path, "rb") as f: sum.update(hashlib.sha256(f.read()).digest())
        sum.update(repr((at, folders)).encode())
    return sum.digest()


def rerun(b, c, call, known={}):
    """What the verb makes when it is run again. Of the same files it makes the same: `known`."""
    key = c, exact(b.w)
    if key not in known: known[key] = b.run(c.again, limit=120), snapshot(b.w)
    r, got = known[key]
    if r.code: return "run again: exit %d: %s" % (r.code, r.err)
    bad = [n for n in different(got, c.after) if not (n not in c.after and harmless(call, n) or n.endswith("/bounds.jsonl"))]
    return "run again, it differs: %s" % bad[:4] if bad else None


def points_of(c):
    for call, errors in ERRORS.items():
        if os.environ.get("AKIN_TEST_CALL", call) != call: continue
        for n in range(1, c.counts[call] + 1):
            for error in errors.split():
                yield "%s:%s:%d" % (call, error, n)
                if error != "EINTR" and (error == errors.split()[0] or error == "SHORT"): yield "%s:%s:%d+" % (call, error, n)


def main():
    akin, library, helpers, wanted = sys.argv[1:5]
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else int(time.time())
    only = sys.argv[6] if len(sys.argv) > 6 else ""
    r = random.Random(seed)
    b = Bench(akin, library, helpers)
    bad, groups, tried, told = 0, collections.Counter(), 0, collections.Counter()
    print("seed %d" % seed)
    try:
        todo = []
        found = [c for c in b.cases() if only in c.name]
        if wanted.isdigit() and not only: found = r.sample(found, min(len(found), 30)) # each is run undisturbed first
        for c in found:
            if b.learn(c): todo += [(c, p) for p in points_of(c)]
        print("%d points" % len(todo))
        if not todo: sys.exit("nth_call: no case or call has such a name")
        if wanted.isdigit(): todo = r.sample(todo, min(int(wanted), len(todo)))
        else: r.shuffle(todo)
        if "-" in wanted: todo = todo[slice(*map(int, wanted.split("-")))]
        for c, plan in todo:
            b.fresh(c)
            got = b.run(c.words, plan=plan)
            why = judge(b, c, plan, got) or rerun(b, c, plan.split(":")[0])
            tried += 1
            told[got.code] += 1
            if tried % 100 == 0: print("%d tried" % tried, flush=True)
            if not why: continue
            bad += 1
            key = c.name.split()[0], plan.split(":")[0], re.sub(r"[0-9]+", "N", why)[:80]
            groups[key] += 1
            if groups[key] <= 2: print("EXCEPTION %s %s (%s): %s" % (c.name, plan, got.where, why.strip()), flush=True)
    finally:
        b.close()
    print("%d points: %s; %d exceptions" % (tried, ", ".join("exit %s %d" % p for p in sorted(told.items())), bad))
    return 1 if bad else 0


sys.exit(main())
