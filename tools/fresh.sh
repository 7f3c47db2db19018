#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fresh.sh RELEASE [--user] COMMAND...: what a newcomer sees. A bare Debian (bookworm, trixie) with make and a C compiler and
# nothing else, a clone of HEAD in it, and there the command as one types it, as root. With --user as an ordinary user
# without sudo: the first try must end with the line that root has to run; root runs that line, and the user tries again.
# Kept between runs: the bare tree and the downloaded packages, never what was installed. docs/fresh.md.
set -u
umask 022
tools=$(cd "$(dirname "$0")" && pwd)
checkout=$(dirname "$tools")
usage="usage: tools/fresh.sh bookworm|trixie [--user] COMMAND..."

skip() {
    echo "fresh: skipped: $*"
    exit 77
}
die() {
    echo "fresh: $*" >&2
    exit 1
}
seconds() { printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); }
git_here() { git -c safe.directory='*' -C "$checkout" "$@"; } # the checkout may be another user's

# ---- what stands on this machine's side of the wall

# sources RELEASE: this machine's Debian sources as lines of a sources.list, for another release; nothing elsewhere
sources() {
    local id host at suite component
    # shellcheck disable=SC1091 # the system's
    id=$(. /etc/os-release && echo "${ID:-} ${VERSION_CODENAME:-}")
    host=${id#debian }
    [ "$host" != "$id" ] && [ -n "$host" ] || return 0
    # apt itself reads its configuration, in whichever of the two forms it is written
    # shellcheck disable=SC2016 # apt-get replaces these, not the shell
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Target-Of: deb' 2>/dev/null |
        sort -u | while read -r at suite component; do
        case $suite in
        "$host" | "$host"-updates | "$host"-security) echo "deb $at $1${suite#"$host"} $component" ;;
        esac
    done
}

# settings: how this machine's apt fetches (proxies, time-outs), as lines of an apt.conf
settings() { apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Changelogs|CompressionTypes)'; }

# bare RELEASE TREE: make the bare tree; in a mount namespace, because debootstrap mounts what it needs
bare() {
    local mirror include=make,gcc,libc6-dev
    mirror=$(sources "$1" | awk -v suite="$1" '$3 == suite { print $2; exit }') # empty: debootstrap knows one
    sources "$1" | grep -q '^deb https:' && include=$include,ca-certificates
    # shellcheck disable=SC2086
    debootstrap --variant=minbase --include="$include" "$1" "$2" $mirror >"$2.log" 2>&1 || {
        tail -n 5 "$2.log" >&2
        die "debootstrap made no $1; the lines above are its last"
    }
    [ -z "$mirror" ] || sources "$1" >"$2/etc/apt/sources.list"
    settings >"$2/etc/apt/apt.conf.d/50host"
    rm -rf "$2"/var/cache/apt/archives/*.deb "$2"/var/lib/apt/lists/*
}

# ---- within the wall: a namespace of mounts and processes, both of which end with it

# within RUN RELEASE USER COMMAND: RUN/root is a copy of the bare tree. Ends with the command's exit code.
within() {
    local run=$1 root=$1/root release=$2 user=$3 command=$4 home=/root code=0 began line
    mount -t proc proc "$root/proc" || die "cannot mount /proc in the copy"
    mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts" 2>/dev/null
    mkdir -p "$root/dev/shm" && mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    cp -L /etc/hosts "$root/etc/hosts"
    [ ! -e "$root/etc/ssl/certs/ca-certificates.crt" ] || cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    if [ "$user" != root ]; then
        home=/home/$user
        chroot "$root" useradd -m -s /bin/sh "$user" || die "no user"
    fi
    # Over the protocol, so that nothing is shared with the checkout; --depth because history is no part of a build.
    git clone -q --depth 1 --no-local --upload-pack "git -c safe.directory='*' upload-pack" "file://$checkout" "$root$home/akin" ||
        die "the checkout cannot be cloned"
    [ "$user" = root ] || chroot "$root" chown -R "$user:" "$home/akin"

    # as USER COMMAND: in the clone, in an environment as bare as the rest (no locale); every line with the time it came
    as() {
        local -a env=("HOME=$home" "USER=$1" "LOGNAME=$1" "SHELL=/bin/sh" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
        local name
        for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
            [ -z "${!name:-}" ] || env+=("$name=${!name}")
        done
        env -i "${env[@]}" chroot --userspec="$1:" "$root" sh -c "cd $home/akin && $2" </dev/null 2>&1
    }
    # watch: pass lines on, and note when packages were there and when the build ended
    watch() {
        local line
        while IFS= read -r line || [ -n "$line" ]; do
            printf '%s\n' "$line"
            case $line in
            "setup: installed"*) echo "installed $SECONDS" >>"$run/times" ;;
            "["*"/"*"] "*) echo "built $SECONDS" >>"$run/times" ;;
            esac
        done
    }
    echo "begin $SECONDS" >"$run/times"
    echo "\$ $command   # $release, as $user"
    if [ "$user" = root ]; then
        as root "$command" | watch
        code=${PIPESTATUS[0]}
    else
        local before after
        before=$(chroot "$root" dpkg-query -W | cksum)
        as "$user" "$command" | tee "$run/first"
        [ "${PIPESTATUS[0]}" != 0 ] || die "an ordinary user was not told to install anything"
        after=$(chroot "$root" dpkg-query -W | cksum)
        [ "$before" = "$after" ] || die "an ordinary user's try changed the packages"
        line=$(sed -n 's/^ *\(apt-get update && .*\)/\1/p' "$run/first")
        [ -n "$line" ] || die "an ordinary user was not given the line for root"
        echo "# $line   # as root"
        began=$SECONDS
        # A person answers what is asked; here nobody is, so the same line runs without questions.
        as root "export DEBIAN_FRONTEND=noninteractive; $line" >"$run/log" || { tail -n 20 "$run/log"; die "the line for root does not work"; }
        echo "installed $SECONDS" >>"$run/times"
        echo "# done in $(seconds $((SECONDS - began)))"
        echo "\$ $command   # $release, as $user, again"
        as "$user" "$command" | watch
        code=${PIPESTATUS[0]}
    fi
    echo "end $SECONDS" >>"$run/times"
    chroot "$root" apt-get autoclean >/dev/null 2>&1
    return "$code"
}

if [ "${1:-}" = --within ]; then # called by the lines below, never by hand
    shift
    within "$@"
    exit
fi
if [ "${1:-}" = --bare ]; then
    shift
    bare "$@"
    exit
fi

case ${1:-} in
bookworm | trixie) release=$1 ;;
*) echo "$usage" >&2; exit 2 ;;
esac
shift
user=root
[ "${1:-}" != --user ] || { user=newcomer; shift; }
[ $# -gt 0 ] || { echo "$usage" >&2; exit 2; }
what="$release, $*"
[ "$(id -u)" = 0 ] || skip "$what: only root can make a bare machine"
for tool in debootstrap unshare setpriv apt-get git flock; do
    command -v $tool >/dev/null || skip "$what: no $tool on this machine"
done
# What is within ends with this shell, even where that is killed outright.
wall=(setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private)
"${wall[@]}" true 2>/dev/null || skip "$what: this machine allows no namespaces"
git_here rev-parse -q --verify HEAD >/dev/null || skip "$what: the tree is no git clone"
[ -z "$(git_here status --porcelain 2>/dev/null)" ] || echo "fresh: note: HEAD is tried, not the changes that are not committed"

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/akin/fresh
mkdir -p "$cache" || exit 1
for old in "$cache"/run.*; do # of runs that were killed outright; a running one holds its lock
    [ -d "$old" ] && flock -n "$old/lock" true 2>/dev/null && rm -rf --one-file-system "$old"
done
run=$(mktemp -d "$cache/run.XXXXXX") || exit 1
chmod 755 "$run"
exec 9>"$run/lock"
flock 9
child=
# shellcheck disable=SC2317 # called by the traps
clean() {
    trap '' INT TERM HUP
    [ -z "$child" ] || { kill -KILL "$child" && wait "$child"; } 2>/dev/null # its mounts and processes go with it
    exec 9>&-
    flock -w 60 "$run/lock" true # which every process within holds: none is left
    # The packages stay, also of a run that failed; what the release no longer has is gone (apt-get autoclean).
    mkdir -p "$run/packages"
    cp -l "$run/root/var/cache/apt/archives"/*.deb "$run/packages/" 2>/dev/null && rm -rf "$cache/packages-$release" &&
        mv "$run/packages" "$cache/packages-$release"
    rm -rf --one-file-system "$run"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
# behind COMMAND...: within the wall, as a job of its own, so that a signal to this shell is handled at once
behind() {
    set -m
    "${wall[@]}" "$BASH" "$tools/fresh.sh" "$@" </dev/null &
    child=$!
    set +m
    wait "$child"
    local code=$?
    child=
    return $code
}

tree=$cache/$release-$({ sources "$release"; settings; } | cksum | cut -d' ' -f1) # other sources: another tree
find "$cache" -maxdepth 1 -name "$release-*" -type d \( -mtime +30 -o ! -path "$tree" \) -exec rm -rf --one-file-system {} +
made=kept
if [ ! -d "$tree" ]; then
    echo "fresh: making a bare $release with make and a C compiler"
    behind --bare "$release" "$run/bare" || exit 1
    touch "$run/bare"
    mv -T "$run/bare" "$tree" 2>/dev/null || [ -d "$tree" ] || die "cannot keep the tree" # another run may have been faster
    made=$(seconds $SECONDS)
fi
cp -ax "$tree" "$run/root" || die "cannot copy the tree (is the disk full?)"
mkdir -p "$cache/packages-$release"
cp -l "$cache/packages-$release"/*.deb "$run/root/var/cache/apt/archives/" 2>/dev/null

behind --within "$run" "$release" "$user" "$*"
code=$?
if [ -s "$run/times" ] && grep -q '^end' "$run/times"; then
    at() { awk -v w="$1" '$1 == w { t = $2 } END { print t + 0 }' "$run/times"; }
    begin=$(at begin) installed=$(at installed) built=$(at built) end=$(at end)
    [ "$installed" -ge "$begin" ] || installed=$begin
    [ "$built" -ge "$installed" ] || built=$installed
    result=passed
    [ $code = 0 ] || result="exit $code"
    echo
    echo "| release | as | command | bare tree | set-up | build | the rest | from typing to the end | result |"
    echo "|---|---|---|---|---|---|---|---|---|"
    echo "| $release | ${user/newcomer/user} | \`$*\` | $made | $(seconds $((installed - begin))) |" \
        "$(seconds $((built - installed))) | $(seconds $((end - built))) | $(seconds $((end - begin))) | $result |"
fi
exit $code
