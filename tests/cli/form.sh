# SPDX-License-Identifier: Apache-2.0
# --form of the rows of a run: half against its formula in double (awk: the square root of a matrix of 2 x 2 in closed form), what
# is fitted is the run's own training part, nn has the same rows, and what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
awk 'BEGIN { srand(3); print "a,b,label"
    for (i = 0; i < 40; i++) { x = rand() * 4; y = rand(); print x + y "," x - 2 * y ",c" i % 2 } }' >t.csv
head -n 6 t.csv >new.csv
"$akin" train --recipe none t.csv --label-column label --encoder linear --width 2 --out r --epochs 1 --batch-size 8 --quiet || fail "train"
rows() { # rows FILE ARGUMENTS...: as a table
    file=$1
    shift
    "$akin" embed "$@" --as csv -o $file --force --quiet || fail "embed $*"
}
rows plain.csv r --form plain
rows half.csv r --form half
rows auto.csv r
rows white.csv r --form whitened
cmp -s half.csv auto.csv || fail "auto is not half for a run of a table"

# compare POWER FILE: products of neighbouring rows of FILE are z' (C + 0.01 trace(C)/2 I)^-POWER z, of rows z of average variance 1
cat >reference.awk <<'EOT'
FNR == 1 { next }
FNR == NR { n++; p[n] = $1; q[n] = $2; mp += $1; mq += $2; next }
{ m++; x[m] = $1; y[m] = $2 }
END {
    for (i = 1; i <= n; i++) { p[i] -= mp / n; q[i] -= mq / n; a += p[i] ^ 2 / n; b += p[i] * q[i] / n; d += q[i] ^ 2 / n }
    v = (a + d) / 2
    a = a / v + 0.01; b /= v; d = d / v + 0.01
    if (power == 0.5) { s = sqrt(a * d - b * b); t = sqrt(a + d + 2 * s); a = (a + s) / t; b /= t; d = (d + s) / t }
    det = a * d - b * b
    if (m < 2 || n < m) exit 1
    for (i = 1; i < m; i++) {
        j = i + 1
        want = (d * p[i] * p[j] - b * (p[i] * q[j] + q[i] * p[j]) + a * q[i] * q[j]) / det / v
        got = x[i] * x[j] + y[i] * y[j]
        if (want - got > 1e-4 || got - want > 1e-4) { print "rows " i ", " j ": " got ", not " want; exit 1 }
    }
}
EOT
compare() {
    awk -F, -v power="$1" -f reference.awk plain.csv "$2" >told || fail "$2 is not of power $1: $(cat told)"
}
compare 1 white.csv
compare 0.5 half.csv
awk -F, -v power=1 -f reference.awk plain.csv half.csv >told && fail "half passes for whitened"
# five items alone are whitened by all that the run learned from, not by themselves
rows new-half.csv r new.csv --form half
compare 0.5 new-half.csv

"$akin" embed r -o e.npy --quiet || fail "embed"
grep -q '"form": *"half"' e.set.json || fail "e.set.json does not tell the form"
"$akin" nn r --query 0 --json --quiet >run.json || fail "nn of a run"
"$akin" nn e.npy --query 0 --json >file.json || fail "nn of its rows"
near() { grep -o '"row":[0-9]*' "$1" | tr '\n' ' '; }
[ "$(near run.json)" = "$(near file.json)" ] || fail "nn of a run has other rows: $(near run.json), $(near file.json)"

expect 2 "--form is 'hlaf'; did you mean 'half'?; it must be one of auto|plain|half|whitened" embed r -o x.npy --form hlaf
expect 2 "--width goes with neither whitened rows nor lines of a pipe" embed r -o x.npy --form half --width 1
expect 2 "--whiten and --form half contradict each other" embed r -o x.npy --form half --whiten
expect 2 "--form is for a run, which 'e.npy' is not" map e.npy --form half --out m
expect 2 "--form is for a run, which 'e.npy' is not" nn e.npy --query 0 --form half
# the data are gone: what they would whiten is refused, and what needs none of them is not
mv t.csv gone.csv
expect 3 "rows are whitened by the run's training data, and --form plain needs none" embed r new.csv -o x.npy
rows new-plain.csv r new.csv --form plain
head -n 6 plain.csv | cmp -s - new-plain.csv || fail "plain rows need the data of the run"
exit $((failures > 0))
