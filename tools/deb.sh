#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deb.sh [OUT]: Debian packages of the commit that is checked out, in OUT (default: build-deb), and what lintian says of
# them. Needs dpkg-dev, debhelper and the Build-Depends of debian/control; docs/packaging.md.
set -e
cd "$(dirname "$0")/.."
out=${1:-build-deb}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/akin"
git archive HEAD | tar -x -C "$work/akin" # as committed: what lies about in the tree is not shipped
(cd "$work/akin" && dpkg-buildpackage -us -uc)
rm "$work"/akin -r
mv "$work"/* "$out"
if command -v lintian >/dev/null; then
    lintian --tag-display-limit 0 --fail-on error "$out"/akin_*.changes
else
    echo "deb.sh: lintian is not installed, nothing checked the packages"
fi
ls "$out"/*.deb
