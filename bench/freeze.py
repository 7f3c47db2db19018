#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a step costs when parts of the encoder are frozen: freeze.py FOLDER [ENCODER [BATCH]]. $AKIN is the program.

Images of 32x32 are drawn here. Of each choice of --freeze: seconds of processor time of a step (the difference of two runs
of different length, so that beginning and end do not count; the least of two, in turn), and the peak of the process.
Nothing but Python's own library is needed."""
import os
import random
import subprocess
import sys

AKIN = os.environ.get("AKIN", "akin")
SHORT, LONG, TURNS = 1, 4, 2  # steps; rounds


def run(*words):
    process = subprocess.Popen([AKIN, *map(str, words)], stderr=subprocess.PIPE, text=True)
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"akin {' '.join(map(str, words))}: {said}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def draw(folder, count):
    """CIFAR's form: a label and three planes a record."""
    os.makedirs(folder, exist_ok=True)
    dice = random.Random(1)
    with open(f"{folder}/data_batch_1.bin", "wb") as file:
        for _ in range(count):
            file.write(bytes([dice.randrange(10)]) + dice.randbytes(3072))


def main(folder, encoder="resnet18", batch="16"):
    choices = ["none", "stem,stage1", "stem,stage1,stage2,stage3", "backbone"]
    for steps in (SHORT, LONG):
        draw(f"{folder}/images-{steps}", steps * int(batch))
    options = ["--recipe", "none", "--epochs", 1, "--batch-size", batch, "--threads", 1, "--quiet", "--force"]
    run("train", f"{folder}/images-{SHORT}", "--out", f"{folder}/begin", "--encoder", encoder, *options)
    found = {choice: ([], []) for choice in choices}
    for _ in range(TURNS):
        for choice in choices:
            freeze = [] if choice == "none" else ["--freeze", choice]
            cost = [run("train", f"{folder}/images-{steps}", "--out", f"{folder}/run", "--init", f"{folder}/begin", *freeze,
                        *options) for steps in (SHORT, LONG)]
            found[choice][0].append((cost[1][0] - cost[0][0]) / (LONG - SHORT))
            found[choice][1].append(cost[1][1])
    print(f"{encoder}, {batch} images of 32x32 a step, each in two views")
    whole = min(found["none"][0])
    for choice, (seconds, peak) in found.items():
        print(f"--freeze {choice:26} {min(seconds):6.2f} s a step ({100 * min(seconds) / whole:3.0f} %), peak {max(peak):5.0f} MiB")


main(*sys.argv[1:4])
