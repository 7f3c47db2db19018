# SPDX-License-Identifier: Apache-2.0
# akin plan --ranks: the keys of --json, its memory beside what a run tells, what is refused, and a measured network.
akin=$1
. "$(dirname "$0")/expect.inc"
. "$(dirname "$0")/ranks.inc"
python3 - "$dir/x.npy" <<'PY' || fail "no images"
import os, struct, sys
head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (256, 16, 16, 3), }"
head += b" " * (63 - (len(head) + 10) % 64) + b"\n"
open(sys.argv[1], "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + os.urandom(256 * 16 * 16 * 3))
PY
step="--encoder cnn4 --width 16 --size 16 --batch-size 128"
net="--bandwidth 100Mbit --latency 1ms"
"$akin" plan --ranks 64 $net $step --micro-batch 8 --threads 1 --json >"$dir/a" || fail "plan --ranks exits $?"
"$akin" plan --ranks 3 $net $step --images-per-s 1000 --threads 1 --json >"$dir/b" || fail "--images-per-s: exit $?"
for micro in 0 8; do
    "$akin" train --recipe none "$dir/x.npy" --out "$dir/run$micro" --encoder cnn4 --width 16 --batch-size 128 --micro-batch $micro \
        --epochs 1 --threads 1 2>"$dir/told$micro" || fail "train exits $?"
done
python3 - "$dir" <<'PY' || fail "the numbers"
import json, re, sys
read = lambda name: open(sys.argv[1] + "/" + name).read()
a, b = json.loads(read("a")), json.loads(read("b"))
assert [r["ranks"] for r in a["table"]] == [1, 2, 4, 8, 16] and [r["ranks"] for r in b["table"]] == [1, 2, 3]
assert a["costs"]["bandwidth"] == {"value": 12.5e6, "source": "given"} and a["costs"]["latency_s"]["value"] == 1e-3
assert b["costs"]["row_forward_s"]["source"] == "given" and a["costs"]["row_forward_s"]["source"] == "measured"
assert abs(b["table"][0]["encoder_s"] - 256 / 1000) < 1e-9
for t in (a, b):
    for r in t["table"]:
        parts = sum(r[k] for k in ("encoder_s", "loss_s", "loss_wait_s", "exchange_s", "update_s"))
        assert abs(parts - r["step_s"]) < 1e-9 and r["memory_bytes"] > 0
        assert (r["loss_bytes"] == 0) == (r["ranks"] == 1)
    assert t["loss"] == "ntxent"  # as akin train
    assert t["pays_up_to"] in [r["ranks"] for r in t["table"]] and t["fastest"] in [r["ranks"] for r in t["table"]]
for told, plan in (("told8", a), ("told0", b)):  # MiB; a run counts its data too, a plan does not
    words = re.search(r"needs about (\d+) MiB:.* data (\d+)", read(told))
    mib, mine = int(words[1]) - int(words[2]), plan["table"][0]["memory_bytes"] / 2**20
    assert abs(mine - mib) < 0.1 * mib + 4, (mine, mib)
PY
"$akin" plan --ranks 4 $net $step --images-per-s 1000 >"$dir/text" || fail "text: exit $?"
grep -q '^>: it pays' "$dir/text" || fail "the text lacks how far it pays"
grep -q '(given)' "$dir/text" || fail "the text lacks the sources"
expect 2 "how fast is the network" plan --ranks 4 $step
expect 2 "--bandwidth: '100' is none" plan --ranks 4 --bandwidth 100 --latency 1ms $step
expect 2 "--latency: '-1ms' is none" plan --ranks 4 --bandwidth 1Gbit --latency -1ms $step
expect 2 "--classes says nothing" plan --ranks 4 $net --classes 10
expect 2 "--encoder needs --ranks" plan --classes 10 --encoder cnn4
expect 2 "does not divide" plan --ranks 4 $net $step --micro-batch 7
expect 2 "holds keys of a momentum encoder" plan --ranks 4 $net $step --queue 64
expect 2 "--ranks" plan --ranks 5000 $net $step
[ $failures = 0 ] || exit 1
find_mpis
for mpi in $mpis; do
    start "$mpi" 2 "$akin" plan --ranks 4 $step --images-per-s 1000 --threads 1 --json >"$dir/m" 2>"$dir/err" ||
        fail "$mpi: exit $?: $(cat "$dir/err")"
    python3 - "$dir/m" <<'PY' || fail "$mpi: the network was not measured: $(cat "$dir/m")"
import json, sys
c = json.load(open(sys.argv[1]))["costs"]
assert c["bandwidth"]["source"] == "measured" and c["bandwidth"]["value"] > 1e6 and 0 <= c["latency_s"]["value"] < 1
PY
done
[ $failures = 0 ]
