# SPDX-License-Identifier: Apache-2.0
# Archives of a range on real ranks, of uneven sizes, whose items no number of ranks divides: pictures read by place, captions,
# and vectors; also rows of .npy and lines in ranges. The logged losses are those of one rank, and a run goes on with another number of ranks.
# AKIN_TEST_FULL=1: with each MPI that is here, and 3 ranks.
akin=$1
. "$(dirname "$0")/expect.inc"
. "$(dirname "$0")/ranks.inc"
command -v python3 >/dev/null && command -v tar >/dev/null || { echo "python3 or tar is not installed: skipped"; exit 77; }
find_mpis
cd "$dir" || exit 1
python3 - <<'PY' || exit 1
import os, random, struct, zlib
random.seed(1)
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(rows): return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)) \
    + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows))) + chunk(b"IEND", b"")
def npy(shape, numbers):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (shape,)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%df" % len(numbers), *numbers)
i = 0
for shard, n in enumerate((3, 11, 1, 7, 9)):
    rows, lines = [], []
    for what in "pics", "words", "rows": os.makedirs("%s/%d" % (what, shard))
    for _ in range(n):
        k, i = i % 3, i + 1
        open("pics/%d/%03d.png" % (shard, i), "wb").write(png([bytes(80 * (c == k) + random.randrange(120) for x in range(12) for c in range(3)) for y in range(12)]))
        line = " ".join("abc"[k] + str(random.randrange(9)) for _ in range(6)) + " all"
        lines.append(line)
        open("words/%d/%03d.txt" % (shard, i), "w").write(line)
        row = [random.gauss(2 * (c % 3 == k), 1) for c in range(8)]
        rows += row
        open("rows/%d/%03d.npy" % (shard, i), "wb").write(npy((8,), row))
    open("part-%d.npy" % shard, "wb").write(npy((n, 8), rows))
    open("lines-%d.txt" % shard, "w").write("\n".join(lines))
PY
for what in pics words rows; do
    for k in 0 1 2 3 4; do tar --sort=name -C $what/$k -cf $what-00$k.tar . || exit 1; done
done
net="--head-hidden 8 --head-out 8 --head-norm none --batch-size 8 --epochs 4 --log-every 1 --threads 1 --quiet"
pics="--encoder cnn4 --width 8 --micro-batch 2 --cache 0" words="--text-view erase --dim 8" rows="--width 8 --micro-batch 2"
near() { python3 - "$1" "$2" <<'PY'
import json, sys
a, b = [[json.loads(l) for l in open(r + "/metrics.jsonl")] for r in sys.argv[1:]]
assert len(a) == 12 and [l["step"] for l in a] == [l["step"] for l in b], "other steps"
for x, y in zip(a, b): assert abs(x["loss"] - y["loss"]) < 1e-4, (x, y)
PY
}
# shellcheck disable=SC2086
each() { # each NAME DATA OPTIONS...
    name=$1 data=$2
    shift 2
    "$akin" train --recipe none "$data" --out "$name-1" $net "$@" 2>err || fail "$name, one rank: $(cat err)"
    for mpi in $mpis; do
        for n in 2 ${AKIN_TEST_FULL:+3}; do
            start $mpi $n "$akin" train --recipe none "$data" --out "$name-$mpi-$n" $net "$@" >out 2>err || fail "$name, $mpi, $n ranks: $(cat out err)"
            near "$name-1" "$name-$mpi-$n" || fail "$name, $mpi: $n ranks learn other things than one"
        done
        [ "${AKIN_TEST_FULL:-}" ] || break
    done
}
each pics 'pics-{000..004}.tar' $pics
each words 'words-{000..004}.tar' $words
each rows 'rows-{000..004}.tar' $rows
each npy 'part-{0..4}.npy' $rows --cache 0
each lines 'lines-{0..4}.txt' $words
for mpi in $mpis; do break; done
# shellcheck disable=SC2086
start $mpi 2 "$akin" train --recipe none 'pics-{000..004}.tar' --out cut $net $pics --checkpoint-every 5 >out 2>err || fail "$mpi: $(cat err)"
rm cut/DONE cut/checkpoints/step-0000000012.safetensors
start $mpi 3 "$akin" train --resume cut --quiet >out 2>err || fail "$mpi: resumed on 3 ranks: $(cat err)"
near pics-1 cut || fail "$mpi: other items after a resume"
exit $failures
