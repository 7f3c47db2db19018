#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two hosts, as network namespaces of this machine: what a training step takes there, beside what akin plan says.
#   bench/ranks_netns.sh build/akin [STEPS] [OPTIONS OF BOTH ...]
# Needs root, iproute2, tap devices and Open MPI. Each host has one core, one rank and one thread. Between them is a link with
# 1 ms one way (2 ms there and back) and 100 Mbit/s, then 1 Gbit/s, each way: bench/slow_link.c, since not every kernel has
# netem. It takes processor time itself, of which its packets of 9,000 bytes need little. Both hosts make the plan at once,
# with the link's numbers given, and once more with what they find of it. Nothing else may run. A line of JSON for each link.
# btl_tcp_flags 9: without RDMA over TCP, which makes Open MPI 4.1 half as fast where both sides send (docs/cluster.md).
akin=$(realpath "${1:?bench/ranks_netns.sh AKIN [STEPS] [OPTIONS]}") || exit 2
steps=${2:-30}
[ $# -ge 2 ] && shift 2 || shift $#
[ $# -gt 0 ] || set -- --encoder resnet-s --batch-size 256 --micro-batch 64
skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root can make network namespaces"
command -v mpirun.openmpi >/dev/null || skip "no mpirun.openmpi (Debian: openmpi-bin)"
command -v ip >/dev/null || skip "no ip (Debian: iproute2)"
[ -x "$(dirname "$akin")/bench/slow_link" ] || skip "no bench/slow_link beside akin: configure with -DAKIN_TESTS=ON"
[ "$(nproc)" -ge 2 ] || skip "two cores are needed"
link=
dir=$(mktemp -d) || exit 1
. "$(dirname "$0")/../tests/cli/hosts.inc"
trap '[ -z "$link" ] || kill $link; hosts_end; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
hosts_begin "$dir" || skip "no network namespaces here"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_WAIT_POLICY=passive AKIN_MPI_MODULES="$(dirname "$akin")"

python3 - "$dir/x.npy" <<'END' || exit 1
import os, struct, sys
head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (2048, 32, 32, 3), }"
head += b" " * (63 - (len(head) + 10) % 64) + b"\n"
open(sys.argv[1], "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + os.urandom(2048 * 32 * 32 * 3))
END
# connect RATE: the link, in place of the one before
connect() {
    case $1 in 100M) mbit=100 ;; 1G) mbit=1000 ;; esac
    [ -z "$link" ] || { kill $link; wait $link 2>/dev/null; }
    : >"$dir/ready"
    "$(dirname "$akin")/bench/slow_link" $host_a wire $host_b wire 1 $mbit >"$dir/ready" &
    link=$!
    until grep -q ready "$dir/ready"; do kill -0 $link 2>/dev/null || skip "no tap devices here"; sleep 0.05; done
    for host in $host_a $host_b; do ip -n $host link set dev wire mtu 9000 txqueuelen 10000; done
    hosts_up || exit 1
}
code=0
for rate in 100M 1G; do
    bandwidth=${rate}bit
    connect $rate
    on_hosts openmpi 2 "$akin" plan --ranks 2 --bandwidth $bandwidth --latency 1ms --threads 1 --json "$@" >"$dir/plan" 2>"$dir/err" &&
        on_hosts openmpi 2 "$akin" plan --ranks 2 --threads 1 --json "$@" >"$dir/link" 2>"$dir/err" || { cat "$dir/err"; exit 1; }
    rm -rf "$dir/run"
    on_hosts openmpi 2 "$akin" train "$dir/x.npy" --recipe none --out "$dir/run" --epochs "$steps" --threads 1 --profile "$@" >"$dir/out" 2>&1 ||
        { cat "$dir/out"; exit 1; }
    python3 - "$dir" $rate <<'END' || code=1
import json, sys
read = lambda name: json.load(open(sys.argv[1] + "/" + name))
plan, link, profile = read("plan"), read("link"), read("run/profile.json")
two, took, other = plan["table"][1], profile["step_s_quartiles"], link["table"][1]
print(json.dumps({"link": sys.argv[2], "steps": profile["steps"], "step_s_quartiles": took, "predicted_s": two["step_s"],
                  "predicted/measured": round(two["step_s"] / took[1], 3), "one_rank_predicted_s": plan["table"][0]["step_s"],
                  "terms_s": {k: two[k] for k in ("encoder_s", "loss_s", "loss_wait_s", "exchange_s", "update_s")},
                  "phases_s": {k: v / profile["steps"] for k, v in profile["phases_s"].items()},
                  "link_measured": {k: link["costs"][k]["value"] for k in ("bandwidth", "latency_s")}, "predicted_of_it_s": other["step_s"],
                  "of_it/measured": round(other["step_s"] / took[1], 3)}), flush=True)
END
done
exit $code
