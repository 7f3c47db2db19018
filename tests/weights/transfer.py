# SPDX-License-Identifier: Apache-2.0
"""Does it help to begin with weights, at equal time? transfer.py WEIGHTS DATA [options] [-- options of akin train]: with each
seed, learn from DATA, beginning with WEIGHTS (a run, or a file) or with drawn ones, until `akin train` has used so many
seconds of processor time, all of the command counted: its start, reading the data, loading the weights. Then it is
stopped (it writes a checkpoint) and measured. Prints each accuracy, and of each budget the paired difference with its
95 % interval (Student's t over seeds).

DATA are images with classes and a part for tests. The options of akin train must be those of the encoder of WEIGHTS, so
that drawn weights are of the same. $AKIN is the program. Nothing but Python's own library is needed."""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

AKIN = os.environ.get("AKIN", "akin")
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # of n seeds
ENDLESS = "100000"  # epochs


def akin(*words):
    done = subprocess.run([AKIN, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"akin {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def used(pid):
    """Processor time of a process, all of its threads, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def train_for(seconds, *words):
    """A training that is stopped after so many seconds of processor time."""
    process = subprocess.Popen([AKIN, "train", *map(str, words)], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and used(process.pid) < seconds:
        time.sleep(0.005)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    said = process.communicate()[1]
    if process.returncode != 128 + signal.SIGTERM:
        sys.exit(f"akin train {' '.join(map(str, words))}: ended with {process.returncode} before its time: {said}")


def accuracy(run):
    out = json.loads(akin("eval", run, "--protocol", "knn", "--whiten", "off", "--threads", "1", "--json", "--quiet"))
    return 100 * next(r["top1"] for r in out["results"] if r["layer"] == "backbone" and r.get("encoder") == "trained")


def steps(run):
    return max(int(name[5:15]) for name in os.listdir(f"{run}/checkpoints") if name.startswith("step-"))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("weights")
    options.add_argument("data")
    options.add_argument("--out", default="transfer-runs", help="folder of the runs")
    options.add_argument("--seconds", default="4,20", help="budgets, in seconds of processor time")
    options.add_argument("--seeds", type=int, default=5, choices=sorted(T95))
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    given = options.parse_args(words[:end])
    net = [*words[end + 1 :], "--threads", "1", "--quiet", "--force"]
    os.makedirs(given.out, exist_ok=True)
    more = ["--schedule", "constant", "--epochs", ENDLESS, "--checkpoint-every", 10**9, *net]
    for seconds in map(float, given.seconds.split(",")):
        found = {"drawn": [], "begun": []}
        for seed in range(given.seeds):
            for arm, begin in (("drawn", []), ("begun", ["--init", given.weights])):
                run = f"{given.out}/{arm}"
                train_for(seconds, given.data, "--out", run, "--seed", seed, *more, *begin)
                found[arm].append(accuracy(run))
                print(f"{seconds:g} s, seed {seed}, {arm}: {steps(run)} steps, kNN {found[arm][-1]:.2f}", flush=True)
        differences = [b - d for b, d in zip(found["begun"], found["drawn"])]
        mean = statistics.mean(differences)
        half = T95[given.seeds] * statistics.stdev(differences) / given.seeds**0.5
        print(f"{seconds:g} s of processor time: drawn {statistics.mean(found['drawn']):.2f}, begun with weights "
              f"{statistics.mean(found['begun']):.2f}: {mean:+.2f} ({mean - half:+.2f} to {mean + half:+.2f})", flush=True)


main()
