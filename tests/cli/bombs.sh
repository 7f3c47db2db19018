# SPDX-License-Identifier: Apache-2.0
# Small files that unpack to much, or say that they are large, are refused as bad input (exit 3), in 600 MB of memory; with
# both numbers, and what to do. What is packed well and is no bomb is read.
akin=$1
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
python3 - <<'PY' || exit 1
import gzip, lzma, os, random, struct, zlib
MIB = 1 << 20
def write(name, head, piece):
    """66 MiB of the same: of lines.txt packed in one stream, of the others each MiB in one of its own, which is quicker."""
    piece = piece * (MIB // len(piece) + 1)
    if name != "lines.txt":
        packed = lzma.compress(piece, preset=0)
        with open(name + ".xz", "wb") as f:
            f.write(lzma.compress(head) + packed * 66)
        return
    with lzma.open(name + ".xz", "wb", preset=0) as f:
        for _ in range(66): f.write(piece)
write("lines.txt", b"", b"one two three four five six seven eight, and so on to the end of it\n")
write("table.csv", b",".join(b"c%d" % k for k in range(40)) + b"\n", b",".join(b"%d" % k for k in range(40)) + b"\n")
write("table.svm", b"", b"1 " + b" ".join(b"%d:1" % k for k in range(1, 40)) + b"\n")
write("items.jsonl", b"", b'{"text": "one two three four five six seven eight, and so on to the end of it"}\n')
write("words.vec", b"10000000 25\n", b"w 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25\n")
write("endless.txt", b"", b"a") # one line
# IDX: 2.4 GB of images are announced by 100 kB
for folder, packed in (("gz", gzip.open), ("xz", lzma.open)):
    os.mkdir(folder)
    with packed(folder + "/train-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">4i", 0x803, 3 << 20, 28, 28) + random.randbytes(100 << 10))
# numpy: a terabyte is announced
shape = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 250), }"
shape += b" " * (117 - len(shape)) + b"\n"
open("huge.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(shape)) + shape + b"\0" * 64)
# pictures of 8192x8192
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(path, bits, colour, interlace, body):
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8192, 8192, bits, colour, 0, 0, interlace)))
        f.write(chunk(b"IDAT", body) + chunk(b"IEND", b""))
def folder(name): # a folder of pictures with one that is fine
    os.makedirs(name + "/a")
    return name + "/a/"
png(folder("deep") + "x.png", 16, 6, 0, random.randbytes(530000)) # as many bytes as 512 MiB of one colour take
png(folder("woven") + "x.png", 16, 6, 1, random.randbytes(530000))
png(folder("short") + "x.png", 8, 2, 0, zlib.compress(b"\0" * (64 * (3 * 8192 + 1))))
open(folder("bmp") + "x.bmp", "wb").write(b"BM" + struct.pack("<IIIIiiHHIIiiII", 200, 0, 54, 40, 8192, 8192, 1, 24, 0, 0, 0, 0, 0, 0) + b"\0" * 100)
open(folder("ppm") + "x.ppm", "wb").write(b"P6 8192 8192 255\n" + b"\0" * 100)
open(folder("gif") + "x.gif", "wb").write(b"GIF89a" + struct.pack("<HHBBB", 8192, 8192, 0x80, 0, 0) + b"\0" * 6 + b"," + struct.pack("<HHHHB", 0, 0, 8192, 8192, 0) + b"\2\2\x4c\1\0;" + b"\0" * 100000)
# packed 900 times, and read
with gzip.open("fine.txt.gz", "wb", 9) as f:
    for k in range(2000): f.write(b"item %d of many that are all alike, one two three four\n" % (k % 50))
PY
limited() { (ulimit -v 600000 && "$akin" "$@"); }
limited --version >/dev/null 2>&1 || { echo "skipped: the program does not run in 600 MB (a sanitizer's does not)"; exit 77; }
# peak MIB ARGUMENTS...: in so much memory that is used (what the program takes without data is added)
peak() {
    python3 - "$@" <<'PY' || fail "memory of akin $*"
import resource, subprocess, sys
most, command = int(sys.argv[1]), sys.argv[2:]
def run(args):
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
own = run([command[0], "inspect", "nothing-there"])
got = run(command)
print(got - own, "MiB", *command[1:])
sys.exit(got - own > most)
PY
}
refuse() { # refuse TEXT ARGUMENTS...: exit 3 within 600 MB, with TEXT on the last line
    text=$1; shift
    limited "$@" --threads 2 >out 2>err
    got=$?
    [ $got = 3 ] && tail -n 1 err | grep -q -- "$text" || fail "akin $*: exit $got: $(tail -n 2 err)"
}
limit="over 1000 times the [0-9]* of its xz data: damaged, or made to fill memory; if it is neither, unpack it (xz -d): unpacked it is read without this limit$"
for file in lines.txt table.csv table.svm items.jsonl; do
    refuse "$file.xz' unpacks to 67[0-9]* bytes, $limit" train --recipe none $file.xz --out run
done
refuse "endless.txt.xz' line 1 has more than" train --recipe none endless.txt.xz --out run
refuse "words.vec.xz' unpacks to 67[0-9]* bytes, $limit" train --recipe none fine.txt.gz --out run --word-vectors words.vec.xz
refuse "announces 2466250752 bytes, $limit" train --recipe none xz --out run
refuse "announces 2466250752 bytes after byte 16, the file can inflate to at most" train --recipe none gz --out run
if command -v zstd >/dev/null; then
    python3 -c 'for _ in range(60): print("one two three four five six\n" * 40000, end="")' | zstd -q --no-content-size -o lines.zst
    refuse "lines.zst' unpacks to 67[0-9]* bytes, over 1000 times the [0-9]* of its zstd data.*(zstd -d)" train --recipe none lines.zst --out run
    printf 'one two\nthree four\n' >some.txt
    zstd -q --long=31 --ultra -22 --zstd=wlog=30 --no-content-size <some.txt >wide.zst
    limited inspect wide.zst >out 2>err || grep -q "needs more than 128 MiB to be inflated; pack it again" err || fail "a wide window: $(cat err)"
fi
refuse "huge.npy' is truncated" train --recipe none huge.npy --out run
for name in deep woven; do
    refuse "8192x8192 pixels, 536870912 bytes, over 1000 times" train --recipe none $name --out run --size 8
done
refuse "GIF: its header says 8192x8192 pixels, 268435456 bytes, over 1000 times" train --recipe none gif --out run --size 8
for name in short bmp ppm; do refuse "x.$name\|x.png" train $name --out run --size 8; done
"$akin" inspect fine.txt.gz --quiet >out 2>err || fail "what is packed well and small is refused: $(cat err)"
for name in deep woven gif bmp ppm xz gz huge.npy; do peak 10 "$akin" train --recipe none $name --out run --size 8 --threads 1; done
[ $failures = 0 ]
