#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# wheel_fresh.sh WHEEL [RELEASE...]: the wheel in a bare Debian (bookworm, trixie) without a compiler: a virtual environment,
# pip install, both tutorials, the program. With tools/fresh.sh's bare trees; each copy goes at the end. Needs root.
set -u
umask 022
cd "$(dirname "$0")/.." || exit 2
die() {
    echo "wheel_fresh: $*" >&2
    exit 1
}
within() { # ROOT: in a namespace of mounts, which end with it
    local root=$1
    mount -t proc proc "$root/proc" && mkdir -p "$root/dev/shm" && mount -t tmpfs -o mode=1777 shm "$root/dev/shm" || exit 1
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    mkdir -p "$root/etc/ssl/certs" && cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/host.crt"
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/etc/ssl/certs/host.crt OMP_WAIT_POLICY=passive chroot "$root" sh -ec '
        export DEBIAN_FRONTEND=noninteractive
        apt-get update >/dev/null
        apt-get install -y --no-install-recommends python3 python3-venv >/dev/null 2>&1
        apt-get purge -y gcc gcc-1? cpp make libc6-dev binutils >/dev/null 2>&1
        apt-get autoremove -y >/dev/null 2>&1
        for tool in gcc cc c++ clang make ld; do ! command -v $tool || { echo "there is a $tool"; exit 1; }; done
        cd /root
        python3 -m venv v
        v/bin/pip install --quiet --disable-pip-version-check /root/akin-*.whl
        v/bin/pip list --disable-pip-version-check 2>/dev/null | tail -n +3
        v/bin/akin --version | head -n 1
        v/bin/python images_to_map.py
        v/bin/python curves.py >curves.log || { cat curves.log; exit 1; }
        tail -n 1 curves.log
        v/bin/python -m unittest discover -s smoke >smoke.log 2>&1 || { cat smoke.log; exit 1; }
        tail -n 3 smoke.log
        find v -name "*akin*" -maxdepth 5 -exec du -sh {} + | sort -h | tail -n 3'
}
if [ "${1:-}" = --within ]; then
    within "$2"
    exit
fi
wheel=${1:?usage: tools/wheel_fresh.sh WHEEL [RELEASE...]}
shift
[ "$(id -u)" = 0 ] || { echo "skipped: only root can make a bare machine"; exit 77; }
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/akin/fresh
for release in "${@:-bookworm trixie}"; do
    for one in $release; do
        tree=$(find "$cache" -maxdepth 1 -type d -name "$one-*" 2>/dev/null | head -n 1)
        if [ -z "$tree" ]; then
            tools/fresh.sh "$one" true || die "no bare $one"
            tree=$(find "$cache" -maxdepth 1 -type d -name "$one-*" | head -n 1)
        fi
        root=$(mktemp -d "$cache/wheel.XXXXXX") || exit 1
        cp -ax "$tree/." "$root"
        cp "$wheel" "$root/root/"
        cp python/tutorials/*.py "$root/root/"
        cp -r python/tests/smoke "$root/root/"
        echo "== $one"
        setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private "$BASH" "tools/wheel_fresh.sh" --within "$root"
        code=$?
        rm -rf --one-file-system "$root"
        [ $code = 0 ] || die "$one: exit $code"
    done
done
echo "wheel_fresh: installed and used without a compiler"
