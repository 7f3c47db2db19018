# SPDX-License-Identifier: Apache-2.0
# What is seen on a terminal: the progress line fits its width, keeps what matters most and is asked for at each line; a stop
# is told once; nothing but "to the begin of the line" and "erase it" is sent; names of two columns a character are aligned.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
"$helpers/make_data" "$dir/set" 256 16 16 || exit 1

cat >"$dir/pty.py" <<'PY'
"""Run the program on a terminal of so many columns; its lines, and those written over one another."""
import fcntl, os, pty, re, signal, struct, sys, termios

def size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

def run(columns, arguments, environment={}, after=None):
    """(exit, what it sent); after(text, pid, fd) is called with what has come so far."""
    ready, go = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.read(ready, 1)
        os.environ.pop("COLUMNS", None)
        os.environ.update({"TERM": "xterm", **environment})
        os.execv(arguments[0], arguments)
    size(fd, columns)
    os.write(go, b"x")
    os.close(ready), os.close(go)
    text = b""
    while True:
        try:
            some = os.read(fd, 65536)
        except OSError:
            some = b""
        if not some:
            break
        text += some
        if after:
            after(text, pid, fd)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode().replace("\r\n", "\n")

def lines(text):
    return [l for l in re.split("\n|\r\x1b\\[K", text) if l]
PY

cat >"$dir/test.py" <<'PY'
import os, re, signal, sys
sys.path.insert(0, os.path.dirname(sys.argv[0]))
import pty_lines as p
akin, folder = sys.argv[1:]
train = [akin, "train", folder + "/set", "--batch-size", "16", "--width", "8", "--log-every", "1", "--threads", "1", "--out"]
number = r"\d+\.\d{4}"
WHOLE = re.compile(rf"epoch 1/1  step \d+/16  loss {number} \[nothing learned [\d.]+ [#.]{{12}} floor [\d.]+\] [-\d]+% [a-z ]+"
                   r"  \d+ images/s  data-wait [\d.]+%  left [\d:]+")
NARROWER = {100: rf"step \d+/16  loss {number} \[[#.]{{8}}\] [-\d]+% [a-z ]+  \d+ images/s  left [\d:]+",
            80: rf"step \d+/16  loss {number} \[[#.]{{8}}\] [-\d]+% [a-z ]+  (\d+ images/s  )?left [\d:]+",
            40: rf"step \d+/16  loss {number}  left [\d:]+",
            26: rf"\d+/16  {number}  left [\d:]+",
            20: rf"\d+/16  {number}  [\d:]+",
            7: r"\d+/16  ?\d?"}
def progress(text):
    found = [l for l in p.lines(text) if re.search(r"\d+/16(  |$)", l)]
    assert found, text
    return found
def check(columns, environment, given):
    code, text = p.run(given, train + [f"{folder}/t{columns}-{given}", "--epochs", "1", "--force"], environment)
    assert code == 0, text
    assert not re.sub("\r\x1b\\[K", "", text).count("\x1b"), text
    want = WHOLE if columns == 200 else re.compile(NARROWER[columns])
    for line in progress(text):
        assert len(line) < columns, (columns, line)
        assert want.fullmatch(line) or columns == 100 and "epoch" in line, (columns, line)
        if columns >= 20: assert re.search(r"\b\d+/16\b", line) and re.search(number, line) and re.search(r"\d:\d\d$", line), line
for columns in (200, 100, 80, 40, 26, 20, 7):
    check(columns, {}, columns)
check(40, {"COLUMNS": "40"}, 0)        # a terminal that does not know its width
check(80, {"COLUMNS": "wide"}, 0)      # nobody knows
# the window is made narrower while the run goes on
narrow = []
def shrink(text, pid, fd):
    if not narrow and b"step 3/" in text:
        p.size(fd, 40)
        narrow.append(len(text))
code, text = p.run(200, train + [folder + "/shrink", "--epochs", "1"], {}, shrink)
assert code == 0 and WHOLE.fullmatch(progress(text)[0]) and len(progress(text)[-1]) < 40, text
# no terminal that can erase a line: as into a file
code, text = p.run(80, train + [folder + "/dumb", "--epochs", "1"], {"TERM": "dumb"})
assert code == 0 and "\x1b" not in text and len(progress(text)) == 1, text
# Ctrl-C: told once, on a line of its own; log.txt has it too
sent = []
def interrupt(text, pid, fd):
    if not sent and b"step 3/" in text:
        os.kill(pid, signal.SIGINT)
        sent.append(1)
code, text = p.run(80, train + [folder + "/stop", "--epochs", "500"], {}, interrupt)
assert code == 130 and text.count("stopped at step") == 1, text
last = p.lines(text)[-1]
assert re.fullmatch(r"akin train: stopped at step \d+ of 8000; the checkpoint is written; go on with: akin train --resume "
                    + re.escape(folder + "/stop"), last), last
log = open(folder + "/stop/log.txt").read()
assert log.count("stopped at step") == 1, log
PY
mv "$dir/pty.py" "$dir/pty_lines.py"
python3 "$dir/test.py" "$akin" "$dir" || fail "the progress line"

# Tables: a column begins where its heading does, whatever characters stand before it
cat >"$dir/table.py" <<'PY'
import json, os, subprocess, sys, unicodedata
akin, folder = sys.argv[1:]
def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
names = ["\u65e5\u672c\u8a9e", "e\u0301", "a long name of a class", "x", "\U0001f600"]
for c, name in enumerate(names):
    os.makedirs(os.fsencode(f"{folder}/set/{name}"))
    for i in range(4):
        open(os.fsencode(f"{folder}/set/{name}/\u753b{i}.pgm"), "wb").write(b"P5 8 8 255\n" + bytes((40 * c + 9 * i + 7 * k * k) % 256 for k in range(64)))
def run(*arguments):
    return subprocess.run([akin, *arguments], check=True, capture_output=True).stdout.decode().splitlines()
run("train", folder + "/set", "--out", folder + "/run", "--epochs", "1", "--encoder", "linear", "--batch-size", "8", "--augment", "none")
run("embed", folder + "/run", "-o", folder + "/e.npy")
lines = run("nn", folder + "/e.npy", "--query", "0", "-k", "19")
at = lines[1].index("item")
for line in lines[2:]:
    name = next(n for n in names if f"{n}/" in line)
    assert columns(line[:line.index(name + "/")]) == at, line
lines = run("inspect", folder + "/set")
at = next(l for l in lines if l.startswith("  class ")).index("train") + len("train")
for name in names:
    assert columns(next(l for l in lines if l.startswith(f"  {name} "))) == at, name
PY
mkdir "$dir/named"
PYTHONUTF8=1 python3 "$dir/table.py" "$akin" "$dir/named" || fail "a table is not aligned"
[ $failures = 0 ]
