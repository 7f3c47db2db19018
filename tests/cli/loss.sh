#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin loss, selftest and bench: stored losses through files, what is printed, one line and its exit code for each kind
# of bad input.
akin=$1
golden=$2/golden # unpacked by the build
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failures=0

complain() {
    echo "FAILED: $1"
    sed 's/^/  out: /' out
    sed 's/^/  err: /' err
    failures=$((failures + 1))
}

# expect CODE TEXT ARGS...: this exit code; TEXT on stdout for 0, else in the only line on stderr
expect() {
    code=$1 text=$2
    shift 2
    "$akin" "$@" >out 2>err
    got=$?
    [ $got = "$code" ] || complain "akin $*: exit $got, expected $code"
    if [ "$code" = 0 ]; then
        grep -q -e "$text" out || complain "akin $*: no '$text' on stdout"
        [ -s err ] && complain "akin $*: something on stderr"
    else
        grep -q -e "$text" err || complain "akin $*: no '$text' on stderr"
        [ "$(wc -l <err)" = 1 ] || complain "akin $*: not one line on stderr"
        [ -s out ] && complain "akin $*: something on stdout"
    fi
}

# number KEY: the value of a key of the JSON object in out
number() { sed "s/.*\"$1\":\([^,}]*\).*/\1/" out; }

# Every tenth stored case through the program: flags named as the parameters, files as the inputs.
for folder in "$golden"/*0-* "$golden"/*1-curl* "$golden"/*5-infonce "$golden"/*9-difficult; do
    [ -d "$folder" ] || continue
    flags=$(tr -d '\n' <"$folder/case.json" | sed 's/.*"params": {\([^}]*\)}.*/\1/; s/: true/: /g; s/"\([a-z-]*\)": false,*//g' |
        sed 's/"\([a-z-]*\)": "*\([^",]*\)"*,*/--\1 \2/g')
    want=$(tr -d '\n' <"$folder/case.json" | sed 's/.*"expected_loss": \([^,]*\),.*/\1/')
    name=$(tr -d '\n' <"$folder/case.json" | sed 's/.*"loss": "\([^"]*\)".*/\1/')
    files=
    for input in a b labels features positives negatives targets; do
        option=$input
        case $name-$input in y-aware-targets | rank-n-contrast-targets) option=values ;; esac
        [ -f "$folder/$input.npy" ] && files="$files --$option $folder/$input.npy"
    done
    # shellcheck disable=SC2086
    expect 0 '"learned":' loss --json --loss "$name" $flags $files --grad-a ga.npy --force
    [ -s ga.npy ] || complain "$folder: no gradient was written"
    awk "BEGIN { g = $(number loss); w = $want; e = g - w; if (e < 0) e = -e; if (w < 0) w = -w;
                 exit !(e <= 1e-5 * (w > 1 ? w : 1)) }" || complain "$folder: $(number loss), expected $want"
done

some=$golden/009-supcon
pair="--a $some/a.npy --b $some/b.npy"
# shellcheck disable=SC2086
{
    expect 0 'chance .*all embeddings equal' loss --loss ntxent $pair
    expect 0 'permuted .*with partners permuted' loss --loss ntxent $pair
    expect 0 "^  loss .* nats$" loss --loss ntxent $pair
    expect 0 "^  loss *[-0-9.]*$" loss --loss vicreg $pair # a sum of squares is no logarithm
    expect 0 "\"unit\":\"\"" loss --json --loss spectral $pair
    expect 0 '"permuted":' loss --json --loss ntxent $pair
    expect 0 'floor *not known' loss --loss dual-temperature $pair
    expect 0 '"floor":null' loss --json --loss dual-temperature $pair
    expect 0 '"verdict":"' loss --json --loss ntxent $pair --precision bf16
    expect 0 '^nscl' loss --compare all $pair --labels $some/labels.npy
    awk 'length($0) > 80' out | grep -q . && complain "loss --compare is wider than 80 columns"
    expect 0 '"compare":\[{"name":"dcl"' loss --json --compare dcl,ntxent $pair --temperature 0.3
    { # rows 0 and 1, weight 1
        printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
        printf '\000\000\000\000\000\000\200\077\000\000\200\077'
    } >links.npy
    expect 0 '"loss":' loss --json --loss xclr $pair --links links.npy
    linked=$(number loss)
    expect 0 '"loss":' loss --json --loss xclr $pair
    [ "$linked" != "$(number loss)" ] || complain "xclr: a link changes nothing"
    expect 3 'has the pair of rows .* twice' loss --loss xclr $pair --links "$golden/343-xclr/links.npy"
    expect 3 'expected 3: two rows and the weight' loss --loss xclr $pair --links $some/a.npy
    expect 2 'needs --labels FILE' loss --loss y-aware $pair
    expect 3 'has values of' loss --loss y-aware $pair --values "$golden/360-rank-n-contrast/targets.npy"
    expect 0 'temperature' loss --list
    expect 0 '"losses":\[' loss --list --json
    printf '0\n0\n' >groups.txt
    expect 0 'with these copies' loss --loss ntxent $pair --groups groups.txt
    expect 0 '"loss"' loss --json --loss ntxent $pair --memory 64M
    expect 2 'which loss' loss $pair
    expect 2 "did you mean 'ntxent'" loss --loss ntxen $pair
    expect 2 'needs --b' loss --loss ntxent --a $some/a.npy
    expect 2 'needs --labels' loss --loss supcon $pair
    expect 0 'difficult of' loss --loss difficult $pair --sigma 0 # another range than dclw's of that name
    expect 2 'sigma is 0' loss --loss dclw $pair --sigma 0
    expect 2 'no parameter --sigma' loss --loss ntxent $pair --sigma 1
    expect 2 'temperature is 0' loss --loss ntxent $pair --temperature 0
    expect 2 'temperature is -1' loss --loss ntxent $pair --temperature -1
    expect 2 'memory is' loss --loss ntxent $pair --memory lots
    expect 6 'needs .* MiB' loss --loss ntxent $pair --memory 10K
    expect 3 "'none.npy'" loss --loss ntxent --a none.npy --b $some/b.npy
    expect 3 'b is \[' loss --loss ntxent --a $some/a.npy --b $golden/108-ntxent/b.npy
    printf 'x' >damaged.npy
    expect 3 'damaged.npy' loss --loss ntxent --a damaged.npy --b $some/b.npy
    printf '1\n' >short.txt
    expect 3 'holds 1 numbers' loss --loss supcon $pair --labels short.txt
    : >ga.npy
    expect 2 'exists; --force' loss --loss ntxent $pair --grad-a ga.npy
    expect 5 'nowhere' loss --loss ntxent $pair --grad-a nowhere/ga.npy
}
expect 0 '"failed":0' selftest --json --rows 20 --dim 16
expect 0 ' 0 failed' selftest --quiet --rows 20 --dim 16 --loss dcl
expect 0 ' 0 failed' selftest --quiet --rows 64 --dim 16 --loss vicreg --seed 2 # a column at the corner of the hinge
expect 2 "no loss 'dlc'" selftest --loss dlc
expect 0 '"share_of_peak":' bench engine --json --rows 256 --dim 16 --repeat 1
expect 2 "unknown bench 'motor'" bench motor

# docs/losses.md has a section for every loss, with the formula of the list.
docs=$golden/../../../docs/losses.md
"$akin" loss --list | awk '/^[a-z]/ { print "## " $1; getline; sub(/^ */, ""); print }' >list
while IFS= read -r line; do
    grep -qF -e "$line" "$docs" || complain "docs/losses.md lacks '$line'"
done <list

[ $failures = 0 ] || exit 1
echo "all held"
