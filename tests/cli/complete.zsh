# SPDX-License-Identifier: Apache-2.0
# complete.zsh SCRIPT: what zsh completes each line of standard input to: "LINE: WORDS". An interactive zsh in a terminal of
# its own is sent the line and a tab; its compadd writes down what it is given.
zmodload zsh/zpty || exit 77
dir=$(mktemp -d) || exit 1
trap 'rm -rf $dir' EXIT
cp $1 $dir/_akin
zpty z zsh -f -i
ready() { # waits until the other is at an empty line
    local n=0
    while [[ ! -e $dir/ready ]] && (( n++ < 200 )); do
        zpty -r -t z >/dev/null
        sleep 0.05
    done
    [[ -e $dir/ready ]]
}
zpty -w z "PS1= PS2= LISTMAX=100000; fpath=($dir \$fpath); autoload -Uz compinit; compinit -u -d $dir/dump
compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd \"\$@\"; return; fi
    local -a hits
    builtin compadd -O hits \"\$@\"
    print -rl -- \$hits >>$dir/hits
    builtin compadd \"\$@\"
}
zle-line-init() { : >$dir/ready }
bindkey '^I' complete-word '^X' kill-whole-line; zle -N zle-line-init"
ready || exit 1
while IFS= read -r text; do
    : >$dir/hits
    rm -f $dir/ready
    zpty -w -n z "$text"$'\t\x18\r'
    ready || exit 1
    print -r -- "$text: ${(f)$(<$dir/hits)}"
done
