# SPDX-License-Identifier: Apache-2.0
"""faults.py - what the campaigns of this folder share: a small folder of inputs, every verb with its files, a program that
is run with a fault (fail_calls.c), and when two results are the same."""
import collections, hashlib, json, os, random, re, shutil, sqlite3, struct, subprocess, sys, tempfile, time

LENGTHS = {"metrics_bytes", "events_bytes", "log_bytes", "events", "elapsed_s", "xxh64"}
CALLS = ["open", "read", "write", "pread", "pwrite", "fsync", "rename", "link", "unlink", "mkdir", "rmdir", "ftruncate", "mmap",
         "close", "opendir", "readdir", "stat", "any"]
CLOCK = "1700000000"

Result = collections.namedtuple("Result", "code err hits where counts hung out", defaults=(None,))


def at_work(session):
    """The processor time in seconds of all processes of a session, and whether one of their threads runs, or would."""
    ticks, busy = 0, False
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f: field = f.read().rsplit(")", 1)[1].split()
            if int(field[3]) != session: continue
            ticks += sum(int(t) for t in field[11:15])
            for thread in os.listdir("/proc/%s/task" % pid):
                with open("/proc/%s/task/%s/stat" % (pid, thread)) as f: busy |= f.read().rsplit(")", 1)[1].split()[0] in "RD"
        except OSError: continue # it has ended
    return ticks / os.sysconf("SC_CLK_TCK"), busy


def wait_for(p, limit):
    """What a process says on stderr, and whether it hung: `limit` seconds of its own processor time, or as many in which nothing
    of it had any work. How busy the machine is does not count."""
    used, since = -1, time.time()
    while True:
        try: return p.communicate(timeout=1)[1], False
        except subprocess.TimeoutExpired: pass
        now, busy = at_work(p.pid)
        if busy or now != used: since = time.time()
        used = now
        if now <= limit and time.time() - since <= limit: continue
        os.killpg(p.pid, 9)
        return p.communicate()[1], True


class Bench:
    """A temporary folder: base/ holds what is made once, w/ is where a verb works."""

    def __init__(self, akin, library, helpers, listed=True):
        self.server = None
        self.akin, self.preload, helpers = (os.path.realpath(p) for p in (akin, library, helpers))
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="akin-fault-"))
        self.base, self.listed, self.w = self.dir + "/base", self.dir + "/listed", self.dir + "/w"
        self.state = self.dir + "/state"
        os.makedirs(self.base)
        open(self.state, "w").close()
        self.make(helpers, listed)
        self.server = Server(self)

    def close(self):
        if self.server: self.server.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def environment(self, at):
        env = dict(os.environ, OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="1", LC_ALL="C", LD_PRELOAD=self.preload,
                   AKIN_CALLS_UNDER=at, AKIN_CALLS_STATE=self.state, AKIN_CLOCK=CLOCK)
        # a sanitizer wants to stand first; it may stand second
        env["ASAN_OPTIONS"] = (env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0").lstrip(":")
        return env

    def run(self, words, at=None, plan=None, record=None, limit=10):
        """By the server where there is one: it does not load the program anew."""
        if self.server and not at and not record: return self.server.run(words, plan)
        env = self.environment(at or self.w)
        if plan: env["AKIN_CALLS"] = plan
        if record: env["AKIN_RECORD"] = record
        with open(self.state, "r+b") as f: f.write(bytes(os.path.getsize(self.state)))
        p = subprocess.Popen([self.akin] + words, cwd=at or self.w, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        err, hung = wait_for(p, limit)
        return Result(p.returncode, err.decode(errors="replace"), *self.counted(), hung)

    def counted(self):
        """What fail_calls.c has counted: faults, where the first was, and calls of each kind."""
        with open(self.state, "rb") as f:
            state = f.read()
        counts = struct.unpack("<%dq" % len(CALLS), state[:8 * len(CALLS)])
        hits, = struct.unpack("<q", state[8 * len(CALLS):8 * len(CALLS) + 8])
        where = state[8 * len(CALLS) + 8:].split(b"\0")[0].decode(errors="replace")
        return hits, where, dict(zip(CALLS, counts))

    def good(self, words, at=None, **more):
        r = self.run(words, at, limit=240, **more)
        if r.code != 0: raise SystemExit("FAIL: akin %s exits %d: %s" % (" ".join(words), r.code, r.err))
        return r

    def fresh(self, case):
        """w/ with what a case begins with."""
        shutil.rmtree(self.w, ignore_errors=True)
        os.makedirs(self.w)
        for name in case.need:
            to = name.split("=")[-1]
            name = name.split("=")[0]
            name = (self.listed if case.listed else self.base) + "/" + name
            (shutil.copytree if os.path.isdir(name) else shutil.copy2)(name, self.w + "/" + to)

    def cases(self):
        return list(read_cases(os.path.dirname(os.path.abspath(__file__)) + "/verbs.list")) + cases()

    def learn(self, case):
        """Undisturbed: its files before and after, its calls. Whether it reads or writes any."""
        self.fresh(case)
        case.before = snapshot(self.w)
        begun = time.time()
        r = self.good(case.words)
        case.counts, case.out = r.counts, r.out
        case.took = time.time() - begun
        case.after = snapshot(self.w)
        return case.counts["any"]

    def make(self, helpers, listed):
        b = self.listed
        here = os.path.dirname(os.path.abspath(__file__))
        env = dict(os.environ, LC_ALL="C", AKIN_CALLS_UNDER=b, AKIN_CLOCK=CLOCK, OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="1")
        if listed:
            subprocess.run(["sh", here + "/prepare.sh", self.akin, helpers, b], check=True, env=env, stdout=subprocess.DEVNULL)
        b = self.base
        subprocess.run([helpers + "/make_data", b + "/data", "48", "16", "8"], check=True)
        r = random.Random(1)
        with open(b + "/t.csv", "w") as f:
            f.write("x,y,kind\n" + "".join("%d.5,%d.25,%s\n" % (r.randrange(99), r.randrange(99), "abc"[i % 3]) for i in range(30)))
        with open(b + "/o.csv", "w") as f:
            f.write("x,y,kind\n" + "".join("%d.5,%d.25,%s\n" % (r.randrange(99), r.randrange(99), "bcd"[i % 3]) for i in range(30)))
        with open(b + "/t.txt", "w") as f:
            f.write("".join(" ".join(r.choice("sun moon star tree river stone".split()) for _ in range(8)) + "\n" for _ in range(32)))
        os.makedirs(b + "/pictures/train/a"); os.makedirs(b + "/pictures/train/b")
        for i in range(12):
            with open(b + "/pictures/train/%s/%d.pgm" % ("ab"[i % 2], i), "wb") as f:
                f.write(b"P5 8 8 255\n" + bytes(r.randrange(256) for _ in range(64)))
        with open(b + "/tiny.json", "w") as f:
            json.dump(STUDY, f)
        self.good(["train", "data", "--out", "run"] + IMAGES, b)
        self.good(["train", "data", "--out", "other"] + IMAGES + ["--seed", "7"], b)
        self.good(["train", "t.csv", "--out", "vectors"] + VECTORS, b)
        self.good(["train", "t.txt", "--out", "text"] + TEXT, b)
        self.good(["embed", "vectors", "-o", "x.npy", "--quiet"], b)
        self.good(["embed", "vectors", "-o", "w.npy", "--shards", "3", "--quiet"], b)
        self.good(["export", "vectors", "-o", "x.onnx", "--layer", "projector", "--quiet"], b)
        self.good(["export", "run", "-o", "net.safetensors", "--quiet"], b)
        self.good(["embed", "run", "--split", "test", "-o", "y.npy", "--quiet"], b)
        self.good(["embed", "run", "--split", "test", "-o", "y.npz", "--quiet"], b)
        self.good(["data", "convert", "data", "-o", "set", "--quiet"], b)
        self.good(["prune", "run", "--random", "0.2", "-o", "k", "--quiet"], b)
        for words in OLDER: self.good(words.split() + ["--quiet"], b)
        self.good(["embed", "run", "--split", "train", "-o", "z.npy", "--quiet"], b)
        shutil.copytree(b + "/run", b + "/judged") # a run that was evaluated and pruned
        self.good("eval judged --protocol mean --baselines none --whiten off --quiet".split(), b)
        self.good("prune judged --drop-difficult 0.4 -o kept --scores s.tsv --quiet".split(), b)
        self.good(["study", "tiny.json", "--out", "studied", "--threads", "1", "--quiet"], b)
        self.run(["train", "data", "--out", "stopped"] + IMAGES, b, plan="rename:KILL:5")
        assert os.path.exists(b + "/stopped/checkpoints") and not os.path.exists(b + "/stopped/DONE")


class Server:
    """A process of akin that stops before main() and is forked for each run (fault.h)."""

    def __init__(self, b):
        self.b = b
        (order, self.orders), (self.results, result) = os.pipe(), os.pipe()
        env = dict(b.environment(b.w), FAULT_SERVER="%d,%d" % (order, result))
        env["LD_PRELOAD"] += ":" + os.path.dirname(b.preload) + "/libfault.so"
        self.p = subprocess.Popen([b.akin], cwd=b.dir, env=env, stdin=subprocess.DEVNULL, pass_fds=(order, result))
        os.close(order), os.close(result)

    def stop(self):
        os.close(self.orders)
        self.p.wait()
        os.close(self.results)

    def run(self, words, plan=None):
        line = b"".join(w.encode() + b"\0" for w in ["akin"] + words)
        os.write(self.orders, struct.pack("<6i2qi4096s512s64s4x", *[0] * 8, len(words) + 1, line, self.b.w.encode(), (plan or "").encode()))
        got = os.read(self.results, 88)
        if len(got) != 88: raise SystemExit("FAIL: the server of akin has ended")
        status, hung = struct.unpack("<2i80x", got)
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        out, err = (open(self.b.w + end, "rb").read().decode(errors="replace") for end in (".out", ".err"))
        return Result(code, err, *self.b.counted(), bool(hung), out)


# Results of verbs that are then replaced by others, with --force.
OLDER = ["data longtail data -o tailed --ratio 2 --seed 7", "data mix data -o mixed --omega 0.3 --share 0.7 --seed 7",
         "data split data -o parted --val 0.3 --seed 7", "data split data -o listed --lists --val 0.3 --test 0.2 --seed 7",
         "data synth -o drawn --items 30 --seed 7", "loss --loss ntxent --a y.npy --b y.npy --grad-a g.npy --grad-b h.npy --temperature 0.7"]

EVERY = ["--epochs", "2", "--checkpoint-every", "2", "--threads", "1", "--log-every", "2", "--quiet"]
IMAGES = ["--recipe", "none", "--batch-size", "16", "--encoder", "resnet-s", "--width", "4", "--head-hidden", "8", "--head-out", "8"] + EVERY
VECTORS = ["--recipe", "none", "--label-column", "kind", "--encoder", "mlp", "--width", "8", "--head-hidden", "8", "--head-out", "8",
           "--batch-size", "8"] + EVERY
TEXT = ["--recipe", "none", "--text-view", "crop", "--encoder", "bag", "--dim", "8", "--maxn", "0", "--min-count", "1", "--batch-size", "8", "--head-hidden", "8", "--head-out", "8"] + EVERY
STUDY = {"name": "tiny", "title": "two", "seeds": [1], "data": "t.csv", "axes": [{"name": "t", "option": "temperature", "values": [0.1, 0.5]}],
         "options": {"label-column": "kind", "encoder": "mlp", "width": 8, "head-hidden": 8, "head-out": 8, "batch-size": 8,
                     "epochs": 1, "checkpoint-every": 2, "log-every": 2},
         "tools": {"diagnose": ["diagnose", "{run}"]},
         "measures": [{"name": "loss", "from": "train", "path": "last.loss"},
                      {"name": "width", "from": "diagnose", "path": "width"}]}


class Case:
    """A verb. need: names in base/ it begins with ("a=b": under the name b). kind: "file" (each output old or new), "set" (all old
    or all new, or `check` refuses: a verb that reads it, or the file that is written last, which is not there), "run" (a run folder: after another run of the verb it is the new one)."""

    listed = False

    def __init__(self, name, need, words, kind="file", again=None, check=None):
        self.name, self.need, self.words, self.kind, self.check = name, need.split(), words.split() if isinstance(words, str) else words, kind, check
        if kind == "study": self.kind = "run"
        self.again = again.split() if isinstance(again, str) else again or self.words


    study = property(lambda self: self.words[0] == "study")
    grows = property(lambda self: self.kind == "run")


def read_by(b, case):
    """The exit code of what reads a result, and what it says."""
    if isinstance(case.check, str): return (0 if os.path.exists(b.w + "/" + case.check) else 3), "no file\n"
    r = b.run(case.check)
    return r.code, r.err


def read_cases(path):
    """verbs.list: what campaign.c disturbs too."""
    found, now = [], None
    for line in open(path):
        key, _, rest = line.strip().partition(" ")
        if key == "case": found.append({"name": rest, "from": "", "again": None})
        elif key in ("from", "run", "again", "tick"): found[-1][key] = rest
    for f in found:
        if "tick" in f: continue # bench waits for the clock; it has no files
        words, check, kind = f["run"].split(), None, "run" if f["again"] else "file"
        out = words[words.index("-o") + 1] if "-o" in words else ""
        if "--shards" in words: rows = "%s-{00000..%05d}.npy" % (out[:-4], int(words[words.index("--shards") + 1]) - 1)
        else: rows = out
        if words[0] in ("embed", "map") and out.endswith(".npy"): kind, check = "set", ["nn", rows, "--query", "0", "--quiet"]
        if words[0] == "data" and out and "." not in out: kind, check = "set", ["inspect", out, "--format", "npy", "--quiet"]
        if words[:2] == ["data", "synth"]: check = out + "/a.npy"
        if "--lists" in words: check = out + "/keep-train.txt"
        if "--grad-b" in words: kind, check = "set", words[words.index("--grad-b") + 1]
        if words[0] in ("labels", "prune"): kind, check = "set" if "--table" in words or words[0] == "prune" else "file", out or None
        if words[0] in ("dups", "outliers"): kind, check = ("set", out) if "--page" in words and out else ("file", out or None)
        again = f["again"] or f["run"] + (" --force" if (out or "--grad-a" in words) and "--force" not in f["run"] else "")
        case = Case(f["name"], f["from"], words, kind, again, check)
        case.listed = True
        yield case


def cases():
    run = " ".join(IMAGES)
    force = lambda name, need, words, **more: Case(name, need, words, again=words + " --force", **more)
    nn, look = ["nn", "x.npy", "--query", "0", "--quiet"], ["inspect", "out", "--format", "npy", "--quiet"]
    shards = ["nn", "w-{00000..00002}.npy", "--query", "0", "--quiet"]
    return [
        Case("train images", "data", "train data --out r " + run, "run", "train data --out r --resume " + run),
        Case("train vectors", "t.csv", "train t.csv --out r " + " ".join(VECTORS), "run", "train t.csv --out r --resume " + " ".join(VECTORS)),
        Case("train text", "t.txt", "train t.txt --out r " + " ".join(TEXT), "run", "train t.txt --out r --resume " + " ".join(TEXT)),
        Case("train pictures", "pictures", "train pictures --out r --cache 0 " + run.replace("--batch-size 16", "--batch-size 4"), "run",
             "train pictures --out r --resume --cache 0 " + run.replace("--batch-size 16", "--batch-size 4")),
        Case("train --keep", "data k", "train data --out r --keep k " + run, "run", "train data --out r --resume --keep k " + run),
        Case("train --resume", "data stopped=r", "train data --out r --resume " + run, "run"),
        Case("train --force", "data other=r", "train data --out r --force " + run, "run", "train data --out r --force " + run),
        force("embed", "vectors t.csv", "embed vectors -o x.npy --quiet", kind="set", check=nn),
        force("embed images", "run data", "embed run -o x.npy --quiet", kind="set", check=nn),
        force("embed text", "text t.txt", "embed text -o x.npy --quiet", kind="set", check=nn),
        Case("embed --force", "vectors t.csv o.csv x.npy x.names.txt x.labels.npy x.classes.txt x.set.json",
             "embed vectors o.csv -o x.npy --quiet --force", "set", check=nn),
        force("embed --shards", "vectors t.csv", "embed vectors -o w.npy --shards 3 --quiet", kind="set", check=shards),
        Case("embed --shards --force", "vectors t.csv o.csv w-00000.npy w-00001.npy w-00002.npy w.names.txt w.labels.npy w.classes.txt w.set.json",
             "embed vectors o.csv -o w.npy --shards 3 --quiet --force", "set", check=shards),
        force("map", "x.npy x.names.txt x.set.json", "map x.npy -o m.npy --epochs 2 --quiet", kind="set", check=["nn", "m.npy", "--query", "0", "--quiet"]),
        force("embed to a table", "vectors t.csv", "embed vectors -o x.csv --quiet"),
        force("export", "run", "export run -o x.pt --quiet"),
        Case("export --force", "vectors x.onnx", "export vectors -o x.onnx --quiet --force"),
        Case("import", "net.safetensors data", "import net.safetensors data --out r --quiet", "run", "import net.safetensors data --out r --quiet --force"),
        Case("import --force", "net.safetensors data other=r", "import net.safetensors data --out r --quiet --force", "run"),
        force("embed npz", "run data", "embed run -o y.npz --quiet", kind="set", check=["nn", "y.npz", "--query", "0", "--quiet"]),
        Case("embed npz --force", "run data y.npz y.npz.set.json", "embed run -o y.npz --quiet --force", "set", check=["nn", "y.npz", "--query", "0", "--quiet"]),
        Case("eval", "run data", "eval run --protocol mean,knn --baselines none --whiten off --quiet"),
        Case("eval of files", "y.npy y.labels.npy y.set.json y.names.txt", "eval --features y.npy --labels y.labels.npy --test-features y.npy "
             "--test-labels y.labels.npy --protocol knn --quiet"),
        Case("diagnose", "run data", "diagnose run --quiet"),
        Case("bounds", "vectors t.csv", "bounds vectors --quiet"),
        force("prune", "run data", "prune run --drop-difficult 0.2 -o kept --scores s.tsv --quiet", kind="set", check="kept"),
        force("cluster", "x.npy x.names.txt x.labels.npy x.classes.txt x.set.json", "cluster x.npy -k 3 -o c.tsv --quiet"),
        force("labels", "x.npy x.names.txt x.labels.npy x.classes.txt x.set.json", "labels x.npy --table l.tsv -o clean.txt --quiet", kind="set",
              check="clean.txt"),
        force("prune text", "text t.txt", "prune text --drop-difficult 0.2 -o kept --quiet"),
        Case("report", "run other", "report run other -o page.html --quiet", again="report run other -o page.html --force --quiet"),
        Case("report of a run", "run", "report run --quiet"),
        force("data convert", "pictures", "data convert pictures -o out --quiet", kind="set", check=look),
        Case("data convert --force", "data set=out", "data convert data -o out --quiet --force", "set", check=look),
        force("data longtail", "data", "data longtail data -o out --ratio 4 --quiet", kind="set", check=look),
        force("data mix", "data", "data mix data -o out --omega 0.5 --quiet", kind="set", check=look),
        force("data split", "data", "data split data -o out --val 0.2 --quiet", kind="set", check=look),
        force("data synth", "", "data synth -o out --items 40 --quiet", kind="set", check="out/a.npy"),
        Case("data longtail --force", "data tailed=out", "data longtail data -o out --ratio 4 --quiet --force", "set", check=look),
        Case("data mix --force", "data mixed=out", "data mix data -o out --omega 0.5 --quiet --force", "set", check=look),
        Case("data split --force", "data parted=out", "data split data -o out --val 0.2 --quiet --force", "set", check=look),
        Case("data split --lists --force", "data listed=out", "data split data -o out --lists --val 0.2 --quiet --force", "set", check="out/keep-train.txt"),
        Case("data synth --force", "drawn=out", "data synth -o out --items 40 --quiet --force", "set", check="out/a.npy"),
        Case("loss --force", "y.npy z.npy g.npy h.npy", "loss --loss ntxent --a y.npy --b y.npy --grad-a g.npy --grad-b h.npy --quiet --force",
             "set", check="h.npy"),
        Case("prune --force", "judged=run data kept s.tsv", "prune run --drop-difficult 0.2 -o kept --scores s.tsv --quiet --force", "set", check="kept"),
        Case("eval again", "judged=run data", "eval run --protocol knn --baselines none --whiten off --quiet", "set", check="run/eval.json"),
        force("data views", "data", "data views data -o v.png --quiet"),
        force("data longtail list", "t.csv", "data longtail t.csv --label-column kind -o l.txt --ratio 4 --quiet"),
        Case("inspect", "set", "inspect set --quiet"),
        Case("inspect pictures", "pictures", "inspect pictures --quiet"),
        Case("nn", "x.npy x.names.txt x.set.json", "nn x.npy --query 0 --quiet"),
        Case("nn of a run", "text t.txt", ["nn", "text", "--query", "sun moon", "--quiet"]),
        force("loss", "y.npy", "loss --loss ntxent --a y.npy --b y.npy --grad-a g.npy --quiet"),
        Case("study", "tiny.json t.csv", "study tiny.json --out st --threads 1 --quiet", "study"),
        Case("study --table", "studied=st tiny.json t.csv", "study --out st --table --quiet", "study"),
    ]


# When two results are the same --------------------------------------------------------------------------

def checkpoint(path):
    with open(path, "rb") as f:
        data = f.read()
    n, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + n])
    header["__metadata__"] = {k: v for k, v in header["__metadata__"].items() if k not in LENGTHS}
    return json.dumps(header, sort_keys=True).encode() + data[8 + n:]


def content(path):
    """The sum of a file, without what says when or in how many pieces it was written."""
    name = os.path.basename(path)
    if os.path.islink(path) or not os.path.isfile(path): return "no file"
    if name.endswith(".safetensors"):
        try: data = checkpoint(path)
        except Exception: data = b"damaged"
    elif name.endswith(".sqlite"):
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        try: data = repr(db.execute("select cell, measurement, value from results order by 1, 2").fetchall()).encode()
        except sqlite3.Error: data = b"unreadable"
        db.close()
    elif name == "run.json": # a run that goes on keeps the first one's command line
        record = json.load(open(path))
        record.pop("command", None) # nor the name of its keep-list, of which it has a copy
        record["data"]["remarks"] = [r for r in record["data"].get("remarks", []) if "keep-list" not in r]
        data = json.dumps(record, sort_keys=True).encode()
    else:
        with open(path, "rb") as f: data = f.read()
        if name == "kept" or name.endswith(".txt"): # the remarks of a keep-list name the command
            data = b"\n".join(l for l in data.split(b"\n") if not l.startswith(b"#"))
    return hashlib.sha256(data).hexdigest()[:16]


def passing(name):
    """Files that only exist for a time, or tell of the way to a result."""
    return name in ("lock", "log.txt") or "/logs/" in name or name.endswith((".log", "-journal", "-wal", "-shm"))


def snapshot(folder):
    found = {}
    for at, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(at, name)
            short = os.path.relpath(path, folder)
            if not passing(name) and not passing("/" + short): found[short] = content(path)
    return found


def of_set(files):
    """Without what says that a set is half written."""
    return {n: s for n, s in files.items() if not n.endswith(".set.json")}


def different(a, b):
    return sorted(n for n in set(a) | set(b) if a.get(n) != b.get(n))
